"""The conventions of HTTP: errors, request ids, methods, limits, origins, proxies."""
import contextlib
import json
import unittest

import websockets

from harness import BrokerCase
from wire import PING, Frames, dial, exchange, frame, read_response, until_closed, upgrade_request

REST = ("/api/mobile/create-session", "/api/health", "/api/status", "/healthz", "/readyz",
        "/api/mobile/session/000000000000000000000000/qr.svg", "/api/mobile/session/000000000000000000000000/qr.png")
REQUEST_ID = "^[A-Za-z0-9._-]{1,128}$"
CREATE = "/api/mobile/create-session"
USER = {"Authorization": "Bearer user-ann"}


class HttpCase(BrokerCase):
    def assert_error(self, answer, status, **headers):
        """`answer` is the contract's error of that status."""
        got, fields, body = answer
        self.assertEqual(got, status, body)
        error = json.loads(body)
        self.assertIs(error["success"], False)
        self.assertEqual((error["message"], error["detail"]), (error["error"],) * 2)
        self.assertTrue(error["error"])
        self.assertRegex(error["error_code"], "^[A-Z][A-Z0-9_]*$")
        self.assertEqual(error["request_id"], fields["X-Request-Id"])
        self.assertRegex(error["request_id"], REQUEST_ID)
        self.assertEqual(fields["Content-Type"].split(";")[0], "application/json")
        for name, value in headers.items():
            self.assertEqual(fields[name.replace("_", "-")], value)
        return fields


class Errors(HttpCase):
    settings = {"MDAI_LIMITS_MAX_BODY_BYTES": "4KiB"}

    def test_unknown_paths_are_404(self):
        for path in ("/", "/nothing", "/api", "/api/mobile", CREATE + "/", CREATE + "x", "/API/HEALTH", "/ws", "/ws/nobody",
                     "/api/mobile/session//qr.svg", "/api/mobile/session/x/qr.gif", "/admin", "/metrics", "/actors", "/..",
                     "/api/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
            self.assert_error(self.broker.get(path), 404)

    def test_a_wrong_method_is_405_and_told_which_are_right(self):
        for path in REST + ("/ws/mobile", "/ws/device"):
            for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "NONSENSE"):
                fields = self.assert_error(self.broker.request(method, path), 405)
                self.assertIn("GET", [m.strip() for m in fields["Allow"].split(",")])
        self.assertIn("POST", self.broker.request("PUT", CREATE)[1]["Allow"])
        self.assert_error(self.broker.request("POST", "/api/health"), 405)
        self.assert_error(self.broker.request("POST", "/ws/mobile", body=b"{}"), 405)

    def test_head_answers_as_get_without_a_body(self):
        status, fields, body = self.broker.request("HEAD", "/api/health")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(fields["Content-Length"]), 0)

    def test_a_websocket_path_without_an_upgrade_is_426(self):
        for path in ("/ws/mobile", "/ws/device"):
            self.assert_error(self.broker.get(path), 426, Upgrade="websocket")

    def test_a_body_over_the_limit_is_413_and_one_at_it_is_not(self):
        self.assertEqual(self.broker.request("POST", CREATE, USER, b"x" * 4096)[0], 200)
        answer = self.broker.request("POST", CREATE, {**USER, "X-Request-Id": "too.big"}, b"x" * 4097)
        self.assert_error(answer, 413, X_Request_Id="too.big")
        chunked = (f"POST {CREATE} HTTP/1.1\r\nHost: a\r\nX-Request-Id: too.big\r\nAuthorization: Bearer user-ann\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n" + "400\r\n" + "x" * 1024 + "\r\n") + ("400\r\n" + "x" * 1024 + "\r\n") * 4
        self.assert_error(exchange(self.broker, chunked), 413, X_Request_Id="too.big")
        declared = f"POST {CREATE} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"
        self.assert_error(exchange(self.broker, declared), 413)

    def test_a_body_of_any_kind_does_not_disturb_creating(self):
        for body, kind in ((b"", None), (b"{}", "application/json"), (b"not json", "application/json"),
                           (b"a=b", "application/x-www-form-urlencoded"), (b"\xff\x00", "application/octet-stream")):
            headers = {**USER, **({"Content-Type": kind} if kind else {})}
            self.assertEqual(self.broker.request("POST", CREATE, headers, body)[0], 200, body)

    def test_headers_over_the_limit_are_431(self):
        self.assert_error(self.broker.get("/api/health", {"X-Long": "x" * 20000}), 431)
        self.assert_error(self.broker.get("/api/health?" + "x" * 20000), 431)

    def test_every_error_carries_the_callers_request_id_or_a_new_one(self):
        longest = "x" * 128
        for method, path, status in (("GET", "/nothing", 404), ("PUT", "/api/health", 405), ("GET", CREATE, 401),
                                     ("GET", "/ws/mobile", 426), ("GET", REST[-1], 401)):
            for offered, taken in (("Abc-1_2.3", True), (longest, True), (longest + "x", False), ("a b", False), ("", False),
                                   ("a,b", False), ("{}", False), ("<script>", False), ("caf\xe9", False)):
                fields = self.assert_error(self.broker.request(method, path, {"X-Request-Id": offered}), status)
                (self.assertEqual if taken else self.assertNotEqual)(fields["X-Request-Id"], offered)
        ids = {self.broker.get("/api/health")[1]["X-Request-Id"] for _ in range(5)}
        self.assertEqual(len(ids), 5)

    def test_the_upgrade_answers_the_request_id_too(self):
        request = upgrade_request("/ws/mobile", {"X-Request-Id": "up.1"})
        with contextlib.closing(dial(self.broker)) as s:
            s.sendall(request)
            status, fields, _ = read_response(s)
        self.assertEqual((status, fields["X-Request-Id"], fields["Upgrade"].lower()), (101, "up.1", "websocket"))

    def test_a_traceparent_reaches_the_platform_only_when_it_is_one(self):
        good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        for sent, passed in ((good, True), ("00-" + "0" * 32 + "-b7ad6b7169203331-01", False), (good.upper(), False),
                             (good[:-1], False), ("nonsense", False)):
            self.broker.get(CREATE, {**USER, "traceparent": sent})
            self.assertEqual(self.backend.calls[-1][1].get("traceparent"), sent if passed else None)

    def test_bearers_that_are_none_are_401_and_the_platform_is_not_asked(self):
        for value in ("", "Bearer", "Bearer ", "Basic user-ann", "user-ann", "Bearer\tuser-ann", "Bearerx user-ann"):
            self.assert_error(self.broker.get(CREATE, {"Authorization": value}), 401)
        self.assertEqual(self.backend.calls, [])
        self.assertEqual(self.broker.get(CREATE, {"Authorization": "bEaReR   user-ann  "})[0], 200)

    def test_health_and_status_say_what_they_must(self):
        status, fields, body = self.broker.get("/api/health")
        self.assertEqual((status, json.loads(body)["status"]), (200, "healthy"))
        self.assertIn("timestamp", json.loads(body))
        answer = json.loads(self.broker.get("/api/status")[2])
        self.assertLessEqual({"status", "active_sessions", "websocket_pairs", "multi_scan_detected", "connections",
                              "uptime_seconds", "version", "node", "timestamp"}, set(answer))
        self.assertEqual((answer["status"], set(answer["connections"])), ("running", {"mobile", "device"}))


class Status(HttpCase):
    async def test_the_numbers_follow_the_sockets(self):
        def numbers():
            a = json.loads(self.broker.get("/api/status")[2])
            return a["active_sessions"], a["websocket_pairs"], a["connections"]["mobile"], a["connections"]["device"]
        session = self.broker.create()
        self.assertEqual(numbers(), (1, 0, 0, 0))
        mobile, device = await session.pair()
        self.assertEqual(numbers(), (1, 1, 1, 1))
        _, greeting = await session.device("RDK_other")
        self.assertEqual(greeting["type"], "auth_failed")
        self.assertEqual(json.loads(self.broker.get("/api/status")[2])["multi_scan_detected"], 1)
        await device.close()
        await mobile.recv(), await mobile.recv()  # the multi-scan, then: device_disconnected
        self.assertEqual(numbers(), (1, 0, 1, 0))
        await mobile.close()


class Origins(HttpCase):
    settings = {"MDAI_CORS_ALLOWED_ORIGINS": "https://app.example.com,http://localhost:3000"}
    allowed, foreign = "https://app.example.com", "https://evil.example.com"

    def preflight(self, path, origin):
        return self.broker.request("OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": "GET",
                                                     "Access-Control-Request-Headers": "authorization, x-request-id"})

    def test_a_preflight_is_answered_for_every_rest_path(self):
        for path in REST:
            for origin in (self.allowed, "http://localhost:3000", f"http://127.0.0.1:{self.broker.port}"):
                status, fields, body = self.preflight(path, origin)
                self.assertIn(status, (200, 204), (path, body))
                self.assertEqual(fields["Access-Control-Allow-Origin"], origin)
                self.assertIn("GET", fields["Access-Control-Allow-Methods"])
                self.assertIn("authorization", fields["Access-Control-Allow-Headers"].lower())
                self.assertIn("x-request-id", fields["Access-Control-Allow-Headers"].lower())
                self.assertIn("Origin", fields["Vary"])
            self.assertIn("POST", self.preflight(CREATE, self.allowed)[1]["Access-Control-Allow-Methods"])

    def test_a_foreign_origin_is_allowed_nothing(self):
        for origin in (self.foreign, "null", "https://app.example.com.evil.com", "http://app.example.com",
                       "https://app.example.com:444", "https://app.example.com/"):
            self.assertNotIn("Access-Control-Allow-Origin", self.preflight(CREATE, origin)[1])
            self.assertNotIn("Access-Control-Allow-Origin", self.broker.get("/api/health", {"Origin": origin})[1])
            self.assertEqual(self.broker.get("/api/health", {"Origin": origin})[0], 200)

    def test_errors_may_be_read_by_allowed_origins(self):
        fields = self.assert_error(self.broker.get(CREATE, {"Origin": self.allowed}), 401)
        self.assertEqual(fields["Access-Control-Allow-Origin"], self.allowed)

    async def test_upgrades_take_no_origin_the_own_and_the_allowed_and_no_other(self):
        own = f"127.0.0.1:{self.broker.port}"
        for path in ("/ws/mobile", "/ws/device"):
            for origin in (None, "http://" + own, self.allowed):
                ws = await self.broker.connect(path, origin=origin)
                await ws.close()
            for origin in (self.foreign, "null", "https://" + own, "http://127.0.0.1:1", "http://localhost", "garbage", ""):
                answer = exchange(self.broker, upgrade_request(path, {"Origin": origin, "Host": own}))
                self.assert_error(answer, 403)
        ws = await self.broker.connect("/ws/mobile", tls=True, origin=f"https://127.0.0.1:{self.broker.tls_port}")
        await ws.close()
        with self.assertRaises(websockets.InvalidStatusCode):
            await self.broker.connect("/ws/mobile", tls=True, origin=f"http://127.0.0.1:{self.broker.tls_port}")


class DefaultOrigins(HttpCase):
    def test_production_allows_no_foreign_origin_by_default(self):
        self.assert_error(exchange(self.broker, upgrade_request("/ws/mobile", {"Origin": "https://a.example"})), 403)

    def test_the_handshakes_rules_are_kept(self):
        for change, status in (({"Sec-WebSocket-Key": None}, 400), ({"Sec-WebSocket-Key": "short"}, 400),
                               ({"Sec-WebSocket-Version": "8"}, 426), ({"Sec-WebSocket-Version": None}, 426),
                               ({"Upgrade": "h2c"}, 426), ({"Connection": "close"}, 426)):
            fields = self.assert_error(exchange(self.broker, upgrade_request("/ws/mobile", change)), status)
            if "Sec-WebSocket-Version" in change:
                self.assertEqual(fields["Sec-WebSocket-Version"], "13")
        with Frames(self.broker, "/ws/mobile", {"Connection": "keep-alive, UPGRADE", "Upgrade": "WebSocket"}) as ws:
            self.assertEqual(ws.status, 101)

    def test_pipelined_requests_are_answered_in_order(self):
        one = "GET /api/health HTTP/1.1\r\nHost: a\r\nX-Request-Id: {}\r\n\r\n"
        create = f"GET {CREATE} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer user-ann\r\nX-Request-Id: 2\r\n\r\n"
        with contextlib.closing(dial(self.broker)) as s:
            s.sendall((one.format(1) + create + one.format(3) + one.format(4).replace("Host", "Connection: close\r\nHost")).encode())
            data = until_closed(s)
        self.assertEqual([line.split(b": ")[1] for line in data.split(b"\r\n") if line.startswith(b"X-Request-Id")],
                         [b"1", b"2", b"3", b"4"])

    def test_frames_in_the_packet_of_the_upgrade_count(self):
        with Frames(self.broker, "/ws/mobile", early=frame(PING, b"hello")) as ws:
            self.assertEqual(ws.next(), (10, b"hello"))


class Development(HttpCase):
    settings = {"MDAI_MODE": "development"}

    def test_every_origin_may_call(self):
        status, fields, _ = self.broker.get("/api/health", {"Origin": "https://a.example"})
        self.assertIn(fields["Access-Control-Allow-Origin"], ("*", "https://a.example"))
        answer = exchange(self.broker, upgrade_request("/ws/mobile", {"Origin": "https://a.example"}))
        self.assertEqual(answer[0], 101)


if __name__ == "__main__":
    unittest.main(verbosity=2)
