"""docs/devices.md is true: each of its examples is played against a real broker, its errors are those of the sources."""
import base64
import json
import re
import unittest

import protocol_doc_test as book
from devices import Device, pem_of
from harness import Backend, Broker, closed, receive, send, submit

PAGE = (book.ROOT / "docs/devices.md").read_text(encoding="utf-8")
VOLATILE = {"expires_in": r"1[78]\d|300", "bson_id": r"[0-9a-f]{24}", "challenge": r"[A-Za-z0-9+/]{300,}=*", "encrypted": r"[A-Za-z0-9+/]{80,}=*", "qr_svg": r"(?s)<.*svg.*"}


class DevicesDocument(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        before = dict(book.VOLATILE)
        book.VOLATILE.update(VOLATILE)
        self.addCleanup(lambda: (book.VOLATILE.clear(), book.VOLATILE.update(before)))
        self.document = book.Document(PAGE)
        self.backend = Backend()
        self.addCleanup(self.backend.close)
        self.backend.validate = lambda h, _: h.answer(200, {"success": True, "platform_id": "PLT_8842"})

    def start(self, **settings):
        broker = Broker(self.backend, MDAI_SERVER_PUBLIC_URL="https://broker.example.com", REGISTRATION_TOKEN="registration-token",
                        HARDWARE_API_KEYS="hardware-key", **settings)
        self.addCleanup(broker.close)
        return broker

    def ask(self, broker, name, admin=False, **change):
        """Sends the example's request with these members changed; its status and body."""
        first, headers, text = self.document.http(name, "request")
        if admin:
            headers["Authorization"] = "Bearer " + broker.admin_token
        method, path, _ = first.split(" ")
        body = json.dumps({**json.loads(text), **change})
        return broker.request(method, path, headers, body, port=broker.admin_port if admin else None)

    def exchange(self, broker, name, answer=None, **kw):
        status, got, body = self.ask(broker, name, **kw)
        expected, fields, text = self.document.http(answer or name, "response")
        self.assertEqual(status, int(expected.split(" ")[1]), (name, body))
        for field, value in fields.items():
            self.assertEqual(got[field], value, f"{name}: {field}")
        self.assertIsNone(book.same(json.loads(text), json.loads(body)), name)
        return json.loads(body)

    async def hear(self, ws, name, by):
        message = await receive(ws)
        self.assertIsNone(book.same(self.document.json(name, "received by " + by), message), name)
        return message

    def solve(self, device, payload):
        return base64.b64encode(device.solve(base64.b64decode(payload["challenge"]))).decode()

    async def test_every_example_is_played(self):
        broker = self.start()
        device = Device(broker, "TEE-0042")
        self.exchange(broker, "register", public_key=pem_of(device.key))
        payload = self.exchange(broker, "generate")["qr_payload"]
        self.exchange(broker, "validate", bson_id=payload["bson_id"], challenge_response=self.solve(device, payload))
        self.exchange(broker, "wifi_qr", admin=True)
        await self.without_owner(broker, device)
        await self.hybrid(broker)
        await self.proof(self.start(MDAI_DEVICES_PROVE_IDENTITY="true"))
        self.assertEqual(set(self.document.examples) - self.document.visited, set(), "examples that no step has played")

    async def without_owner(self, broker, device):
        payload = json.loads(self.ask(broker, "generate_session")[2])["qr_payload"]
        made = self.exchange(broker, "validate", "validate_session", bson_id=payload["bson_id"],
                             challenge_response=self.solve(device, payload))["websocket_session"]
        ws = await broker.connect("/ws/device?token=" + made["token"] + "&device_id=TEE-0042")
        self.assertEqual((await receive(ws))["type"], "auth_success")
        await submit(ws)
        await self.hear(ws, "error_no_platform_id", "device")
        await ws.close()

    async def hybrid(self, broker):
        answer = self.exchange(broker, "mobile")
        mobile = await broker.connect("/ws/mobile?token=" + answer["token"])
        device = await broker.connect("/ws/device?token=" + answer["qr_payload"]["token"] + "&device_id=RDK_001")
        for ws in (mobile, device):
            self.assertEqual([(await receive(ws))["type"] for _ in range(2)][0], "auth_success")
        await submit(device)
        for ws, by in ((mobile, "mobile"), (device, "device")):
            self.assertEqual((await receive(ws))["type"], "verification_result")
            await self.hear(ws, "result", by)

    async def proof(self, broker):
        device = Device(broker, "TEE-0042")
        self.assertEqual(device.register()[0], 200)
        session = broker.create()
        for right in (True, False):
            ws = await broker.connect(f"/ws/device?token={session.device_token}&device_id=TEE-0042")
            payload = await self.hear(ws, "identity_challenge", "device")
            message = self.document.json("challenge_response", "sent by device")
            await send(ws, **{**message, "response": self.solve(device, payload)} if right else message)
            if right:
                self.assertEqual((await receive(ws))["type"], "auth_success")
                await ws.close()
            else:
                await self.hear(ws, "identity_not_proven", "device")
                self.assertEqual(await closed(ws), 4403)

    def test_errors(self):
        sources = "".join((book.ROOT / "actors" / name).read_text(encoding="utf-8") for name in (
            "admin_api.cpp", "admin_devices.cpp", "admin_page.hpp", "admin_sessions.cpp", "api_hybrid.cpp", "device_api.cpp", "json_body.cpp"))
        named = set(re.findall(r'"([A-Z][A-Z_]{2,})"', sources)) - {"GET", "HEAD", "POST", "DELETE"}
        documented = re.findall(r"^\| \d{3} \| `([A-Z_]+)` \|", PAGE, re.M)
        self.assertEqual(set(documented), named)
        self.assertEqual(len(documented), len(set(documented)))

    def test_operators_requests_and_verbs(self):
        routes = set(re.findall(r'\{"(\w+)", "(/[^"]+)"\}', (book.ROOT / "actors/admin_api.hpp").read_text(encoding="utf-8")))
        tenants = (book.ROOT / "docs/face.md").read_text(encoding="utf-8")
        for method, path in routes:
            page = tenants if path.startswith("/admin/clients") else PAGE
            self.assertTrue(re.search(rf"{method}[^|]*{re.escape(path)}", page), (method, path))


if __name__ == "__main__":
    unittest.main(verbosity=2)
