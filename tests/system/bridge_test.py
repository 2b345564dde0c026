"""The older bridge: the whole flow, and each way in which it goes wrong."""
import asyncio
import base64
import contextlib
import hmac
import json
import re
import time
import unittest

import websockets

from bridge import KEYS, PERSON, BridgeCase, Pairing, listening, silent, to_backend
from harness import IMAGE, Broker, closed, receive, send
from operations import metric, run

ALIAS = re.compile(r"PID_[0-9a-f]{16}")


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forged(broker, **change):
    """A token under the broker's own secret, with what a token of ours says unless changed."""
    now = int(time.time())
    header = {"alg": "HS256", "typ": "JWT"}
    body = {"jti": "0" * 24, "session_id": "0" * 24, "iss": "mdai-broker", "iat": now, "exp": now + 60, "role": "bridge", **change}
    encode = lambda x: base64.urlsafe_b64encode(x).rstrip(b"=").decode()
    text = encode(json.dumps(header).encode()) + "." + encode(json.dumps(body).encode())
    return text + "." + encode(hmac.digest(broker.env["JWT_SECRET"].encode(), text.encode(), "sha256"))


class Auth(BridgeCase):
    def ask(self, body, content_type="application/json"):
        status, headers, answer = self.broker.request("POST", "/auth", {"Content-Type": content_type}, body)
        return status, headers, json.loads(answer)

    def test_each_key_gives_a_token_of_three_minutes(self):
        for key in KEYS:
            pairing = Pairing(self.broker, key)
            self.assertEqual(list(pairing.answer), ["token", "expires_in"])
            self.assertEqual(pairing.answer["expires_in"], 180)
            said = claims(pairing.token)
            self.assertEqual(said["role"], "bridge")
            self.assertRegex(said["jti"], "[0-9a-f]{24}")
            self.assertAlmostEqual(said["exp"] - said["iat"], 180, delta=1)
            self.assertEqual(pairing.headers["Cache-Control"], "no-store")

    def test_anything_but_a_key_is_refused_alike(self):
        for body in ({"api_key": "wrong"}, {"api_key": ""}, {"api_key": None}, {"api_key": [KEYS[0]]}, {}, [KEYS[0]],
                     {"api_key": KEYS[0][:-1]}, {"api_key": KEYS[0] + " "}, {"api_key": ",".join(KEYS)}):
            status, _, answer = self.ask(json.dumps(body))
            self.assertEqual((status, answer["error_code"]), (401, "INVALID_API_KEY"), body)
        self.assertNotIn(KEYS[0], self.broker.log_text())

    def test_a_body_that_is_no_json_is_415(self):
        for body in ("", "api_key=" + KEYS[0], '{"api_key":'):
            self.assertEqual(self.ask(body, "application/x-www-form-urlencoded")[0], 415, body)

    def test_only_post(self):
        status, headers, _ = self.broker.get("/auth")
        self.assertEqual(status, 405)
        self.assertIn("POST", headers["Allow"])

    def test_without_keys_nobody_gets_a_token(self):
        bare = Broker(self.backend)
        self.addCleanup(bare.close)
        self.assertEqual(bare.request("POST", "/auth", body=json.dumps({"api_key": ""}))[0], 401)


class Joining(BridgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = Broker(cls.backend, MDAI_BRIDGE_PING_INTERVAL="1500ms", **cls.settings)
        cls.addClassCleanup(cls.slow.close)

    async def refused(self, role, token, code=4401):
        ws = await self.broker.connect(f"/ws/{role}" + (f"?token={token}" if token is not None else ""))
        if code == 4401:
            message = await receive(ws)
            self.assertEqual((message["type"], message["error"], message["message"]),
                             ("error", "Invalid or expired token", "Invalid or expired token"))
            self.assertEqual(message["code"], 4401)
        self.assertEqual(await closed(ws), code)

    async def test_whoever_joins_is_greeted_and_the_other_hears_of_it(self):
        for first, second in (("hardware", "app"), ("app", "hardware")):
            pairing = Pairing(self.broker)
            one, other = await pairing.connect(first), await pairing.connect(second)
            notice = await receive(one)
            self.assertEqual((notice["type"], notice["role"], notice["connected"]), ("status", second, True))
            self.assertEqual(notice["msg"], notice["message"])
            await other.close()
            notice = await receive(one)
            self.assertEqual((notice["type"], notice["role"], notice["connected"]), ("status", second, False))
            self.assertEqual(notice["msg"], notice["message"])
            await one.close()

    async def test_a_bad_token_opens_neither_side(self):
        good = Pairing(self.broker).token
        for role in ("app", "hardware"):
            for token in (None, "", "nonsense", good[:-2] + "AA", forged(self.broker, exp=int(time.time()) - 1), forged(self.broker)):
                await self.refused(role, token)

    async def test_tokens_of_sessions_and_of_the_bridge_do_not_mix(self):
        session = self.broker.create()
        for role in ("app", "hardware"):
            await self.refused(role, session.mobile_token, 4403)
            await self.refused(role, session.device_token, 4403)
        for role in ("mobile", "device?device_id=RDK_1&x=1"):
            ws = await self.broker.connect(f"/ws/{role}{'&' if '?' in role else '?'}token={Pairing(self.broker).token}")
            self.assertEqual((await receive(ws))["type"], "auth_failed")
            self.assertEqual(await closed(ws), 4403)

    async def test_one_token_for_both_sides_of_a_session_is_still_none_for_the_bridge(self):
        lax = Broker(self.backend, MDAI_AUTH_ROLE_BOUND_TOKENS="false", **self.settings)
        self.addCleanup(lax.close)
        ws = await lax.connect(f"/ws/mobile?token={Pairing(lax).token}")
        self.assertEqual((await receive(ws))["type"], "auth_failed")
        self.assertEqual(await closed(ws), 4403)

    async def test_a_second_one_is_refused_while_the_first_answers_pings(self):
        pairing = Pairing(self.broker)
        app, hardware = await pairing.pair()
        for role, ws in (("hardware", hardware), ("app", app)):
            rival = await self.broker.connect(f"/ws/{role}?token={pairing.token}")
            async with listening(ws):
                if role == "app":
                    self.assertEqual((await receive(rival))["code"], 4409)
                self.assertEqual(await closed(rival), 4409)
        await send(app, type="to_hardware", data={"still": "here"})
        self.assertEqual((await receive(hardware))["data"], {"still": "here"})

    async def test_who_has_refused_a_rival_stays(self):
        pairing = Pairing(self.slow)
        app, hardware = await pairing.pair()
        for role, ws in (("hardware", hardware), ("app", app)):
            rival = await self.slow.connect(f"/ws/{role}?token={pairing.token}")
            async with listening(ws):
                self.assertEqual(await closed(rival), 4409)
        for ws in (hardware, app):  # said after three seconds: the two that a pong may take are over by then
            self.assertEqual([(await receive(ws))["type"] for _ in range(2)], ["ping", "ping"])
        await send(app, type="to_hardware", data={"still": "here"})
        self.assertEqual((await receive(hardware))["data"], {"still": "here"})

    async def test_of_ten_that_come_at_once_one_stays(self):
        pairing = Pairing(self.slow)
        sockets = await asyncio.gather(*(self.slow.connect(f"/ws/hardware?token={pairing.token}") for _ in range(10)))
        Pairing.sockets.extend(sockets)

        async def fate(ws):
            with contextlib.suppress(websockets.ConnectionClosed):
                return [(await receive(ws))["type"] for _ in range(3)]
            return ws.close_code
        fates = await asyncio.gather(*map(fate, sockets))
        self.assertEqual(sorted(map(str, fates)), ["4409"] * 9 + ["['joined', 'ping', 'ping']"])

    async def test_a_side_that_no_longer_answers_gives_its_seat_away(self):
        pairing = Pairing(self.broker)
        app, hardware = await pairing.pair()
        hardware.transport.pause_reading()  # as a machine that lost its network: no pong comes
        again = await pairing.connect("hardware")
        self.assertEqual([(await receive(app))["connected"] for _ in range(2)], [False, True])
        await send(app, type="to_hardware", data={"n": 1})
        self.assertEqual((await receive(again))["data"], {"n": 1})

    async def test_a_side_that_left_comes_back_with_its_token(self):
        pairing = Pairing(self.broker)
        app, hardware, alias = await pairing.introduced()
        await hardware.close()
        self.assertIs((await receive(app))["connected"], False)
        hardware = await pairing.connect("hardware")
        self.assertIs((await receive(app))["connected"], True)
        await to_backend(hardware, platform_id=alias)
        self.assertEqual((await receive(hardware))["status_code"], 200)
        self.assertEqual(self.backend.results()[0][1]["platform_id"], PERSON)


class Talking(BridgeCase):
    async def asyncSetUp(self):
        self.app, self.hardware = await Pairing(self.broker).pair()

    async def test_data_passes_both_ways_byte_for_byte(self):
        data = '{ "n":12345678901234567890, "t":"\\u00e4\\/ \\ud83d\\ude00", "z":[1.0e+2,null,{}] }'
        await self.app.send('{"type":"to_hardware","data":%s,"other":1}' % data)
        self.assertEqual(await self.hardware.recv(), '{"type":"from_app","data":%s}' % data)
        await self.hardware.send('{"data":%s,"type":"to_app"}' % data)
        self.assertEqual(await self.app.recv(), '{"type":"from_hardware","data":%s}' % data)

    async def test_ping_pong_and_status(self):
        for ws in (self.app, self.hardware):
            await send(ws, type="ping", n=7)
            self.assertEqual(await receive(ws), {"type": "pong", "n": 7})
            await send(ws, type="pong")
            await send(ws, type="status")
            answer = await receive(ws)
            self.assertIn(answer.pop("expires_in"), range(170, 181))
            self.assertEqual(answer, {"type": "status", "hardware": True, "app": True})

    async def test_an_app_hears_what_went_wrong(self):
        await self.hardware.close()
        await receive(self.app)
        for text, code in (('{"type":"to_hardware","data":{}}', 404), ("{", 400), ("[]", 400), ('{"data":1}', 400),
                           ('{"type":"to_backend","data":{}}', 400), ('{"type":"nonsense"}', 400)):
            await self.app.send(text)
            error = await receive(self.app)
            self.assertEqual((error["type"], error["code"], error["message"]), ("error", code, error["error"]), text)

    async def test_hardware_is_never_told_and_its_mistakes_are_counted(self):
        await self.app.close()
        await receive(self.hardware)
        before = metric(self.broker, "mdai_dropped_messages_total")
        mistakes = ('{"type":"to_app","data":{}}', '{"type":"nonsense"}', '{"type":"to_hardware","data":{}}', "{", "[]", '{"data":1}')
        for text in mistakes:
            await self.hardware.send(text)
        await self.hardware.send(b"binary")
        self.assertTrue(await silent(self.hardware))
        self.assertEqual(metric(self.broker, "mdai_dropped_messages_total") - before, len(mistakes) + 1)

    async def test_nothing_over_a_mebibyte_reaches_the_hardware(self):
        head = '{"type":"from_app","data":{"x":"'
        fits = "a" * ((1 << 20) - len(head) - len('"}}'))
        roomy = Broker(self.backend, MDAI_LIMITS_MAX_MESSAGE_BYTES="4MiB", **self.settings)
        self.addCleanup(roomy.close)
        app, hardware = await Pairing(roomy).pair()
        await send(app, type="to_hardware", data={"x": fits + "a"})
        self.assertEqual((await receive(app))["code"], 413)
        await app.send('{"type":"to_hardware","data":{"x":"%s"}}' % fits)
        self.assertEqual(len(await hardware.recv()), 1 << 20)
        self.backend.verify = lambda h, _: h.answer(200, {"success": True, "x": "a" * (1 << 20)})
        await send(app, type="to_hardware", data={"platform_id": PERSON})
        await receive(hardware)
        await to_backend(hardware)
        self.assertEqual(len((await receive(app))["data"]["x"]), 1 << 20)
        answer = await receive(hardware)
        self.assertEqual((answer["type"], answer["status_code"], answer["data"]), ("backend_response", 200, {}))

    async def test_ten_bad_messages_in_a_row_close_1008_without_a_word_to_hardware(self):
        for _ in range(10):
            await self.hardware.send("{")
        self.assertEqual(await closed(self.hardware), 1008)


class Privacy(BridgeCase):
    async def test_hardware_gets_an_alias_and_the_platform_the_person(self):
        app, hardware, alias = await Pairing(self.broker).introduced()
        self.assertRegex(alias, ALIAS)
        escaped = "".join(f"\\u{ord(c):04x}" for c in PERSON)
        await app.send('{"type":"to_hardware","data":{"a":[{"platform\\u005fid":"%s","t":"for %s!"}],"%s":1}}' % (escaped, escaped, PERSON))
        raw = await hardware.recv()
        self.assertEqual(json.loads(raw)["data"], {"a": [{"platform_id": alias, "t": f"for {alias}!"}], alias: 1})
        self.backend.verify = lambda h, _: h.answer(200, {"success": True, "platform_id": PERSON, "note": f"hello {PERSON}"})
        await to_backend(hardware, platform_id=alias)
        self.assertEqual((await receive(app))["data"]["platform_id"], PERSON)
        answer = await receive(hardware)
        self.assertEqual(answer["data"], {"success": True, "note": "hello " + "*" * len(PERSON)})
        headers, body = self.backend.results()[0]
        self.assertEqual(body, {"platform_id": PERSON, "image_base64": IMAGE})
        self.assertEqual(headers["x-api-key"], "platform-key")

    async def test_each_session_has_an_alias_of_its_own(self):
        aliases = [(await Pairing(self.broker).introduced())[2] for _ in range(5)]
        self.assertEqual(len(set(aliases)), 5)

    async def test_what_hardware_claims_about_the_person_counts_for_nothing(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        await to_backend(hardware, platform_id="PLT_somebody-else")
        await receive(hardware)
        self.assertEqual(self.backend.results()[0][1]["platform_id"], PERSON)

    async def test_two_people_in_one_message_are_refused(self):
        app, hardware = await Pairing(self.broker).pair()
        await send(app, type="to_hardware", data={"platform_id": "PLT_one-person", "other": {"platform_id": "PLT_another-one"}})
        self.assertEqual((await receive(app))["code"], 400)
        self.assertTrue(await silent(hardware))

    async def test_operators_see_the_dialect_and_nobody_sees_person_or_alias(self):
        pairing = Pairing(self.broker)
        app, hardware, alias = await pairing.introduced()
        await to_backend(hardware)
        self.assertEqual((await receive(hardware))["status_code"], 200)
        session_id = claims(pairing.token)["jti"]
        code, shown = run(self.broker, "session", "show", session_id)
        self.assertEqual((code, re.findall("(?m)^dialect +(.*)$", shown)), (0, ["bridge"]), shown)
        code, listed = run(self.broker, "session", "list")
        self.assertRegex(listed, session_id + " +bridge +open")
        pages = [self.broker.admin(path)[2].decode() for path in ("/metrics", "/actors", "/admin/sessions?limit=1000")]
        for page in (shown, listed, self.broker.log_text(), *pages):
            for secret in (PERSON, json.dumps(PERSON)[1:-1], alias, pairing.token, *KEYS):
                self.assertNotIn(secret, page)

    async def test_compat_passes_the_real_id_as_the_older_system_did(self):
        compat = Broker(self.backend, MDAI_BRIDGE_PRIVACY="compat", **self.settings)
        self.addCleanup(compat.close)
        app, hardware, seen = await Pairing(compat).introduced()
        self.assertEqual(seen, PERSON)
        await to_backend(hardware, platform_id="PLT_hardware-says")
        self.assertEqual((await receive(hardware))["status_code"], 200)
        self.assertEqual(self.backend.results()[-1][1]["platform_id"], PERSON, "the stored one comes first")
        app, hardware = await Pairing(compat).pair()
        for person in ("PLT_hardware-says", "PLT_hardware-says-now"):  # one after the other, each with its own result
            await to_backend(hardware, platform_id=person)
            answer = await receive(hardware)
            self.assertEqual(answer["status_code"], 200)
            self.assertNotIn("platform_id", answer["data"])
            self.assertEqual(self.backend.results()[-1][1]["platform_id"], person)


if __name__ == "__main__":
    unittest.main(verbosity=2)
