"""Which words of a request are believed: Host, X-Forwarded-*, server.public_url; sockets per address."""
import asyncio
import contextlib
import json
import unittest

import websockets

from http_test import CREATE, USER, HttpCase
from wire import Frames, exchange, upgrade_request

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "kiosk.example.com", "X-Forwarded-For": "203.0.113.9"}


class UrlCase(HttpCase):
    def ws_url(self, **headers):
        status, _, body = self.broker.get(CREATE, {**USER, **{k.replace("_", "-"): v for k, v in headers.items()}})
        self.assertEqual(status, 200, body)
        return json.loads(body)["ws_url"]


class NoProxy(UrlCase):
    settings = {"MDAI_LIMITS_SOCKETS_PER_ADDRESS": "3"}

    def test_the_host_header_names_us(self):
        for host in ("broker.example.com", "broker.example.com:8443", "localhost", "[::1]:8080", "10.0.0.1"):
            self.assertEqual(self.ws_url(Host=host), f"ws://{host}/ws/mobile")

    def test_nobody_else_is_believed_about_proxies(self):
        self.assertEqual(self.ws_url(Host="a.example", **FORWARDED), "ws://a.example/ws/mobile")

    def test_a_host_that_is_none_gets_into_no_url(self):
        for host in ("evil.com/path", "user@evil.com", "evil.com?x", "evil.com#x", "a b", "evil.com:99999", "evil.com:x", "\"<>",
                     "evil.com:80:80", "[::1", "", "evil\\com", "a,b"):
            with self.subTest(host=host):
                status, fields, body = exchange(
                    self.broker, f"GET {CREATE} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer user-ann\r\n\r\n")
                if status == 200:
                    self.assertRegex(json.loads(body)["ws_url"], r"^wss?://127\.0\.0\.1:\d+/ws/mobile$")
                else:
                    self.assert_error((status, fields, body), 400)

    def test_http_1_1_needs_exactly_one_host(self):
        for hosts in ("", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n"):
            self.assert_error(exchange(self.broker, f"GET /api/health HTTP/1.1\r\n{hosts}\r\n"), 400)
        status, _, body = exchange(self.broker, f"GET {CREATE} HTTP/1.0\r\nAuthorization: Bearer user-ann\r\n\r\n")
        self.assertEqual((status, json.loads(body)["ws_url"]), (200, f"ws://127.0.0.1:{self.broker.port}/ws/mobile"))

    async def test_an_address_has_so_many_sockets_and_no_more(self):
        sockets = [await self.broker.connect(path) for path in ("/ws/mobile", "/ws/device", "/ws/mobile")]
        for headers in ({}, {"X-Forwarded-For": "203.0.113.9"}):
            fields = self.assert_error(exchange(self.broker, upgrade_request("/ws/mobile", headers)), 429)
            self.assertGreater(int(fields["Retry-After"]), 0)
        self.assertEqual(self.broker.get("/api/health")[0], 200)
        with self.assertRaises(websockets.InvalidStatusCode) as refused:  # one count for all listeners
            await self.broker.connect("/ws/mobile", tls=True)
        self.assertEqual(refused.exception.status_code, 429)
        await sockets.pop().close()
        await self.enter(sockets)
        for ws in sockets:
            await ws.close()

    async def enter(self, sockets):
        """The place of a socket that was closed is free as soon as the broker has seen its end."""
        async def attempt():
            while True:
                with contextlib.suppress(websockets.InvalidStatusCode):
                    return sockets.append(await self.broker.connect("/ws/mobile"))
        await asyncio.wait_for(attempt(), 10)

    async def test_refused_upgrades_count_for_nothing(self):
        for _ in range(10):
            exchange(self.broker, upgrade_request("/ws/mobile", {"Origin": "https://evil.example"}))
        sockets = []
        for _ in range(3):
            await self.enter(sockets)
        for ws in sockets:
            await ws.close()


class TrustedProxy(UrlCase):
    settings = {"MDAI_SERVER_TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.1", "MDAI_LIMITS_SOCKETS_PER_ADDRESS": "2"}

    def test_its_words_about_scheme_and_host_count(self):
        self.assertEqual(self.ws_url(**FORWARDED), "wss://kiosk.example.com/ws/mobile")
        self.assertEqual(self.ws_url(Host="in.example", X_Forwarded_Proto="https"), "wss://in.example/ws/mobile")
        self.assertEqual(self.ws_url(Host="in.example", X_Forwarded_Proto="http"), "ws://in.example/ws/mobile")
        self.assertEqual(self.ws_url(Host="in.example", X_Forwarded_Host="out.example:444"), "ws://out.example:444/ws/mobile")
        self.assertNotIn("evil", self.ws_url(X_Forwarded_Host="evil.example/x@y"))

    def test_same_origin_is_the_origin_that_the_browser_sees(self):
        headers = {**FORWARDED, "Origin": "https://kiosk.example.com"}
        self.assertEqual(exchange(self.broker, upgrade_request("/ws/mobile", headers))[0], 101)
        headers["Origin"] = "http://kiosk.example.com"
        self.assert_error(exchange(self.broker, upgrade_request("/ws/mobile", headers)), 403)

    def test_sockets_are_counted_per_client_behind_it_and_not_for_itself(self):
        with contextlib.ExitStack() as stack:
            def upgrade(**headers):
                ws = stack.enter_context(Frames(self.broker, "/ws/mobile", {k.replace("_", "-"): v for k, v in headers.items()}))
                return ws.status
            client = {"X_Forwarded_For": "198.51.100.7, 10.0.0.1"}
            self.assertEqual([upgrade(**client) for _ in range(3)], [101, 101, 429])
            self.assertEqual(upgrade(X_Forwarded_For="1.1.1.1, 198.51.100.7"), 429)  # what a client says first is hearsay
            self.assertEqual(upgrade(X_Forwarded_For="198.51.100.8"), 101)
            self.assertEqual([upgrade() for _ in range(6)], [101] * 6)


class PublicUrl(UrlCase):
    settings = {"MDAI_SERVER_PUBLIC_URL": "https://broker.example.com/", "MDAI_SERVER_TRUSTED_PROXIES": "127.0.0.1"}

    def test_it_wins_over_everything(self):
        self.assertEqual(self.ws_url(), "wss://broker.example.com/ws/mobile")
        self.assertEqual(self.ws_url(Host="evil.example", **FORWARDED), "wss://broker.example.com/ws/mobile")


if __name__ == "__main__":
    unittest.main(verbosity=2)
