"""Sessions that a phone begins by itself, over real sockets."""
import json
import signal
import unittest

import websockets

from devices import post
from harness import IMAGE, BrokerCase, Session, closed, receive, send
from operations import FreshBrokerCase, answering


def begin(broker, user="ann", bearer=True, **change):
    headers = {"Authorization": "Bearer user-" + user} if bearer else {}
    return post(broker, "/api/auth/mobile", {"user_id": "u", "platform_id": "PLT_" + user, **change}, headers)


async def meet(broker, answer, device_id="RDK_7"):
    """Both in their seats, each greeted."""
    mobile = await broker.connect("/ws/mobile?token=" + answer["token"])
    device = await broker.connect("/ws/device?token=" + answer["qr_payload"]["token"])
    await send(device, type="auth", session_id=answer["session_id"], device_id=device_id)
    for ws, types in ((mobile, ["auth_success", "device_connected"]), (device, ["auth_success", "mobile_connected"])):
        assert [(await receive(ws))["type"] for _ in types] == types
    return mobile, device


class Hybrid(BrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "200ms"}

    def test_who_names_a_session_gets_that_one_or_none(self):
        bearer = {"Authorization": "Bearer user-ann"}
        for session_id in (5, ["0" * 24], False, "0" * 24, "x"):
            for path in ("/api/auth/mobile", "/api/mobile/create-session"):
                status, answer = post(self.broker, path, {"platform_id": "PLT_ann", "session_id": session_id}, bearer)
                self.assertEqual((status, answer["error_code"]), (404, "SESSION_NOT_FOUND"), (path, session_id))
        for session_id in (None, ""):
            self.assertEqual(begin(self.broker, session_id=session_id)[0], 200)

    async def test_a_whole_session(self):
        status, answer = begin(self.broker)
        self.assertEqual(status, 200)
        self.assertEqual(set(answer), {"success", "token", "session_id", "ws_url", "expires_in", "qr_payload", "qr_encrypted"})
        self.assertEqual(set(answer["qr_payload"]), {"session_id", "token", "ws_device_url", "type"})
        self.assertEqual(answer["qr_payload"]["ws_device_url"], f"ws://127.0.0.1:{self.broker.port}/ws/device")
        self.assertEqual(answer["qr_payload"]["type"], "session")
        qr = Session(self.broker, {**answer, "ws_token": answer["token"]}).qr
        self.assertEqual((qr["session_id"], qr["token"]), (answer["session_id"], answer["qr_payload"]["token"]))
        mobile, device = await meet(self.broker, answer)
        await send(device, type="submit_result", image=IMAGE, passes=4)
        self.assertEqual((await receive(mobile))["reason"], "Insufficient liveness frames")
        self.assertEqual((await receive(device))["final"], False)
        await send(device, type="submit_result", image=IMAGE, passes=5)
        final = await receive(mobile)
        self.assertEqual((final["type"], final["final"]), ("verification_result", True))
        self.assertEqual(await receive(mobile), {"type": "result", "status": "success", "platform_id": "PLT_ann"})
        self.assertEqual((await receive(device))["type"], "verification_result")
        self.assertEqual(await receive(device), {"type": "result", "status": "success"})
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])
        back = await self.broker.connect("/ws/mobile?token=" + answer["token"])
        self.assertEqual([(await receive(back))["type"] for _ in range(3)], ["auth_success", "verification_result", "result"])
        self.assertEqual(await closed(back), 1000)

    async def test_a_refusal_and_a_delay(self):
        self.backend.verify = answering(503, headers=[("Retry-After", "0")])
        mobile, device = await meet(self.broker, begin(self.broker)[1])
        await send(device, type="submit_result", image=IMAGE, passes=5)
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        self.assertEqual((await receive(device))["delivery"], "pending")
        self.backend.verify = answering(422, {"reason": "PLT_ann is blocked"})
        self.assertEqual((await receive(mobile))["status"], "failed")
        self.assertEqual(await receive(mobile), {"type": "result", "status": "failed", "platform_id": "PLT_ann"})
        self.assertNotIn("PLT_ann", json.dumps(await receive(device)))
        self.assertEqual(await receive(device), {"type": "result", "status": "failed"})

    async def test_a_device_without_a_name_is_refused(self):
        _, answer = begin(self.broker)
        ws = await self.broker.connect("/ws/device?token=" + answer["qr_payload"]["token"])
        await send(ws, type="auth", session_id=answer["session_id"])
        self.assertEqual(await receive(ws), {"type": "auth_failed", "error": "Missing token or device_id"})
        self.assertEqual(await closed(ws), 4401)

    async def test_tokens_act_for_their_own_side_alone(self):
        _, answer = begin(self.broker)
        ws = await self.broker.connect("/ws/mobile?token=" + answer["qr_payload"]["token"])
        self.assertEqual((await receive(ws))["error"], "This token is not valid here")
        self.assertEqual(await closed(ws), 4403)

    def test_each_refusal_has_its_status(self):
        self.assertEqual(begin(self.broker, platform_id="PLT_bob")[0], 403)
        self.assertEqual(begin(self.broker, platform_id="")[0], 400)
        self.assertEqual(begin(self.broker, platform_id=7)[0], 400)
        self.assertEqual(begin(self.broker, bearer=False)[0], 401)
        self.assertEqual(post(self.broker, "/api/auth/mobile", {"platform_id": "x"}, {"Authorization": "Bearer nobody"})[0], 401)
        self.backend.validate = answering(500)
        self.assertEqual(begin(self.broker)[0], 503)
        self.backend.validate = lambda h, _: h.answer(200, b"nonsense")
        self.assertEqual(begin(self.broker)[0], 502)
        self.assertEqual(self.broker.get("/api/auth/mobile")[0], 405)

    async def test_an_ordinary_session_is_told_once(self):
        mobile, device = await self.broker.create().pair()
        await send(device, type="submit_result", image=IMAGE, passes=5)
        self.assertEqual((await receive(mobile))["type"], "verification_result")
        self.assertEqual((await receive(device))["type"], "verification_result")
        for ws in (mobile, device):  # the next word is goodbye
            with self.assertRaises(websockets.ConnectionClosed):
                await receive(ws)


class Trusting(BrokerCase):
    settings = {"MDAI_AUTH_MOBILE_TRUST_BODY": "true"}

    def test_a_body_without_a_bearer_is_believed(self):
        self.assertEqual(begin(self.broker, bearer=False)[0], 200)
        self.assertEqual(self.backend.calls, [])
        self.assertEqual(begin(self.broker, platform_id="PLT_bob")[0], 403)


class Crash(FreshBrokerCase):
    async def test_it_is_still_one_after_kill_9(self):
        _, answer = begin(self.broker)
        self.broker.restart(signal.SIGKILL)
        mobile, device = await meet(self.broker, answer)
        self.backend.verify = answering(503)
        await send(device, type="submit_result", image=IMAGE, passes=5)
        self.backend.wait_for("verify", 1)
        self.broker.restart(signal.SIGKILL)
        self.backend.verify = self.backend.accept_result
        mobile = await self.broker.connect("/ws/mobile?token=" + answer["token"])
        self.assertEqual((await receive(mobile))["type"], "auth_success")
        final = await receive(mobile)
        while not final["final"]:
            final = await receive(mobile)
        self.assertEqual(final["status"], "success")
        self.assertEqual(await receive(mobile), {"type": "result", "status": "success", "platform_id": "PLT_ann"})
        self.assertEqual({h["Idempotency-Key"] for h, _ in self.backend.results()}, {answer["session_id"]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
