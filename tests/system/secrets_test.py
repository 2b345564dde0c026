"""After a session with everything in it, nothing in the log at its finest level tells a secret or who the person is."""
import json
import re
import unittest

from harness import IMAGE, BrokerCase, closed, receive, send, submit
from wire import exchange, upgrade_request


class Secrets(BrokerCase):
    settings = {"LOG_LEVEL": "trace", "MDAI_BACKEND_RETRY_WINDOW": "0s"}

    async def test_none_stands_in_the_log_the_metrics_or_a_close_reason(self):
        user, person = "user-kim-the-person", "PLT_kim-the-person"
        self.broker.get("/api/mobile/create-session?qr=svg&token=query-secret", {"Authorization": "Bearer " + user})
        session = self.broker.create("kim-the-person")
        reasons, secrets = [], [user, person, "kim-the-person", IMAGE, "query-secret", "platform-key", session.mobile_token,
                                session.device_token, session.answer["qr_encrypted"], "said-in-private", "forged-token"]
        mobile, _ = await session.mobile()
        device = await self.broker.connect(f"/ws/device?device_id=RDK_1&token={session.device_token}")
        self.assertEqual((await receive(device))["type"], "auth_success")
        await send(mobile, type="to_device", data={"platform_id": person, "s": "said-in-private " + person})
        await send(device, type="to_mobile", data="said-in-private")
        for ws in (mobile, device):
            await ws.send("{said-in-private")
            await send(ws, type="said-in-private")
            await send(ws, type="ping", s=person)
        await submit(device, passes=1)
        await submit(device, image="said-in-private!")
        for path in ("/ws/mobile?token=forged-token", "/ws/mobile?token=" + session.device_token,
                     "/ws/device?device_id=RDK_2&token=" + session.device_token):
            ws = await self.broker.connect(path)
            await closed(ws)
            reasons.append(ws.close_reason)
        ws = await self.broker.connect("/ws/mobile")
        await send(ws, type="auth", bearer_token="forged-token")
        await closed(ws)
        self.broker.get("/nothing?token=forged-token", {"Authorization": "Bearer forged-token"})
        exchange(self.broker, upgrade_request("/ws/mobile?token=forged-token", {"Origin": "https://evil.example"}))
        exchange(self.broker, b"GET /ws/mobile?token=forged-token HTTP/9\r\n\r\n")
        answers = [500, 401, 422]
        self.backend.verify = lambda h, _: h.answer(answers.pop(0), {"reason": person + " said-in-private"}, [("Retry-After", "0")])
        await submit(device, platform_id=person, confidence=0.9)
        for ws in (mobile, device):
            self.assertEqual(await closed(ws), 1000)
            reasons.append(ws.close_reason)
        mobile, _ = await session.mobile()
        await closed(mobile)
        self.backend.validate = lambda h, _: h.answer(500, {"error": user})
        self.broker.get("/api/mobile/create-session", {"Authorization": "Bearer " + user})
        metrics = self.broker.admin("/metrics")[2].decode()
        actors = self.broker.admin("/actors")[2].decode()
        self.broker.restart(15)  # an orderly end writes all of the log; recovery adds its own
        log = self.broker.log_text()
        secrets += [v for k, v in self.broker.env.items() if re.search("SECRET|KEY|TOKEN", k) and not k.endswith("TLS_KEY")]
        for place, text in (("log", log), ("metrics", metrics), ("actors", actors), ("reasons", " ".join(reasons))):
            for secret in secrets:
                self.assertNotIn(secret, text, place)
                self.assertNotIn(secret[-20:], text, place)
        self.assertIn(session.id, log)

    async def test_every_line_of_a_request_names_its_id(self):
        _, _, body = self.broker.get("/api/mobile/create-session", {"Authorization": "Bearer user-ann", "X-Request-Id": "http-1"})
        token = json.loads(body)["ws_token"]
        ws = await self.broker.connect("/ws/mobile?token=" + token, extra_headers={"X-Request-Id": "ws-1"})
        await receive(ws)
        await ws.close()
        ws = await self.broker.connect("/ws/mobile?token=x", extra_headers={"X-Request-Id": "ws-2"})
        await closed(ws)
        lines = [json.loads(line) for line in self.broker_log_with("ws-2").splitlines() if line.startswith("{")]
        for request_id in ("http-1", "ws-1", "ws-2"):
            self.assertTrue([x for x in lines if x.get("request_id") == request_id], request_id)

    def broker_log_with(self, text):
        """The log once `text` stands in it: its writer is a thread of its own, done when the process is."""
        self.broker.restart(15)
        log = self.broker.log_text()
        self.assertIn(text, log)
        return log


if __name__ == "__main__":
    unittest.main(verbosity=2)
