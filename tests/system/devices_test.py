"""Devices over real sockets: registration with real keys, revocation, who gets a seat, and what operators see of it."""
import base64
import hashlib
import hmac
import json
import signal
import subprocess
import tempfile
import unittest

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devices import Device, admin, operator, pem_of, post, rsa_key
from harness import BrokerCase, closed, receive, send
from operations import FreshBrokerCase, log_events, metric, run

SETTINGS = {"REGISTRATION_TOKEN": "let-devices-in", "HARDWARE_API_KEYS": "hw-key-1,hw-key-2"}
TOKEN = {"X-Registration-Token": "let-devices-in"}


class Registration(BrokerCase):
    settings = SETTINGS

    def test_keys_of_every_size_are_taken_and_work(self):
        for bits in (2048, 3072, 4096, 8192):
            device = Device(self.broker, f"TEE-{bits}", rsa_key(bits))
            self.assertEqual(device.register(TOKEN), (200, {"success": True, "device_id": device.id}))
            self.assertEqual(device.provision()["wifi_credentials"], {"ssid": "Home", "password": "over the rainbow"})
            self.assertEqual(admin(self.broker, "GET", "/api/devices/" + device.id)[1]["key_bits"], bits)

    def test_a_key_that_openssl_made_works_with_openssl(self):
        def openssl(*arguments, data=None):
            return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout
        with tempfile.NamedTemporaryFile() as key:
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", key.name)
            pem = openssl("pkey", "-in", key.name, "-pubout").decode()
            device = Device(self.broker, "TEE-openssl")
            self.assertEqual(device.register(TOKEN, public_key=pem)[0], 200)
            bson_id, sealed = device.challenge()
            answer = openssl("pkeyutl", "-decrypt", "-inkey", key.name, "-pkeyopt", "rsa_padding_mode:oaep",
                             "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256", data=sealed)
            self.assertEqual(len(answer), 32)
            self.assertEqual(device.answer(bson_id, answer)[0], 200)

    def test_other_keys_are_a_clear_400(self):
        def public(key):
            return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        good = rsa_key()
        pkcs1 = good.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
        private = good.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        cases = {
            "PEM": [b"", b"no key", pkcs1, private, pem_of(good).encode() * 2, pem_of(good).encode()[:-30],
                    pem_of(good).replace("M", "*").encode()],
            "RSA": [public(ec.generate_private_key(ec.SECP256R1())), public(ed25519.Ed25519PrivateKey.generate())],
            "2048 to 8192": [pem_of(rsa_key(1024)).encode()],
        }
        for word, keys in cases.items():
            for pem in keys:
                status, error = Device(self.broker, "TEE-bad").register(TOKEN, public_key=pem.decode())
                self.assertEqual((status, error["error_code"]), (400, "INVALID_PUBLIC_KEY"), pem)
                self.assertIn(word, error["error"])
        self.assertEqual(admin(self.broker, "GET", "/api/devices/TEE-bad")[0], 404)

    def test_the_same_key_again_is_fine_and_another_one_is_not(self):
        device, thief = Device(self.broker, "TEE-same"), Device(self.broker, "TEE-same", rsa_key(number=1))
        self.assertEqual(device.register(TOKEN)[0], 200)
        self.assertEqual(device.register(TOKEN, public_key=pem_of(device.key).replace("\n", "\r\n"), timestamp=1)[0], 200)
        self.assertEqual(thief.register(TOKEN)[0], 409)
        self.assertEqual(admin(self.broker, "DELETE", "/api/devices/TEE-same")[0], 200)
        self.assertEqual(device.register(TOKEN)[0], 409)
        self.assertEqual(thief.register(TOKEN)[0], 200)

    def test_a_hardware_id_that_is_no_text_is_refused(self):
        for i, (hardware_id, status) in enumerate(((5, 400), (["a"], 400), ("x" * 129, 400), ("a\nb", 400), (None, 200), ("", 200))):
            answered, body = Device(self.broker, f"TEE-hw-{i}").register(TOKEN, hardware_id=hardware_id)
            self.assertEqual((answered, body.get("error_code")), (status, "INVALID_HARDWARE_ID" if status == 400 else None), hardware_id)

    def test_who_may_register(self):
        for headers, status in (({}, 401), ({"X-Registration-Token": "let-devices-i"}, 401), (TOKEN, 200),
                                (operator(self.broker), 200), ({"Authorization": "Bearer user-ann"}, 401)):
            self.assertEqual(Device(self.broker, "TEE-may").register(headers)[0], status, headers)

    def test_bodies_that_are_no_json_are_refused(self):
        headers = {**TOKEN, "Content-Type": "text/plain"}
        self.assertEqual(post(self.broker, "/api/register-device", "hello", headers)[0], 415)
        self.assertEqual(post(self.broker, "/api/register-device", "hello", TOKEN)[0], 400)
        self.assertEqual(post(self.broker, "/api/register-device", "[" * 100000, TOKEN)[0], 400)
        self.assertEqual(post(self.broker, "/api/register-device", b'{"device_id":"\xff"}', TOKEN)[0], 400)
        self.assertEqual(post(self.broker, "/api/register-device", "x" * (2 << 20), TOKEN)[0], 413)
        status, headers, _ = self.broker.get("/api/register-device")
        self.assertEqual((status, headers["Allow"]), (405, "OPTIONS, POST"))

    def test_the_admin_routes_are_on_the_admin_listener_alone(self):
        for method, path in (("GET", "/api/devices"), ("DELETE", "/api/devices/x"), ("POST", "/api/devices/x/revoke"),
                             ("GET", "/api/devices/x/key"), ("POST", "/api/admin/wifi-qr"), ("GET", "/admin/sessions")):
            self.assertEqual(self.broker.request(method, path, operator(self.broker))[0], 404, path)
            self.assertEqual(self.broker.request(method, path, port=self.broker.admin_port)[0], 401, path)

    def test_nothing_secret_is_logged(self):
        device = Device(self.broker, "TEE-quiet", hardware_id="aa:bb")
        device.register(TOKEN)
        bson_id, sealed = device.challenge(wifi_ssid="MyNetwork", wifi_password="MyPassword")
        answer = device.solve(sealed)
        device.answer(bson_id, b"wrong")
        device.answer(bson_id, answer)
        key = admin(self.broker, "GET", "/api/devices/TEE-quiet/key")[1]["key"]
        log = self.broker.log_text()
        for secret in ("MyNetwork", "MyPassword", base64.b64encode(answer).decode(), answer.hex(), key, "let-devices-in",
                       self.broker.env["DEVICE_MASTER_SECRET"], self.broker.admin_token, pem_of(device.key)[40:80]):
            self.assertNotIn(secret, log)
        self.assertTrue(log_events(self.broker, "challenge_answered"))


class Closed(BrokerCase):
    settings = {**SETTINGS, "MDAI_DEVICES_REGISTRATION": "closed"}

    def test_nobody_registers(self):
        for headers in ({}, TOKEN, operator(self.broker)):
            self.assertEqual(Device(self.broker).register(headers)[0], 403)


class WifiQr(BrokerCase):
    settings = SETTINGS

    def draw(self, device_id):
        return admin(self.broker, "POST", "/api/admin/wifi-qr",
                     {"device_id": device_id, "wifi_ssid": "Café", "wifi_password": 'p"1'})

    def test_its_own_device_opens_it_with_the_key_that_was_flashed(self):
        device = Device(self.broker, "TEE-qr", hardware_id="b4:2f:03:31:9a:35")
        device.register(TOKEN)
        status, answer = self.draw(device.id)
        self.assertEqual((status, answer["type"], answer["device_id"]), (200, "wifi", device.id))
        self.assertIn("<svg", answer["qr_svg"])
        key = hmac.new(self.broker.env["DEVICE_MASTER_SECRET"].encode(), device.hardware_id.encode(), hashlib.sha256).digest()
        sealed = base64.b64decode(answer["encrypted"])
        decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed[:16])).decryptor()
        plain = decryptor.update(sealed[16:]) + decryptor.finalize()
        content = json.loads(plain[:-plain[-1]])
        self.assertEqual(list(content), ["ssid", "password", "timestamp"])
        self.assertEqual((content["ssid"], content["password"]), ("Café", 'p"1'))
        self.assertIs(type(content["timestamp"]), int)
        code, printed = run(self.broker, "device", "key", device.id)
        self.assertEqual((code, printed), (0, key.hex() + "\n"))

    def test_without_a_hardware_id_there_is_none(self):
        Device(self.broker, "TEE-bare").register(TOKEN)
        self.assertEqual(self.draw("TEE-bare")[0], 409)
        self.assertEqual(self.draw("TEE-nobody")[0], 404)
        code, printed = run(self.broker, "device", "key", "TEE-bare")
        self.assertEqual((code, "hardware_id" in printed), (1, True))


class RequireRegistration(FreshBrokerCase):
    settings = {**SETTINGS, "MDAI_DEVICES_REQUIRE_REGISTRATION": "true"}

    async def test_only_registered_devices_get_a_seat_and_a_revoked_one_loses_it(self):
        session = self.broker.create()
        ws, answer = await session.device("TEE-1")
        self.assertEqual(answer, {"type": "auth_failed", "error": "Device not registered"})
        self.assertEqual(await closed(ws), 4403)
        Device(self.broker).register(TOKEN)
        mobile, device = await session.pair("TEE-1")
        self.assertEqual(run(self.broker, "device", "revoke", "TEE-1")[0], 0)
        self.assertEqual(await receive(device), {"type": "auth_failed", "error": "Device not registered"})
        self.assertEqual(await closed(device), 4403)
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        self.broker.restart(signal.SIGKILL)
        ws, answer = await session.device("TEE-1")
        self.assertEqual(answer["error"], "Device not registered")
        self.assertEqual(await closed(ws), 4403)
        await mobile.close()


class ProveIdentity(BrokerCase):
    settings = {**SETTINGS, "MDAI_DEVICES_PROVE_IDENTITY": "true", "MDAI_AUTH_TIMEOUT": "500ms"}

    async def come(self, session, device, **kw):
        ws = await self.broker.connect("/ws/device", **kw)
        await send(ws, type="auth", bearer_token=session.device_token, device_id=device.id)
        return ws, await receive(ws)

    def solved(self, device, question):
        return base64.b64encode(device.solve(base64.b64decode(question["challenge"], validate=True))).decode()

    async def test_a_device_answers_with_its_key_and_a_name_alone_opens_nothing(self):
        session = self.broker.create()
        device, thief = Device(self.broker, "TEE-p", rsa_key(3072)), Device(self.broker, "TEE-p", rsa_key(3072, 1))
        ws, answer = await self.come(session, device)
        self.assertEqual(answer["error"], "Device not registered")
        device.register(TOKEN)
        for response in ("AAAA", "", base64.b64encode(b"x" * 32).decode()):
            ws, question = await self.come(session, thief)
            self.assertEqual(list(question), ["type", "challenge"])
            await send(ws, type="challenge_response", response=response)
            self.assertEqual(await receive(ws), {"type": "auth_failed", "error": "Device identity not proven"})
            self.assertEqual(await closed(ws), 4403)
        ws, _ = await self.come(session, thief)
        self.assertEqual((await receive(ws))["error"], "Device identity not proven")  # late
        self.assertEqual(await closed(ws), 4403)
        for tls in (False, True):
            ws, question = await self.come(session, device, tls=tls)
            await send(ws, type="challenge_response", response=self.solved(device, question))
            self.assertEqual((await receive(ws))["type"], "auth_success")
            await send(ws, type="ping")
            self.assertEqual((await receive(ws))["type"], "pong")
            await ws.close()

    async def test_the_query_brings_nothing_more_than_the_message(self):
        session, device = self.broker.create(), Device(self.broker, "TEE-q")
        device.register(TOKEN)
        ws = await self.broker.connect(f"/ws/device?token={session.device_token}&device_id=TEE-q")
        question = await receive(ws)
        self.assertEqual(question["type"], "challenge")
        await send(ws, type="challenge_response", response=self.solved(device, question))
        self.assertEqual((await receive(ws))["type"], "auth_success")
        await ws.close()


class Verbs(FreshBrokerCase):
    settings = SETTINGS

    def listed(self, what):
        code, text = run(self.broker, what, "list", "--json")
        self.assertEqual(code, 0, text)
        return [json.loads(line) for line in text.splitlines()]

    def test_devices_are_listed_shown_and_revoked_whatever_they_are_called(self):
        names = ["TEE-1", "a/b?c=d&e f", "Gerät 7 ☕", "key"]
        for name in names:
            self.assertEqual(Device(self.broker, name).register(TOKEN)[0], 200)
        self.assertEqual([d["device_id"] for d in self.listed("device")], sorted(names, key=lambda n: n.encode()))
        code, text = run(self.broker, "device", "list")
        self.assertEqual((code, len(text.splitlines())), (0, 5))
        for name in names:
            code, text = run(self.broker, "device", "show", name)
            self.assertEqual(code, 0, text)
            self.assertIn("revoked        no", text)
            self.assertEqual(run(self.broker, "device", "revoke", name)[0], 0)
            self.assertIn("revoked        yes", run(self.broker, "device", "show", name)[1])
        self.assertEqual(metric(self.broker, "mdai_devices_registered"), 0)
        code, text = run(self.broker, "device", "revoke", "nobody")
        self.assertEqual((code, text), (1, "error: Device not registered\n"))

    async def test_sessions_are_listed_shown_and_ended(self):
        session, other = self.broker.create("Somebody"), self.broker.create("other")
        mobile, device = await session.pair("RDK_9")
        seen = {s["session_id"]: s for s in self.listed("session")}
        self.assertEqual(set(seen), {session.id, other.id})
        self.assertEqual((seen[session.id]["device_id"], seen[session.id]["mobile_connected"]), ("RDK_9", True))
        code, text = run(self.broker, "session", "show", session.id)
        self.assertEqual((code, "Somebody" in text), (0, False))
        self.assertEqual(run(self.broker, "session", "end", session.id), (0, session.id + " is ended\n"))
        for ws in (mobile, device):
            self.assertEqual(await receive(ws), {"type": "session_expired", "message": "Session ended by the operator"})
            self.assertEqual(await closed(ws), 4401)
        self.broker.restart(signal.SIGKILL)
        ws, answer = await session.mobile()
        self.assertEqual(answer, {"type": "auth_failed", "error": "Session expired"})
        self.assertEqual(await closed(ws), 4401)
        ws, answer = await other.mobile()
        self.assertEqual(answer["type"], "auth_success")
        await ws.close()
        code, text = run(self.broker, "session", "end", session.id)
        self.assertEqual((code, text), (1, "error: The session is over\n"))
        code, text = run(self.broker, "session", "show", "0" * 24)
        self.assertEqual((code, text), (1, "error: Session not found\n"))

    def test_more_than_a_page_of_them(self):
        for i in range(3):
            Device(self.broker, f"TEE-{i}").register(TOKEN)
        seen, after = [], ""
        while after is not None:
            _, page = admin(self.broker, "GET", "/api/devices?limit=2&after=" + after)
            seen += [d["device_id"] for d in page["devices"]]
            after = page["next"]
        self.assertEqual(seen, ["TEE-0", "TEE-1", "TEE-2"])

    def test_what_cannot_be_asked_is_said(self):
        for settings, word in (({"ADMIN_TOKEN": ""}, "ADMIN_TOKEN is not set"), ({"ADMIN_TOKEN": "0" * 64}, "another ADMIN_TOKEN"),
                               ({"MDAI_ADMIN_PORT": "0"}, "admin.port is 0"), ({"MDAI_ADMIN_PORT": "x"}, "MDAI_ADMIN_PORT"),
                               ({"MDAI_ADMIN_PORT": "1"}, "no broker answers")):
            code, text = run(self.broker, "device", "list", **settings)
            self.assertEqual((code, word in text), (1, True), text)
        self.assertEqual(run(self.broker, "device", "list", JWT_SECRET="")[0], 0)  # it needs none of the other secrets


if __name__ == "__main__":
    unittest.main(verbosity=2)
