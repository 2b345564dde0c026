"""One session and everything around it, over real sockets."""
import asyncio
import json
import socket
import unittest

from harness import IMAGE, MULTI_SCAN, BrokerCase, closed, receive, send, submit


class CreateSession(BrokerCase):
    def create(self, token="user-ann", path="/api/mobile/create-session", method="GET", headers=None, **kw):
        h = {"Authorization": "Bearer " + token} if token else {}
        return self.broker.request(method, path, {**h, **(headers or {})}, **kw)

    def test_get_and_post_answer_everything_a_phone_needs(self):
        for method in ("GET", "POST"):
            status, headers, body = self.create(method=method)
            answer = json.loads(body)
            self.assertEqual(status, 200)
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertRegex(answer["session_id"], "^[0-9a-f]{24}$")
            self.assertEqual(answer["ws_url"], f"ws://127.0.0.1:{self.broker.port}/ws/mobile")
            self.assertEqual(answer["expires_in"], 180)
            self.assertIs(answer["success"], True)
            self.assertNotIn("qr_svg", answer)

    def test_over_tls_the_urls_are_secure(self):
        status, _, body = self.create(tls=True)
        self.assertEqual((status, json.loads(body)["ws_url"]), (200, f"wss://127.0.0.1:{self.broker.tls_port}/ws/mobile"))

    def test_without_or_with_a_bad_bearer_is_401(self):
        for token, header in ((None, {}), (None, {"Authorization": "Basic dXNlcg=="}), ("nobody", {})):
            status, _, body = self.create(token, headers=header)
            error = json.loads(body)
            self.assertEqual(status, 401)
            self.assertEqual((error["error"], error["message"], error["detail"]), (error["error"],) * 3)
            self.assertIs(error["success"], False)
            self.assertRegex(error["error_code"], "^[A-Z_]+$")

    def test_each_failure_of_the_platform_has_its_status(self):
        def answers(status, body):
            return lambda handler, _: handler.answer(status, body)
        for backend, expected in ((answers(200, {"success": False}), 401), (answers(403, {}), 401),
                                  (answers(200, b"nonsense"), 502), (answers(200, {"success": True}), 502),
                                  (answers(302, {}), 502), (answers(500, {}), 503), (answers(503, b""), 503),
                                  (lambda handler, _: handler.connection.shutdown(socket.SHUT_RDWR), 503)):
            self.backend.validate = backend
            status, headers, _ = self.create()
            self.assertEqual(status, expected)
            if status == 503:
                self.assertIn("Retry-After", headers)

    def test_the_request_id_goes_to_the_platform_and_comes_back(self):
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        _, headers, _ = self.create(headers={"X-Request-Id": "my.id-1", "traceparent": trace})
        self.assertEqual(headers["X-Request-Id"], "my.id-1")
        self.assertEqual(self.backend.calls[-1][1]["X-Request-Id"], "my.id-1")
        self.assertEqual(self.backend.calls[-1][1]["traceparent"], trace)
        _, headers, _ = self.create(headers={"X-Request-Id": "not valid"})
        self.assertRegex(headers["X-Request-Id"], "^[A-Za-z0-9._-]{1,128}$")

    def test_the_qr_is_drawn_for_its_owner_only(self):
        _, _, body = self.create(path="/api/mobile/create-session?qr=svg")
        answer = json.loads(body)
        self.assertIn("<svg", answer["qr_svg"])
        base = f"/api/mobile/session/{answer['session_id']}/qr."
        status, headers, svg = self.create(path=base + "svg")
        self.assertEqual((status, headers["Content-Type"], svg.decode()), (200, "image/svg+xml", answer["qr_svg"]))
        status, headers, png = self.create(path=base + "png")
        self.assertEqual((status, headers["Content-Type"], png[:8]), (200, "image/png", b"\x89PNG\r\n\x1a\n"))
        self.assertEqual(self.create("user-bob", base + "svg")[0], 404)
        self.assertEqual(self.create(path="/api/mobile/session/000000000000000000000000/qr.svg")[0], 404)
        self.assertEqual(self.create(None, base + "svg")[0], 401)


class Conversation(BrokerCase):
    async def test_a_whole_session_over_plain_and_tls(self):
        for tls in (False, True):
            session = self.broker.create()
            mobile, device = await session.pair(tls=tls)
            await send(mobile, type="to_device", data={"platform_id": "PLT_ann", "n": 1, "s": "I am PLT_ann"})
            self.assertEqual(await receive(device), {"type": "to_device", "data": {"n": 1, "s": "I am *******"}})
            await send(device, type="to_mobile", data={"hello": 1})
            self.assertEqual(await receive(mobile), {"type": "to_mobile", "data": {"hello": 1}})
            await send(device, type="progress", value=120, step="eyes")
            self.assertEqual(await receive(mobile), {"type": "progress", "value": 100, "step": "eyes"})
            await submit(device)
            result = await receive(mobile)
            self.assertEqual(result, {"type": "verification_result", "status": "success",
                                      "message": "Verification successful", "data": {"success": True, "seen": "PLT_ann"},
                                      "final": True, "platform_id": "PLT_ann"})
            self.assertEqual(await receive(device), {"type": "verification_result", "status": "success",
                                                     "message": "Verification successful",
                                                     "data": {"success": True, "seen": "*******"}, "final": True})
            self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])
            headers, body = self.backend.results()[-1]
            self.assertEqual(body, {"platform_id": "PLT_ann", "image_base64": IMAGE})
            self.assertEqual((headers["x-api-key"], headers["Idempotency-Key"]), ("platform-key", session.id))
            mobile, greeting = await session.mobile(tls=tls)
            self.assertEqual(greeting["type"], "auth_success")
            self.assertEqual(await receive(mobile), result)
            self.assertEqual(await closed(mobile), 1000)

    async def test_numbers_and_escapes_pass_exactly(self):
        mobile, device = await self.broker.create().pair()
        text = '{"type":"to_mobile", "data":{"n":12345678901234567890,"f":1.10,"e":1e400,"s":"caf\\u00e9 \\/","k":1,"k":2}}'
        await device.send(text)
        self.assertEqual(await mobile.recv(), text)
        await mobile.close(), await device.close()

    async def test_whoever_leaves_is_missed_and_may_come_back(self):
        session = self.broker.create()
        mobile, device = await session.pair()
        await device.close()
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        await send(mobile, type="to_device", data={})
        self.assertEqual(await receive(mobile), {"type": "error", "error": "Device not connected", "code": 404})
        device, greeting = await session.device()
        self.assertEqual(greeting["device_id"], "RDK_001")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        newer, _ = await session.mobile()
        self.assertEqual(await closed(mobile), 4000)
        await newer.close(), await device.close()

    async def test_six_kiosks_race_and_exactly_one_wins(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        kiosks = await asyncio.gather(*(session.device(f"RDK_{i}") for i in range(6)))
        winners = [ws for ws, greeting in kiosks if greeting["type"] == "auth_success"]
        self.assertEqual(len(winners), 1)
        for ws, greeting in kiosks:
            if ws not in winners:
                self.assertEqual(greeting, {"type": "auth_failed", "error": MULTI_SCAN})
                self.assertEqual(await closed(ws), 4409)
        notices = [await receive(mobile) for _ in range(6)]
        self.assertEqual(sum(n["type"] == "device_connected" for n in notices), 1)
        self.assertEqual(sum(n == {"type": "error", "error": MULTI_SCAN, "code": 4409} for n in notices), 5)
        await send(mobile, type="to_device", data=1)
        self.assertEqual((await receive(winners[0]))["type"], "mobile_connected")
        self.assertEqual((await receive(winners[0]))["data"], 1)
        await mobile.close(), await winners[0].close()

    async def test_a_busy_device_is_not_pushed_out_but_a_dead_one_is(self):
        first, second = self.broker.create(), self.broker.create("bob")
        mobile, device = await first.pair("RDK_busy")
        reading = asyncio.ensure_future(device.recv())  # so that its library answers the ping
        ws, greeting = await second.device("RDK_busy")
        self.assertEqual(greeting, {"type": "auth_failed", "error": "Device is busy in another session"})
        self.assertEqual(await closed(ws), 4409)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        device.transport.pause_reading()  # the kiosk hangs: its socket is open, nobody reads
        ws, greeting = await second.device("RDK_busy")
        self.assertEqual(greeting["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        device.transport.abort()
        await ws.close(), await mobile.close()

    async def test_forty_sessions_at_once(self):
        async def one(i):
            session = await asyncio.get_running_loop().run_in_executor(None, self.broker.create, f"user{i}")
            mobile, device = await session.pair(f"RDK_{i}")
            await submit(device)
            self.assertEqual((await receive(mobile))["platform_id"], f"PLT_user{i}")
            self.assertEqual(await closed(device), 1000)
            await closed(mobile)
        await asyncio.gather(*(one(i) for i in range(40)))


class Authentication(BrokerCase):
    settings = {"MDAI_AUTH_TIMEOUT": "300ms"}

    async def refused(self, path, message, code, text=None, **kw):
        ws = await self.broker.connect(path, **kw)
        if message is not None:
            await ws.send(message if isinstance(message, (str, bytes)) else json.dumps(message))
        if text:
            self.assertEqual(await receive(ws), {"type": "auth_failed", "error": text})
        self.assertEqual(await closed(ws), code, (path, message))

    async def test_each_bad_first_message_has_its_close_code(self):
        s = self.broker.create()
        invalid, missing = "Invalid or expired token", "Missing token or device_id"
        good = {"type": "auth", "bearer_token": s.mobile_token}
        await self.refused("/ws/mobile", "hello", 4400)
        await self.refused("/ws/mobile", b"binary", 4400)
        await self.refused("/ws/mobile", {"type": "ping"}, 4400)
        await self.refused("/ws/mobile", "[]", 4400)
        await self.refused("/ws/mobile", None, 4408)
        await self.refused("/ws/mobile", {"type": "auth"}, 4401, missing)
        await self.refused("/ws/device", {"type": "auth", "bearer_token": s.device_token}, 4401, missing)
        await self.refused("/ws/device", {"type": "auth", "bearer_token": s.device_token, "device_id": "x" * 129}, 4401, missing)
        await self.refused("/ws/mobile", {**good, "bearer_token": s.mobile_token[:-2] + "AA"}, 4401, invalid)
        await self.refused("/ws/mobile", {**good, "session_id": "0" * 24}, 4401, invalid)
        await self.refused("/ws/mobile?session_id=" + "0" * 24, good, 4401, invalid)
        await self.refused("/ws/mobile", {**good, "bearer_token": s.device_token}, 4403, "This token is not valid here")
        await self.refused("/ws/device", {**good, "device_id": "RDK_001"}, 4403, "This token is not valid here")
        await self.refused("/ws/mobile", "{" + " " * 17000 + "}", 1009)

    async def test_query_and_header_authenticate_the_upgrade(self):
        s = self.broker.create()
        for path, headers in ((f"/ws/mobile?token={s.mobile_token}", {}),
                              ("/ws/mobile", {"Authorization": "Bearer " + s.mobile_token})):
            ws = await self.broker.connect(path, extra_headers=headers)
            self.assertEqual((await receive(ws))["type"], "auth_success")
            await send(ws, type="auth", bearer_token=s.mobile_token)
            self.assertEqual((await receive(ws))["type"], "auth_success")
            await send(ws, type="auth", bearer_token="nonsense")
            self.assertEqual((await receive(ws))["type"], "auth_failed")
            self.assertEqual(await closed(ws), 4401)
        ws = await self.broker.connect(f"/ws/device?token={s.device_token}&device_id=RDK_7")
        self.assertEqual((await receive(ws))["device_id"], "RDK_7")
        await ws.close()
        ws = await self.broker.connect(f"/ws/device?token={s.device_token}")
        await send(ws, type="auth", device_id="RDK_7")
        self.assertEqual((await receive(ws))["device_id"], "RDK_7")
        await ws.close()

    async def test_an_unknown_session_is_4404(self):
        other = type(self).other_broker_session()
        await self.refused("/ws/mobile", {"type": "auth", "bearer_token": other}, 4404, "Session not found")

    @classmethod
    def other_broker_session(cls):
        """A good token of a session that this broker does not know: one of a neighbour with the same keys."""
        from harness import Broker
        neighbour = Broker(cls.backend, JWT_SECRET=cls.broker.env["JWT_SECRET"])
        try:
            return neighbour.create().mobile_token
        finally:
            neighbour.close()

    async def test_messages_sent_behind_the_auth_message_are_not_lost(self):
        s = self.broker.create()
        ws = await self.broker.connect("/ws/mobile")
        await asyncio.gather(send(ws, type="auth", bearer_token=s.mobile_token), send(ws, type="ping", n=1),
                             send(ws, type="ping", n=2))
        self.assertEqual([(await receive(ws)).get("n") for _ in range(3)], [None, 1, 2])
        await ws.close()


class Results(BrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "500ms", "MDAI_BACKEND_TIMEOUT": "5s"}

    async def test_a_refusal_is_final_and_its_reason_is_masked_for_the_device(self):
        self.backend.verify = lambda h, _: h.answer(422, {"reason": "PLT_carl is blocked"})
        mobile, device = await self.broker.create("carl").pair()
        await submit(device)
        self.assertEqual((await receive(mobile))["reason"], "PLT_carl is blocked")
        answer = await receive(device)
        self.assertEqual((answer["reason"], answer["status"], answer["final"]), ("******** is blocked", "failed", True))
        self.assertEqual(await closed(mobile), 1000)

    async def test_an_outage_is_pending_then_final_under_one_key(self):
        def down(handler, _):
            handler.answer(503, {}, [("Retry-After", "0")])
        self.backend.verify = down
        session = self.broker.create()
        mobile, device = await session.pair()
        await submit(device)
        for ws in (mobile, device):
            answer = await receive(ws)
            self.assertEqual((answer["status"], answer["delivery"], answer["final"]), ("error", "pending", False))
        await submit(device)
        self.assertEqual((await receive(device))["code"], 409)
        self.backend.verify = self.backend.accept_result
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual((await receive(device))["final"], True)
        self.assertEqual({h["Idempotency-Key"] for h, _ in self.backend.results()}, {session.id})
        self.assertEqual(await closed(mobile), 1000)

    async def test_too_few_passes_and_bad_submissions_call_nobody(self):
        mobile, device = await self.broker.create().pair()
        await submit(device, passes=4)
        self.assertEqual((await receive(mobile))["reason"], "Insufficient liveness frames")
        self.assertEqual((await receive(device))["final"], False)
        for bad in ({"image": "no base64"}, {"image": ""}, {"passes": 5.0}):
            await submit(device, **bad)
            self.assertEqual((await receive(device))["code"], 400)
        self.assertEqual(self.backend.results(), [])
        await submit(device)
        self.assertEqual((await receive(mobile))["status"], "success")
        await closed(mobile), await closed(device)

    async def test_the_result_waits_for_an_absent_mobile(self):
        session = self.broker.create()
        device, _ = await session.device()
        await submit(device)
        self.assertEqual((await receive(device))["status"], "success")
        self.assertEqual(await closed(device), 1000)
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual(await closed(mobile), 1000)


class Expiry(BrokerCase):
    settings = {"MDAI_SESSION_TTL": "1500ms"}

    async def test_both_are_told_and_closed_4401(self):
        session = self.broker.create()
        mobile, device = await session.pair()
        for ws in (mobile, device):
            self.assertEqual(await receive(ws), {"type": "session_expired", "message": "Session expired"})
            self.assertEqual(await closed(ws), 4401)
        ws, answer = await session.mobile()
        self.assertEqual(answer["type"], "auth_failed")
        self.assertEqual(await closed(ws), 4401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
