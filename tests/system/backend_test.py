"""Every way a platform can fail, and that the next session is served after each."""
import asyncio
import json
import socket
import threading
import unittest

from harness import DEADLINE, IMAGE, Backend, BrokerCase, closed, receive, send, submit
from http_test import CREATE, USER, HttpCase

USER_OK = json.dumps({"success": True, "platform_id": "PLT_ann", "user_id": "u"}).encode()


def says(status, body, headers=()):
    return lambda handler, _: handler.answer(status, body, headers)


def raw(data, close=True):
    """Writes bytes as they are, then hangs up or keeps the connection."""
    def answer(handler, _):
        handler.wfile.write(data)
        handler.wfile.flush()
        if close:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
    return answer


def hang_up(handler, _):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def reset(handler, _):
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


class silence:
    """Answers nothing until the test is over."""

    def __init__(self, case, first=b""):
        self.over, self.first = threading.Event(), first
        case.addCleanup(self.over.set)

    def __call__(self, handler, _):
        handler.wfile.write(self.first)
        handler.wfile.flush()
        self.over.wait(DEADLINE)
        handler.close_connection = True


def drip(handler, _):
    """A header that comes byte by byte and never ends."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        event = threading.Event()
        while not event.wait(0.02):
            handler.wfile.write(b"y")
            handler.wfile.flush()
    except OSError:
        handler.close_connection = True


CHUNKED = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % c for c in USER_OK) + b"0\r\n\r\n")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(USER_OK)


class Validation(HttpCase):
    settings = {"MDAI_BACKEND_VALIDATE_TIMEOUT": "500ms"}

    def create(self):
        return self.broker.get(CREATE, {**USER, "X-Request-Id": "v.1"})

    def check(self, cases):
        for name, backend, expected in cases:
            with self.subTest(name):
                self.backend.validate = backend
                answer = self.create()
                if expected == 200:
                    self.assertEqual(answer[0], 200, answer[2])
                else:
                    fields = self.assert_error(answer, expected, X_Request_Id="v.1")
                    self.assertEqual("Retry-After" in fields, expected == 503)
                self.backend.validate = self.backend.accept_user
                self.assertEqual(self.create()[0], 200)

    def test_refusals_and_nonsense(self):
        ok = {"success": True, "platform_id": "PLT_ann"}
        self.check([(str(body)[:40] + str(status), says(status, body), expected) for status, body, expected in (
            (200, {"success": False}, 401), (200, {"success": False, "platform_id": "PLT_ann"}, 401), (200, {}, 401),
            (200, {**ok, "success": "true"}, 401), (200, {**ok, "success": 1}, 401), (200, {**ok, "success": None}, 401),
            (200, {"platform_id": "PLT_ann"}, 401), (401, ok, 401), (403, ok, 401), (401, b"", 401),
            (200, {"success": True}, 502), (200, {**ok, "platform_id": ""}, 502), (200, {**ok, "platform_id": None}, 502),
            (200, {**ok, "platform_id": 5}, 502), (200, {**ok, "platform_id": ["PLT_ann"]}, 502), (200, b"", 502), (200, b"null", 502),
            (200, b"[]", 502), (200, b"true", 502), (200, b"<html>", 502), (200, b"{\"success\":true", 502), (200, b"\xff\xfe", 502),
            (200, USER_OK + b"x", 502), (200, b"[" * 1_000_000, 502), (200, b"x" * (2 << 20), 502), (302, ok, 502), (404, ok, 502),
            (500, ok, 503), (502, b"", 503), (503, b"<html>", 503), (504, b"", 503), (599, b"", 503), (429, b"", 503),
            (200, {**ok, "more": {"deep": [1]}}, 200), (200, b"\xef\xbb\xbf" + USER_OK, 200), (200, b" \n" + USER_OK + b"\n", 200))])

    def test_connections_that_end_or_never_begin(self):
        self.check([("hangs up", hang_up, 503), ("resets", reset, 503), ("silent", silence(self), 504), ("drips", drip, 504),
                    ("half a head", raw(b"HTTP/1.1 200 OK\r\nContent-Le"), 503), ("half a body", raw(HEAD + b"\r\n" + USER_OK[:9]), 503),
                    ("half a body, then silence", silence(self, HEAD + b"\r\n" + USER_OK[:9]), 504),
                    ("half a chunk", raw(CHUNKED[:-12]), 503)])

    def test_bytes_that_are_no_answer(self):
        self.check([("no http", raw(b"hello\r\n\r\n"), 502), ("http/9", raw(b"HTTP/9.9 200 OK\r\n\r\n"), 502),
                    ("bad length", raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), 502),
                    ("bad chunk", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 502),
                    ("switching", raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), 502),
                    ("endless head", raw(b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyy\r\n" * 20000), 502),
                    ("declares too much", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + USER_OK), 502)])

    def test_every_honest_way_to_send_a_body(self):
        self.check([("chunked", raw(CHUNKED, close=False), 200), ("until the end", raw(b"HTTP/1.1 200 OK\r\n\r\n" + USER_OK), 200),
                    ("http/1.0", raw(b"HTTP/1.0 200 OK\r\n\r\n" + USER_OK), 200),
                    ("continue first", raw(b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"\r\n" + USER_OK, close=False), 200),
                    ("close", raw(HEAD + b"Connection: close\r\n\r\n" + USER_OK), 200),
                    ("closes though it said nothing", raw(HEAD + b"\r\n" + USER_OK), 200),
                    ("talks on", raw(HEAD + b"\r\n" + USER_OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", close=False), 200)])

    def test_a_redirect_is_never_followed(self):
        self.backend.validate = says(302, b"", [("Location", f"http://127.0.0.1:{self.backend.port}/validate?again")])
        self.assert_error(self.create(), 502)
        self.assertEqual(len(self.backend.calls), 1)

    async def test_a_platform_that_closes_after_every_answer_disturbs_nobody(self):
        self.backend.validate = raw(HEAD + b"\r\n" + USER_OK)  # and does not say so: the kept-alive race
        loop = asyncio.get_running_loop()
        for _ in range(3):
            answers = await asyncio.gather(*(loop.run_in_executor(None, self.create) for _ in range(20)))
            self.assertEqual([a[0] for a in answers], [200] * 20)


class Down(HttpCase):
    def test_a_platform_that_is_down_is_503_until_it_is_back(self):
        port = self.backend.port
        self.backend.close()
        for _ in range(8):
            fields = self.assert_error(self.broker.get(CREATE, USER), 503)
            self.assertIn("Retry-After", fields)
        type(self).backend = Backend(port)
        self.assertEqual(self.broker.get(CREATE, USER)[0], 200)


class Results(BrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "200ms", "MDAI_BACKEND_TIMEOUT": "300ms"}

    async def result(self, backend):
        """The first answers (mobile's, device's) to a result that the platform treats like this; leaves the sockets open."""
        self.backend.verify = backend
        session = self.broker.create()
        self.mobile, self.device = await session.pair("RDK_" + session.id)
        await submit(self.device)
        return await receive(self.mobile), await receive(self.device)

    async def test_what_is_not_final_is_pending_and_comes_through_later(self):
        for name, backend in (("500", says(500, {})), ("502", says(502, b"")), ("401", says(401, {})), ("403", says(403, {})),
                              ("408", says(408, {})), ("429", says(429, {})), ("302", says(302, {}, [("Location", "/elsewhere")])),
                              ("not json", says(200, b"<html>")), ("empty", says(200, b"")), ("204", says(204, b"")),
                              ("array", says(200, b"[1]")), ("hangs up", hang_up), ("resets", reset), ("silent", silence(self)),
                              ("drips", drip), ("nonsense", raw(b"hello\r\n\r\n")), ("half", raw(HEAD + b"\r\n{")),
                              ("huge", says(200, b'{"x":"' + b"y" * (9 << 20) + b'"}'))):
            with self.subTest(name):
                for answer in await self.result(backend):
                    answer.pop("platform_id", None)
                    self.assertEqual(answer, {"type": "verification_result", "status": "error", "error": "Backend unavailable",
                                              "delivery": "pending", "final": False})
                await send(self.device, type="ping")
                self.assertEqual(await receive(self.device), {"type": "pong"})
                self.backend.verify = self.backend.accept_result
                self.assertEqual([(await receive(ws))["final"] for ws in (self.mobile, self.device)], [True, True])
                self.assertEqual([await closed(ws) for ws in (self.mobile, self.device)], [1000, 1000])

    async def test_what_is_final_and_how_it_reads(self):
        for status, body, outcome, reason in (
                (200, {"success": True}, "success", None), (201, {}, "success", None), (202, {"status": "success"}, "success", None),
                (200, {"success": False, "reason": "no"}, "failed", "no"), (200, {"status": "denied", "reason": "x"}, "failed", "x"),
                (200, {"success": True, "status": "failed"}, "failed", None), (200, {"success": True, "status": None}, "failed", None),
                (400, {"reason": "bad image"}, "failed", "bad image"), (404, {}, "failed", None), (409, b"", "failed", None),
                (422, b"<html>", "failed", None), (413, [1], "failed", None)):
            with self.subTest(str(status) + str(body)):
                for answer in await self.result(says(status, body)):
                    self.assertEqual((answer["type"], answer["status"], answer["final"]), ("verification_result", outcome, True))
                    self.assertEqual(answer.get("data"), body if isinstance(body, dict) else None)
                    if outcome == "success":
                        self.assertEqual(answer["message"], "Verification successful")
                    else:
                        self.assertEqual(answer["reason"], reason or answer["reason"])
                self.assertEqual([await closed(ws) for ws in (self.mobile, self.device)], [1000, 1000])
                self.assertEqual(len(self.backend.results()), 1)
                self.backend.calls.clear()

    async def test_the_call_is_what_the_platform_expects(self):
        for image in (IMAGE, "data:image/png;base64," + IMAGE):
            session = self.broker.create()
            mobile, device = await session.pair("RDK_1")
            await submit(device, image=image, platform_id="PLT_forged", confidence=0.95, liveness_score=0.92)
            self.assertEqual((await receive(mobile))["status"], "success")
            headers, body = self.backend.results()[-1]
            self.assertEqual(body, {"platform_id": "PLT_ann", "image_base64": IMAGE})
            self.assertEqual((headers["x-api-key"], headers["Idempotency-Key"]), ("platform-key", session.id))
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertRegex(headers["X-Request-Id"], "^[A-Za-z0-9._-]{1,128}$")
            await closed(mobile), await closed(device)

    async def test_images_and_passes_of_every_bad_kind_call_nobody(self):
        mobile, device = await self.broker.create().pair("RDK_1")
        for image in ("", "!", "a", "ab", "abc", "abc=d", "ab=c", "=", "====", "YWJj YWJj", "YWJj\n", "YW-_", "data:image/png;base64,",
                      "data:image/png;base64", "data:,", None, 5, True, [IMAGE], {"b64": IMAGE}, "YQ", "YQ=", "\u00e9\u00e9"):
            await submit(device, image=image)
            answer = await receive(device)
            self.assertEqual((answer["type"], answer["code"]), ("error", 400), image)
        for passes in ("5", 5.0, 5.5, None, True, [5], {}, "", 1e1):
            await submit(device, passes=passes)
            self.assertEqual((await receive(device))["code"], 400, passes)
        for text in ('{"type":"submit_result","consecutive_passes":5}', '{"type":"submit_result","image":"YWJj"}',
                     '{"type":"submit_result","image":"YWJj","consecutive_passes":5e0}'):
            await device.send(text)
            self.assertEqual((await receive(device))["code"], 400, text)
        for passes in (4, 0, -1, -9223372036854775808, -99999999999999999999):
            await submit(device, passes=passes)
            expected = {"type": "verification_result", "status": "failed", "reason": "Insufficient liveness frames", "final": False}
            self.assertEqual(await receive(device), expected)
            self.assertEqual(await receive(mobile), {**expected, "platform_id": "PLT_ann"})
        self.assertEqual(self.backend.results(), [])
        await send(device, type="submit_result", image=IMAGE, passes=5)
        self.assertEqual((await receive(mobile))["final"], True)
        await closed(mobile), await closed(device)


class Scores(BrokerCase):
    settings = {"MDAI_BACKEND_SEND_SCORES": "true"}

    async def test_scores_go_along_when_they_may(self):
        mobile, device = await self.broker.create().pair("RDK_1")
        await submit(device, confidence=0.95, liveness_score=0.92)
        await closed(mobile), await closed(device)
        scores = self.backend.results()[-1][1]["scores"]
        self.assertEqual((scores["confidence"], scores["liveness_score"]), (0.95, 0.92))


if __name__ == "__main__":
    unittest.main(verbosity=2)
