"""What no client should send: broken frames, broken HTTP, TLS of yesterday, half a request and then nothing."""
import contextlib
import random
import re
import socket
import ssl
import unittest

from harness import BrokerCase, receive, send
from http_test import CREATE, HttpCase
from wire import CLOSE, PING, PONG, TEXT, Frames, dial, exchange, frame, until_closed


class BrokenFrames(BrokerCase):
    def joined(self):
        ws = Frames(self.broker, "/ws/mobile?token=" + self.broker.create().mobile_token)
        self.assertEqual(ws.json()["type"], "auth_success")
        return ws

    def test_each_closes_with_its_code(self):
        good = '{"type":"ping"}'
        for name, bytes_, code in (
                ("not masked", frame(TEXT, good, masked=False), 1002), ("rsv1", frame(TEXT, good, rsv=4), 1002),
                ("rsv2", frame(TEXT, good, rsv=2), 1002), ("rsv3", frame(TEXT, good, rsv=1), 1002),
                ("opcode 3", frame(3, good), 1002), ("opcode 7", frame(7, good), 1002), ("opcode 11", frame(11, b""), 1002),
                ("opcode 15", frame(15, b""), 1002), ("fragmented ping", frame(PING, b"x", fin=False), 1002),
                ("long ping", frame(PING, b"x" * 126), 1002), ("long close", frame(CLOSE, b"\x03\xe8" + b"x" * 124), 1002),
                ("lone continuation", frame(0, good), 1002), ("two beginnings", frame(TEXT, "{", fin=False) + frame(TEXT, "}"), 1002),
                ("length 126 for less", b"\x81\xfe\x00\x05\0\0\0\0xxxxx", 1002),
                ("length 127 for less", b"\x81\xff" + (5).to_bytes(8, "big") + b"\0\0\0\0xxxxx", 1002),
                ("length over 2^63", b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0", (1002, 1009)),
                ("close of one byte", frame(CLOSE, b"\x03"), 1002), ("close 999", frame(CLOSE, (999).to_bytes(2, "big")), 1002),
                ("close 1005", frame(CLOSE, (1005).to_bytes(2, "big")), 1002),
                ("close 1006", frame(CLOSE, (1006).to_bytes(2, "big")), 1002),
                ("close with bad text", frame(CLOSE, b"\x03\xe8\xff"), (1002, 1007)),
                ("close", frame(CLOSE, b"\x03\xe8bye"), 1000), ("close 4999", frame(CLOSE, (4999).to_bytes(2, "big")), 4999)):
            with self.subTest(name), self.joined() as ws:
                ws.send(bytes_)
                self.assertIn(ws.close_code(), code if isinstance(code, tuple) else (code,))
                self.assertEqual(until_closed(ws.socket), b"")

    def test_an_empty_close_is_answered(self):
        with self.joined() as ws:
            ws.send(frame(CLOSE))
            self.assertEqual(ws.next()[0], CLOSE)

    def test_nothing_after_a_close_counts(self):
        with self.joined() as ws:
            ws.send(frame(CLOSE, b"\x03\xe8"), frame(TEXT, '{"type":"ping"}'))
            self.assertEqual(ws.next()[0], CLOSE)
            self.assertEqual(ws.buffer + until_closed(ws.socket), b"")

    def test_a_storm_of_pings_is_answered_or_the_socket_closed_and_memory_stays(self):
        with self.joined() as ws:
            ws.send(frame(PING, b"x" * 125) * 2000)
            ws.say(type="ping")
            while (got := ws.next())[0] == PONG:
                pass
            self.assertEqual(got[0], TEXT)

    def test_random_bytes_after_the_upgrade_end_it(self):
        seeded = random.Random(7)
        for path in ("/ws/mobile", "/ws/device"):
            for _ in range(20):
                with Frames(self.broker, path, early=b"\xff" + seeded.randbytes(300)) as ws:
                    self.assertIn(ws.close_code(), (1002, 1007, 1009, 4400))


class BrokenHttp(HttpCase):
    def test_requests_that_could_be_read_two_ways_are_refused_and_the_connection_ends(self):
        get = "GET /api/health HTTP/1.1\r\nHost: a\r\n"
        post = f"POST {CREATE} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer user-ann\r\n"
        smuggled = "GET /api/status HTTP/1.1\r\nHost: a\r\n\r\n"
        for name, request in {
                "two lengths": post + f"Content-Length: 5\r\nContent-Length: {5 + len(smuggled)}\r\n\r\nhello" + smuggled,
                "length list": post + "Content-Length: 5, 6\r\n\r\nhello" + smuggled,
                "length and chunked": post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                "chunked and length": post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
                "two codings": post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled,
                "chunked twice": post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + smuggled,
                "xchunked": post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
                "gzip": post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled,
                "name with space": post + "Content-Length : 5\r\n\r\nhello" + smuggled,
                "name with tab": post + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                "negative": post + "Content-Length: -5\r\n\r\nhello" + smuggled,
                "plus": post + "Content-Length: +5\r\n\r\nhello" + smuggled,
                "hex": post + "Content-Length: 0x5\r\n\r\nhello" + smuggled,
                "huge": post + "Content-Length: 99999999999999999999999\r\n\r\n" + smuggled,
                "empty length": post + "Content-Length:\r\n\r\n" + smuggled,
                "bad chunk": post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + smuggled,
                "negative chunk": post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + smuggled,
                "huge chunk": post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + smuggled,
                "nul in a field": get + "X: a\0b\r\n\r\n" + smuggled, "no colon": get + "hello\r\n\r\n" + smuggled,
                "empty name": get + ": x\r\n\r\n" + smuggled, "bare cr": get + "X: a\rb\r\n\r\n" + smuggled,
                "bad escape": "GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled,
                "nul in the path": "GET /api/health%00 HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled,
                "space in the path": "GET /api/he alth HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled,
                "http/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http/3.0": "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
                "no version": "GET /api/health\r\n\r\n", "lower": "GET /api/health http/1.1\r\nHost: a\r\n\r\n",
                "connect": "CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"}.items():
            with self.subTest(name):
                answer = exchange(self.broker, request)
                self.assertIn(answer[0], (400, 413, 501), answer)
                self.assert_error(answer, answer[0], Connection="close")
                with contextlib.closing(dial(self.broker)) as s:
                    s.sendall(request.encode())
                    self.assertEqual(until_closed(s).count(b"HTTP/1.1 "), 1)

    def test_a_smuggled_request_is_answered_as_its_own(self):
        with contextlib.closing(dial(self.broker)) as s:
            s.sendall(b"GET /api/health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
                      b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            data = until_closed(s)
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+) ", data), [b"200", b"404"])

    def test_garbage_on_either_port_gets_an_error_or_the_end(self):
        seeded = random.Random(3)
        hello = bytes.fromhex("16030100c8010000c40303") + seeded.randbytes(190)
        shapes = [b"\0" * 1000, b"\xff" * 1000, b"\r\n" * 1000, b"GET " + b"A" * 100_000, hello, b"\x16\x03\x01\x00\x05hello",
                  b"SSH-2.0-x\r\n\r\n", frame(TEXT, "{}"), b"{\"type\":\"auth\"}\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x80\x2e\x01\x03\x01"]
        shapes += [seeded.randbytes(n) + b"\r\n\r\n" for n in (1, 10, 100, 1000, 5000)]
        for port in (self.broker.port, self.broker.tls_port, self.broker.admin_port):
            for shape in shapes:
                with contextlib.closing(dial(self.broker, port=port)) as s, contextlib.suppress(ConnectionError):
                    s.sendall(shape)
                    with contextlib.suppress(OSError):  # it may have hung up already
                        s.shutdown(socket.SHUT_WR)
                    data = until_closed(s)
                    if port != self.broker.tls_port and data:
                        self.assertRegex(data, rb"^HTTP/1\.1 4\d\d ")
            self.assertEqual(self.broker.get("/api/health", tls=port == self.broker.tls_port)[0], 200)
        self.assertIsNone(exchange(self.broker, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", port=self.broker.tls_port)[0])


class Tls(BrokerCase):
    def handshake(self, version, ciphers="DEFAULT@SECLEVEL=0"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.broker.home + "/cert.pem")
        context.set_ciphers(ciphers)
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", self.broker.tls_port)) as s:
            with context.wrap_socket(s, server_hostname="localhost") as tls:
                return tls.version(), tls.cipher()[0]

    def test_1_2_and_1_3_are_spoken_and_nothing_older(self):
        self.assertEqual(self.handshake(ssl.TLSVersion.TLSv1_3)[0], "TLSv1.3")
        version, cipher = self.handshake(ssl.TLSVersion.TLSv1_2)
        self.assertEqual(version, "TLSv1.2")
        self.assertRegex(cipher, "^ECDHE-.*(GCM|POLY1305)")
        for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.handshake(old)
        for weak in ("AES128-SHA@SECLEVEL=0", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0", "NULL@SECLEVEL=0"):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.handshake(ssl.TLSVersion.TLSv1_2, weak)


class Slowloris(HttpCase):
    settings = {"MDAI_LIMITS_HTTP_TIMEOUT": "300ms", "MDAI_AUTH_TIMEOUT": "300ms"}

    def drip(self, s, text):
        """Sends byte by byte for as long as anybody listens; returns what came back."""
        s.settimeout(0.02)
        received = b""
        with contextlib.suppress(ConnectionError):
            for byte in text:
                s.sendall(bytes([byte]))
                with contextlib.suppress(TimeoutError):
                    received += s.recv(4096)
                    break
        s.settimeout(10)
        return received + until_closed(s)

    def test_half_a_request_is_given_up_in_time(self):
        head = f"POST {CREATE} HTTP/1.1\r\nHost: a\r\nX-Request-Id: slow.1\r\n"
        endless = (head + "X: " + "y" * 5000).encode()
        body = (head + "Content-Length: 5000\r\n\r\n" + "y" * 500).encode()
        for begun in (endless, body):
            with contextlib.closing(dial(self.broker)) as s:
                self.assertTrue(self.drip(s, begun).startswith(b"HTTP/1.1 408 "))
        with contextlib.closing(dial(self.broker)) as s:
            s.sendall(head.encode())
            self.assertIn(b" 408 ", until_closed(s))
        for silent in (b"", b"\r\n"):
            with contextlib.closing(dial(self.broker)) as s:
                s.sendall(silent)
                until_closed(s)
        with contextlib.closing(dial(self.broker, port=self.broker.tls_port)) as s:
            s.sendall(b"\x16\x03\x01")  # half a ClientHello
            until_closed(s)

    def test_a_websocket_that_never_authenticates_is_closed(self):
        with Frames(self.broker, "/ws/mobile") as ws:
            ws.send(frame(TEXT, "{", fin=False))
            for _ in range(3):
                ws.send(frame(0, " ", fin=False))
            self.assertEqual(ws.close_code(), 4408)
        with Frames(self.broker, "/ws/mobile") as ws:
            ws.send(b"\x81")  # half a frame
            self.assertEqual(ws.close_code(), 4408)

    async def test_hundreds_of_idle_connections_stop_nobody(self):
        with contextlib.ExitStack() as stack:
            for i in range(300):
                s = stack.enter_context(contextlib.closing(dial(self.broker, port=(self.broker.port, self.broker.tls_port)[i % 2])))
                s.sendall(b"GET /api/health HTTP/1.1\r\nX: ")
            mobile, device = await self.broker.create().pair("RDK_1")
            await send(mobile, type="to_device", data=1)
            self.assertEqual((await receive(device))["data"], 1)
            await mobile.close(), await device.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
