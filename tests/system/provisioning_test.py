"""Challenges over real sockets: what they open, to whom, how often, and what a crash leaves of it."""
import asyncio
import base64
import concurrent.futures
import http.client
import json
import pathlib
import signal
import unittest

from devices import Device, admin, operator, post, rsa_key
from harness import BrokerCase, closed, receive, send, submit
from operations import FreshBrokerCase, eventually, log_events, metric

SETTINGS = {"HARDWARE_API_KEYS": "hw-key-1,hw-key-2"}


class Challenges(BrokerCase):
    settings = SETTINGS

    def setUp(self):
        super().setUp()
        self.device = Device(self.broker, "TEE-1", rsa_key(2048))
        self.assertEqual(self.device.register()[0], 200)

    def test_its_form_is_the_contract_s(self):
        status, answer = self.device.generate()
        self.assertEqual((status, list(answer)), (200, ["success", "qr_payload", "expires_in"]))
        self.assertEqual(list(answer["qr_payload"]), ["bson_id", "challenge", "type"])
        self.assertRegex(answer["qr_payload"]["bson_id"], "^[0-9a-f]{24}$")
        self.assertEqual((answer["qr_payload"]["type"], answer["expires_in"]), ("wifi", 300))
        sealed = base64.b64decode(answer["qr_payload"]["challenge"], validate=True)
        self.assertEqual((len(sealed), len(self.device.solve(sealed))), (256, 32))
        status, opened = self.device.answer(answer["qr_payload"]["bson_id"], self.device.solve(sealed))
        self.assertEqual((status, opened), (200, {"success": True, "session_type": "wifi",
                                                  "wifi_credentials": {"ssid": "Home", "password": "over the rainbow"}}))

    def test_what_names_no_session_and_no_kind_is_refused_and_what_is_left_out_is_not(self):
        for session_id in (5, ["0" * 24], {}, True, "nonsense", "0" * 24):
            status, error = self.device.generate(session_type="websocket", session_id=session_id)
            self.assertEqual((status, error["error_code"]), (404, "SESSION_NOT_FOUND"), session_id)
        for kind in (5, [], "ble", "Wifi", False):
            for name in ("session_type", "type"):
                status, error = self.device.generate(wifi_ssid="a", wifi_password="b", **{name: kind})
                self.assertEqual((status, error["error_code"]), (400, "INVALID_SESSION_TYPE"), kind)
        for order in ({"session_type": None, "type": "websocket"}, {"session_type": "", "type": "websocket"},
                      {"session_type": "websocket", "session_id": None}, {"type": "websocket", "session_id": ""}):
            status, answer = self.device.generate(**order)
            self.assertEqual((status, answer["qr_payload"]["type"]), (200, "websocket"), order)

    def test_operators_and_hardware_keys_may_make_them(self):
        for headers, status in (({}, 401), ({"x-api-key": "hw-key"}, 401), ({"x-api-key": "hw-key-2"}, 200),
                                (operator(self.broker), 200), ({"Authorization": "Bearer user-ann"}, 401)):
            self.assertEqual(self.device.generate(headers)[0], status, headers)
        self.assertEqual(post(self.broker, "/api/validate-challenge", {"bson_id": "0" * 24, "challenge_response": ""})[0], 404)

    def test_one_use_three_wrong_answers_and_no_foreign_ones(self):
        bson_id, sealed = self.device.challenge()
        answer = self.device.solve(sealed)
        self.assertEqual(self.device.answer(bson_id, answer)[0], 200)
        self.assertEqual(self.device.answer(bson_id, answer)[0], 409)
        self.assertEqual(self.device.answer(bson_id, b"wrong")[0], 409)
        bson_id, sealed = self.device.challenge()
        for wrong in (answer, b"", "no base64"):
            status, error = self.device.answer(bson_id, wrong)
            self.assertEqual((status, error["success"]), (401, False))
        self.assertEqual(self.device.answer(bson_id, self.device.solve(sealed))[0], 410)

    def test_of_many_right_answers_at_once_exactly_one_opens(self):
        for _ in range(5):
            bson_id, sealed = self.device.challenge()
            answer = self.device.solve(sealed)
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                statuses = sorted(s for s, _ in pool.map(lambda _: self.device.answer(bson_id, answer), range(16)))
            self.assertEqual(statuses, [200] + [409] * 15)

    def test_of_many_wrong_answers_at_once_three_count(self):
        bson_id, sealed = self.device.challenge()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = sorted(s for s, _ in pool.map(lambda _: self.device.answer(bson_id, b"no"), range(16)))
        self.assertEqual(statuses, [401] * 3 + [410] * 13)
        self.assertEqual(self.device.answer(bson_id, self.device.solve(sealed))[0], 410)

    async def test_a_device_joins_a_live_session(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        joined = self.device.provision(session_type="websocket", session_id=session.id)["websocket_session"]
        self.assertEqual(list(joined), ["session_id", "token", "ws_url", "expires_in"])
        self.assertEqual((joined["session_id"], joined["ws_url"]), (session.id, f"ws://127.0.0.1:{self.broker.port}/ws/device"))
        self.assertIn(joined["expires_in"], range(170, 181))
        ws = await self.broker.connect("/ws/device")
        await send(ws, type="auth", bearer_token=joined["token"], device_id="TEE-2")
        self.assertEqual((await receive(ws))["error"], "Invalid or expired token")
        self.assertEqual(await closed(ws), 4401)
        device = await self.broker.connect("/ws/device")
        await send(device, type="auth", bearer_token=joined["token"], device_id="TEE-1")
        self.assertEqual((await receive(device))["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        await submit(device)
        self.assertEqual((await receive(mobile))["platform_id"], "PLT_ann")
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])
        for session_id in (session.id, "0" * 24, "nonsense"):
            self.assertEqual(self.device.generate(type="websocket", session_id=session_id)[0], 404)

    async def test_a_phone_joins_a_session_that_was_made_for_a_device(self):
        made = self.device.provision(type="websocket")["websocket_session"]
        device = await self.broker.connect("/ws/device?token=" + made["token"])
        await send(device, type="auth", session_id=made["session_id"], device_id="TEE-1")
        self.assertEqual((await receive(device))["type"], "auth_success")
        await submit(device)
        self.assertEqual(await receive(device), {"type": "error", "error": "platform_id not known yet", "code": 400})
        bearer = {"Authorization": "Bearer user-Somebody"}
        status, _, body = self.broker.get("/api/mobile/create-session?session_id=" + made["session_id"], bearer)
        answer = json.loads(body)
        self.assertEqual((status, answer["session_id"]), (200, made["session_id"]))
        other = {"Authorization": "Bearer user-other"}
        self.assertEqual(self.broker.get("/api/mobile/create-session?session_id=" + made["session_id"], other)[0], 404)
        mobile = await self.broker.connect("/ws/mobile?token=" + answer["ws_token"])
        self.assertEqual([(await receive(mobile))["type"] for _ in range(2)], ["auth_success", "device_connected"])
        self.assertEqual((await receive(device))["type"], "mobile_connected")
        await send(mobile, type="to_device", data={"platform_id": 1, "s": "PLT_Somebody"})
        self.assertEqual((await receive(device))["data"], {"s": "************"})
        await submit(device)
        self.assertEqual((await receive(mobile))["platform_id"], "PLT_Somebody")
        self.assertNotIn("PLT_Somebody", json.dumps(await receive(device)))
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])


class Expiry(BrokerCase):
    settings = {"MDAI_DEVICES_CHALLENGE_TTL": "1s"}

    def test_a_challenge_expires(self):
        device = Device(self.broker)
        device.register()
        bson_id, sealed = device.challenge()
        used, used_sealed = device.challenge()
        self.assertEqual(device.answer(used, device.solve(used_sealed))[0], 200)
        eventually(lambda: metric(self.broker, "mdai_challenges_open") == 0, "all of them are over")
        self.assertEqual(device.answer(bson_id, device.solve(sealed))[0], 410)
        self.assertEqual(device.answer(used, device.solve(used_sealed))[0], 409)


class Crashes(FreshBrokerCase):
    settings = SETTINGS

    def setUp(self):
        super().setUp()
        self.device = Device(self.broker)
        self.device.register()

    def test_all_that_was_acknowledged_survives_kill_9(self):
        spent, spent_sealed = self.device.challenge()
        self.assertEqual(self.device.answer(spent, self.device.solve(spent_sealed))[0], 200)
        fresh, fresh_sealed = self.device.challenge()
        wounded, wounded_sealed = self.device.challenge()
        self.device.answer(wounded, b"1"), self.device.answer(wounded, b"2")
        self.broker.restart(signal.SIGKILL)
        self.assertEqual(self.device.answer(spent, self.device.solve(spent_sealed))[0], 409)
        self.assertEqual(self.device.answer(fresh, self.device.solve(fresh_sealed))[0], 200)
        self.assertEqual(self.device.answer(wounded, b"3")[0], 401)
        self.assertEqual(self.device.answer(wounded, self.device.solve(wounded_sealed))[0], 410)
        self.assertEqual(self.device.register()[0], 200)
        self.assertEqual(Device(self.broker, key=rsa_key(number=1)).register()[0], 409)
        self.assertEqual(log_events(self.broker, "journal_recovered")[-1]["devices"], 1)

    def test_killed_in_the_middle_of_answers_it_opens_each_challenge_once(self):
        for _ in range(4):
            made = [self.device.challenge() for _ in range(12)]
            answers = [(bson_id, self.device.solve(sealed)) for bson_id, sealed in made]

            def answer(one):
                try:
                    status, _ = self.device.answer(*one)
                except (OSError, http.client.HTTPException):  # the broker died under it
                    return None
                return status, one[0]
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                running = [pool.submit(answer, one) for one in answers]
                next(concurrent.futures.as_completed(running)).result()
                self.broker.process.kill()
                self.broker.process.wait()
            opened = {r.result()[1] for r in running if r.result() and r.result()[0] == 200}
            self.assertTrue(opened)
            self.broker.start()
            for bson_id, right in answers:
                status = self.device.answer(bson_id, right)[0]
                # Told once means used; what was not told may have been stored or not, but never opens twice.
                self.assertIn(status, (409,) if bson_id in opened else (200, 409))
                self.assertEqual(self.device.answer(bson_id, right)[0], 409)

    async def test_a_session_that_a_challenge_made_survives_too(self):
        made = self.device.provision(type="websocket")["websocket_session"]
        self.broker.restart(signal.SIGKILL)
        bearer = {"Authorization": "Bearer user-ann"}
        status, _, body = self.broker.get("/api/mobile/create-session?session_id=" + made["session_id"], bearer)
        self.assertEqual(status, 200)
        self.broker.restart(signal.SIGKILL)
        device = await self.broker.connect(f"/ws/device?token={made['token']}&device_id=TEE-1")
        self.assertEqual((await receive(device))["type"], "auth_success")
        mobile = await self.broker.connect("/ws/mobile?token=" + json.loads(body)["ws_token"])
        self.assertEqual((await receive(mobile))["type"], "auth_success")
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        await submit(device)
        self.assertEqual((await receive(mobile))["platform_id"], "PLT_ann")
        await asyncio.gather(closed(mobile), closed(device))

    def test_no_password_stands_readable_on_the_disk(self):
        self.device.challenge(wifi_ssid="ReadableNetwork", wifi_password="ReadablePassword")
        self.broker.stop(signal.SIGKILL)
        stored = b"".join(f.read_bytes() for f in pathlib.Path(self.broker.env["DB_PATH"]).iterdir())
        self.assertNotIn(b"Readable", stored)
        self.broker.start()

    def test_a_revocation_stops_what_is_under_way_and_survives(self):
        bson_id, sealed = self.device.challenge()
        self.assertEqual(admin(self.broker, "DELETE", "/api/devices/TEE-1")[0], 200)
        self.assertEqual(self.device.answer(bson_id, self.device.solve(sealed))[0], 403)
        self.broker.restart(signal.SIGKILL)
        self.assertEqual(self.device.answer(bson_id, self.device.solve(sealed))[0], 403)
        self.assertEqual(self.device.generate()[0], 403)


if __name__ == "__main__":
    unittest.main(verbosity=2)
