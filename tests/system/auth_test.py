"""Who may connect: tokens of every bad kind, device names, keys in rotation, what the QR says."""
import base64
import hashlib
import json
import time
import unittest

from harness import BrokerCase, closed, receive, send
from wire import BINARY, PING, TEXT, Frames, b64url, frame, parts, random_hex, sign, unb64url

INVALID = {"type": "auth_failed", "error": "Invalid or expired token"}
MISSING = {"type": "auth_failed", "error": "Missing token or device_id"}


class AuthCase(BrokerCase):
    async def verdict(self, path, **message):
        """(first answer, close code or None when the socket stays open) to an auth message."""
        ws = await self.broker.connect(path)
        await send(ws, type="auth", **message)
        answer = await receive(ws)
        if answer["type"] == "auth_success":
            await ws.close()
            return answer, None
        return answer, await closed(ws)


class Tokens(AuthCase):
    def setUp(self):
        super().setUp()
        self.session = self.broker.create()
        self.header, self.claims = parts(self.session.mobile_token)
        self.secret = self.broker.env["JWT_SECRET"]

    def test_ours_say_what_the_contract_says(self):
        header, claims = self.header, self.claims
        self.assertEqual((header["alg"], header["typ"]), ("HS256", "JWT"))
        self.assertTrue(header["kid"])
        self.assertLessEqual({"session_id", "role", "jti", "iss", "iat", "exp"}, set(claims))
        self.assertEqual((claims["session_id"], claims["role"]), (self.session.id, "mobile"))
        self.assertEqual(claims["exp"], int(claims["exp"]))
        self.assertLessEqual(abs(claims["exp"] - time.time() - 180), 3)
        device = parts(self.session.device_token)[1]
        self.assertEqual((device["session_id"], device["role"]), (self.session.id, "device"))
        self.assertNotEqual(device["jti"], claims["jti"])
        self.assertEqual(set(self.session.qr), {"session_id", "token", "timestamp"})
        self.assertEqual(self.session.qr["session_id"], self.session.id)

    def test_every_qr_has_its_own_iv_and_nothing_of_the_person(self):
        sealed = [base64.b64decode(self.broker.create().answer["qr_encrypted"], validate=True) for _ in range(4)]
        self.assertEqual(len({s[:16] for s in sealed}), 4)
        self.assertTrue(all(len(s) % 16 == 0 and len(s) > 32 for s in sealed))
        self.assertNotIn("PLT_", json.dumps(self.session.qr) + json.dumps(self.claims) + json.dumps(self.session.answer))

    async def test_bad_ones_are_refused(self):
        now, c, h = int(time.time()), self.claims, self.header
        good = sign(self.secret, h, c)
        head, body, signature = good.split(".")
        raw = unb64url(signature)
        def without(name):
            return {k: v for k, v in c.items() if k != name}
        bad = {
            "alg none": b64url({"alg": "none"}) + "." + body + ".",
            "alg none, signed": sign(self.secret, {**h, "alg": "none"}, c),
            "alg None": b64url({**h, "alg": "NoNe"}) + "." + body + ".",
            "HS512": sign(self.secret, {**h, "alg": "HS512"}, c, hashlib.sha512),
            "HS256 that is HS512": sign(self.secret, h, c, hashlib.sha512),
            "says HS512": sign(self.secret, {**h, "alg": "HS512"}, c), "RS256": sign(self.secret, {**h, "alg": "RS256"}, c),
            "hs256": sign(self.secret, {**h, "alg": "hs256"}, c), "no alg": sign(self.secret, {"typ": "JWT"}, c),
            "alg list": sign(self.secret, {**h, "alg": ["HS256"]}, c), "crit": sign(self.secret, {**h, "crit": ["x"]}, c),
            "wrong secret": sign(random_hex(), h, c), "empty secret": sign("", h, c), "kid as secret": sign(h["kid"], h, c),
            "other kid, wrong secret": sign(random_hex(), {**h, "kid": "x"}, c),
            "tampered": head + "." + b64url({**c, "exp": now + 9999}) + "." + signature,
            "flipped": head + "." + body + "." + b64url(bytes([raw[0] ^ 1]) + raw[1:]),
            "short signature": head + "." + body + "." + b64url(raw[:16]), "no signature": head + "." + body + ".",
            "long signature": head + "." + body + "." + b64url(raw + b"x"),
            "no exp": sign(self.secret, h, without("exp")), "exp string": sign(self.secret, h, {**c, "exp": str(c["exp"])}),
            "exp null": sign(self.secret, h, {**c, "exp": None}), "exp true": sign(self.secret, h, {**c, "exp": True}),
            "exp list": sign(self.secret, h, {**c, "exp": [c["exp"]]}), "exp past": sign(self.secret, h, {**c, "exp": now - 1}),
            "exp 0": sign(self.secret, h, {**c, "exp": 0}), "exp negative": sign(self.secret, h, {**c, "exp": -c["exp"]}),
            "other iss": sign(self.secret, h, {**c, "iss": "somebody"}), "no session": sign(self.secret, h, without("session_id")),
            "session number": sign(self.secret, h, {**c, "session_id": 5}),
            "session nonsense": sign(self.secret, h, {**c, "session_id": "../../etc/passwd"}),
            "no role": sign(self.secret, h, without("role")), "role number": sign(self.secret, h, {**c, "role": 1}),
            "claims list": sign(self.secret, h, [c]), "claims text": sign(self.secret, h, b"hello"),
            "two dots": head + ".." + signature, "four parts": good + ".x", "no dots": "x" * 40, "dots": "..", "one": ".",
            "padded": good + "=", "blank": good[:-1] + " ", "long": "a" * 9000 + "." + body + "." + signature,
            "plus": head + "." + body + "." + "+" * 43, "emoji": "\U0001f600." + body + "." + signature, "nul": good + "\0",
        }
        for name, token in bad.items():
            with self.subTest(name):
                self.assertEqual(await self.verdict("/ws/mobile", bearer_token=token), (INVALID, 4401))
        answer, code = await self.verdict("/ws/mobile", bearer_token=good)
        self.assertEqual((answer["type"], code), ("auth_success", None))

    async def test_good_ones_of_other_shapes_are_taken(self):
        for token in (sign(self.secret, {"alg": "HS256"}, self.claims), sign(self.secret, self.header, {**self.claims, "x": [1]}),
                      sign(self.secret, self.header, {**self.claims, "exp": self.claims["exp"] + 0.5}),
                      sign(self.secret, {**self.header, "kid": "unknown"}, self.claims)):
            self.assertIsNone((await self.verdict("/ws/mobile", bearer_token=token))[1])

    async def test_a_token_that_outlives_its_session_does_not_lengthen_it(self):
        token = sign(self.secret, self.header, {**self.claims, "exp": self.claims["exp"] + 99999})
        answer, _ = await self.verdict("/ws/mobile", bearer_token=token, session_id=self.session.id)
        self.assertLessEqual(answer["expires_in"], 180)

    async def test_each_role_stays_on_its_side(self):
        wrong = {"type": "auth_failed", "error": "This token is not valid here"}
        for path, token in (("/ws/mobile", self.session.device_token), ("/ws/device", self.session.mobile_token),
                            ("/ws/mobile", sign(self.secret, self.header, {**self.claims, "role": "admin"})),
                            ("/ws/mobile", sign(self.secret, self.header, {**self.claims, "role": ""})),
                            ("/ws/mobile", sign(self.secret, self.header, {**self.claims, "role": "Mobile"}))):
            self.assertEqual(await self.verdict(path, bearer_token=token, device_id="RDK_1"), (wrong, 4403))
        for path, token in (("/ws/mobile", self.session.device_token), ("/ws/device", self.session.mobile_token)):
            ws = await self.broker.connect(f"{path}?token={token}&device_id=RDK_1")
            self.assertEqual((await receive(ws), await closed(ws)), (wrong, 4403))

    async def test_an_unknown_session_is_not_found(self):
        token = sign(self.secret, self.header, {**self.claims, "session_id": "0123456789abcdef01234567"})
        self.assertEqual(await self.verdict("/ws/mobile", bearer_token=token),
                         ({"type": "auth_failed", "error": "Session not found"}, 4404))

    async def test_fields_that_are_no_text_are_missing(self):
        for value in (None, 5, True, [], {}, "", [self.session.mobile_token]):
            self.assertEqual(await self.verdict("/ws/mobile", bearer_token=value), (MISSING, 4401))

    async def test_the_session_id_may_stand_anywhere_but_must_fit(self):
        token, sid, other = self.session.mobile_token, self.session.id, self.broker.create().id
        for path, more, fits in (("/ws/mobile", {}, True), ("/ws/mobile?session_id=" + sid, {}, True),
                                 ("/ws/mobile?session_id=" + sid, {"session_id": sid}, True), ("/ws/mobile?session_id=", {}, True),
                                 ("/ws/mobile", {"session_id": ""}, True), ("/ws/mobile?session_id=" + other, {}, False),
                                 ("/ws/mobile?session_id=" + other, {"session_id": sid}, False),
                                 ("/ws/mobile?session_id=" + sid, {"session_id": other}, False),
                                 ("/ws/mobile", {"session_id": "x"}, False)):
            with self.subTest(path + str(more)):
                answer, code = await self.verdict(path, bearer_token=token, **more)
                self.assertEqual((answer["type"], code) if fits else (answer, code), ("auth_success", None) if fits else (INVALID, 4401))


class Upgrades(AuthCase):
    settings = {"MDAI_AUTH_TIMEOUT": "400ms"}

    async def test_a_wrong_token_on_the_upgrade_is_told_on_the_socket(self):
        s = self.broker.create()
        for path, headers in (("/ws/mobile?token=nonsense", {}), ("/ws/mobile", {"Authorization": "Bearer nonsense"}),
                              ("/ws/device?device_id=RDK_1&token=x.y.z", {}), (f"/ws/mobile?token={s.mobile_token}x", {})):
            ws = await self.broker.connect(path, extra_headers=headers)
            self.assertEqual((await receive(ws), await closed(ws)), (INVALID, 4401), path)

    async def test_an_empty_query_value_is_none(self):
        s = self.broker.create()
        ws = await self.broker.connect("/ws/device?token=&session_id=&device_id=")
        await send(ws, type="auth", bearer_token=s.device_token, device_id="RDK_1")
        self.assertEqual((await receive(ws))["type"], "auth_success")
        await ws.close()

    async def test_a_device_without_a_name_has_until_the_timeout(self):
        s = self.broker.create()
        ws = await self.broker.connect("/ws/device?token=" + s.device_token)
        self.assertEqual(await closed(ws), 4408)
        ws = await self.broker.connect("/ws/device", extra_headers={"Authorization": "Bearer " + s.device_token})
        await send(ws, type="auth", device_id="RDK_9")
        self.assertEqual((await receive(ws))["device_id"], "RDK_9")
        await ws.close()

    def test_what_comes_right_behind_such_an_upgrade_is_answered(self):
        def early(token):
            return b"".join(frame(TEXT, json.dumps(m)) for m in (
                {"type": "ping", "n": 1}, {"type": "auth", "bearer_token": token}, {"type": "ping", "n": 2}))
        sessions = [self.broker.create() for _ in range(8)]  # some live on another loop than their sockets
        for restarted in (False, True):
            for s in sessions:
                with Frames(self.broker, "/ws/mobile?token=" + s.mobile_token, early=early(s.mobile_token)) as ws:
                    self.assertEqual(ws.json()["type"], "auth_success")
                    self.assertEqual(ws.json(), {"type": "pong", "n": 1})
                    self.assertEqual(ws.json()["type"], "auth_success")
                    self.assertEqual(ws.json(), {"type": "pong", "n": 2})
                with Frames(self.broker, "/ws/mobile?token=" + s.mobile_token, early=early("nonsense")) as ws:
                    self.assertEqual(ws.json()["type"], "auth_success")
                    self.assertEqual(ws.json(), {"type": "pong", "n": 1})
                    self.assertEqual(ws.json(), INVALID)
                    self.assertEqual(ws.close_code(), 4401)
            if not restarted:
                self.broker.restart()

    def test_a_binary_message_right_behind_the_auth_message_is_a_bad_message_like_others(self):
        for s in [self.broker.create() for _ in range(4)]:
            early = [frame(TEXT, json.dumps({"type": "auth", "bearer_token": s.mobile_token})), frame(BINARY, b"x"),
                     frame(TEXT, json.dumps({"type": "ping"}))]
            with Frames(self.broker, "/ws/mobile", early=b"".join(early)) as ws:
                self.assertEqual(ws.json()["type"], "auth_success")
                self.assertEqual(ws.json()["code"], 400)
                self.assertEqual(ws.json(), {"type": "pong"})

    def test_pings_alone_do_not_put_the_timeout_off(self):
        with Frames(self.broker, "/ws/mobile") as ws:
            for _ in range(5):
                ws.send(frame(PING, b"x"))
            self.assertEqual(ws.close_code(), 4408)

    async def test_bytes_before_authentication_are_few(self):
        for early in (b"{" + b" " * 17000, json.dumps({"type": "auth", "bearer_token": "x" * 20000}).encode()):
            ws = await self.broker.connect("/ws/mobile")
            await ws.send(early.decode())
            self.assertEqual(await closed(ws), 1009)
        s = self.broker.create()
        with Frames(self.broker, "/ws/mobile", early=frame(TEXT, json.dumps({"type": "auth", "bearer_token": s.mobile_token}))) as ws:
            self.assertEqual(ws.json()["type"], "auth_success")
            ws.send(frame(TEXT, json.dumps({"type": "ping", "pad": "x" * 100_000})))  # lifted
            self.assertEqual(len(ws.json()["pad"]), 100_000)


class DeviceNames(AuthCase):
    async def test_one_to_128_printable_characters(self):
        for name in ("R", "RDK_001", "x" * 128, "\u00fc" * 128, "\U0001f916" * 128, "a b", "\"quoted\\", "</script>", "a\u0301"):
            with self.subTest(name):
                answer, code = await self.verdict("/ws/device", bearer_token=self.broker.create().device_token, device_id=name)
                self.assertEqual((answer["type"], answer.get("device_id"), code), ("auth_success", name, None))
        token = self.broker.create().device_token
        for name in ("", "x" * 129, "\U0001f916" * 129, "a\nb", "\0", "a\x7f", "\x1b[0m", "a\u0085", 5, 5.5, True, None, [], ["RDK_1"],
                     {"id": 1}):
            with self.subTest(name):
                self.assertEqual(await self.verdict("/ws/device", bearer_token=token, device_id=name), (MISSING, 4401))
        self.assertEqual(await self.verdict("/ws/device", bearer_token=token), (MISSING, 4401))

    async def test_query_and_message_must_agree(self):
        s = self.broker.create()
        answer, code = await self.verdict("/ws/device?device_id=RDK_1", bearer_token=s.device_token, device_id="RDK_2")
        self.assertEqual((answer, code), (INVALID, 4401))
        answer, _ = await self.verdict("/ws/device?device_id=RDK%5F1", bearer_token=s.device_token)
        self.assertEqual(answer["device_id"], "RDK_1")


class OneToken(AuthCase):
    settings = {"MDAI_AUTH_ROLE_BOUND_TOKENS": "false"}

    async def test_serves_both_sides_for_old_clients(self):
        s = self.broker.create()
        self.assertEqual(s.device_token, s.mobile_token)
        for path, token in (("/ws/mobile", s.device_token), ("/ws/device", s.mobile_token)):
            self.assertIsNone((await self.verdict(path, bearer_token=token, device_id="RDK_1"))[1])


class Rotation(AuthCase):
    async def test_yesterdays_key_is_still_good_and_an_older_one_is_not(self):
        broker, old = self.broker, self.broker.env["JWT_SECRET"]
        before = broker.create()
        broker.env.update({"JWT_SECRET": random_hex(), "MDAI_AUTH_JWT_SECRETS_PREVIOUS": old})
        broker.restart()
        after = broker.create()
        self.assertNotEqual(parts(before.mobile_token)[0]["kid"], parts(after.mobile_token)[0]["kid"])
        for s in (before, after):
            self.assertIsNone((await self.verdict("/ws/mobile", bearer_token=s.mobile_token))[1])
            self.assertIsNone((await self.verdict("/ws/device", bearer_token=s.device_token, device_id="RDK_" + s.id))[1])
        header, claims = parts(before.mobile_token)
        for token in (sign(old, {"alg": "HS256"}, claims), sign(old, header, claims)):
            self.assertIsNone((await self.verdict("/ws/mobile", bearer_token=token))[1])
        broker.env.update({"JWT_SECRET": random_hex(), "MDAI_AUTH_JWT_SECRETS_PREVIOUS": broker.env["JWT_SECRET"]})
        broker.restart()
        self.assertEqual(await self.verdict("/ws/mobile", bearer_token=before.mobile_token), (INVALID, 4401))
        self.assertIsNone((await self.verdict("/ws/mobile", bearer_token=after.mobile_token))[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
