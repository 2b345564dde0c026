"""What becomes of hardware's to_backend, and of the pair, whatever dies."""
import threading
import time
import unittest

from bridge import KEYS, PERSON, BridgeCase, DropsSockets, Pairing, silent, to_backend
from harness import IMAGE, Backend, closed, receive, send
from operations import FreshBrokerCase, answering, fill_disk, metric

PENDING = {"success": False, "error": "Backend unavailable", "delivery": "pending"}


def checked(test, answer, status, data=None):
    test.assertEqual((answer["type"], answer["status_code"]), ("backend_response", status))
    test.assertIn(answer["latency_ms"], range(0, 60_000))
    test.assertEqual(list(answer), ["type", "status_code", "data", "latency_ms"])
    if data is not None:
        test.assertEqual(answer["data"], data)


class Results(BridgeCase):
    async def test_both_hear_the_platforms_answer(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        await to_backend(hardware)
        checked(self, await receive(app), 200, {"success": True, "seen": PERSON})
        checked(self, await receive(hardware), 200, {"success": True, "seen": "*" * len(PERSON)})

    async def test_image_and_image_base64_are_the_same_and_a_data_url_is_stripped(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        for data in ({"image": IMAGE}, {"image_base64": IMAGE}, {"image_base64": "data:image/jpeg;base64," + IMAGE, "image": "AAAA"}):
            await send(hardware, type="to_backend", data=data)
            checked(self, await receive(hardware), 200)
            await receive(app)
        self.assertEqual([body["image_base64"] for _, body in self.backend.results()], [IMAGE] * 3)

    async def test_each_result_of_a_session_has_a_key_of_its_own(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        self.backend.verify = answering(422, {"success": False, "reason": "no face"})
        for _ in range(2):
            await to_backend(hardware)
            checked(self, await receive(hardware), 422, {"success": False, "reason": "no face"})
        self.backend.verify = self.backend.accept_result
        await to_backend(hardware)
        checked(self, await receive(hardware), 200)
        self.assertEqual(len({h["Idempotency-Key"] for h, _ in self.backend.results()}), 3)

    async def test_without_a_person_hardware_gets_its_one_error(self):
        app, hardware = await Pairing(self.broker).pair()
        await to_backend(hardware, platform_id="PLT_made-up")
        error = await receive(hardware)
        self.assertEqual((error["type"], error["error"], error["message"], error["code"]),
                         ("error", "platform_id not known yet", "platform_id not known yet", 400))
        await send(app, type="to_hardware", data={"platform_id": PERSON})
        await receive(hardware)
        await to_backend(hardware)
        checked(self, await receive(hardware), 200)

    async def test_a_picture_that_is_none_is_answered_without_a_call(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        for data in ({}, {"image": ""}, {"image": 5}, {"image": "no base64!"}, [], None):
            await send(hardware, type="to_backend", data=data)
            for ws in (app, hardware):
                checked(self, await receive(ws), 400)
        self.assertEqual(self.backend.results(), [])

    async def test_a_platform_that_fails_is_503_and_the_result_follows(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        self.backend.verify = answering(500)
        await to_backend(hardware)
        for ws in (app, hardware):
            checked(self, await receive(ws), 503, PENDING)
        await to_backend(hardware, image="AAAA")  # asked again, it hears the same
        checked(self, await receive(hardware), 503, PENDING)
        self.backend.verify = self.backend.accept_result
        for ws in (app, hardware):
            checked(self, await receive(ws), 200)
        self.assertEqual({body["image_base64"] for _, body in self.backend.results()}, {IMAGE})
        self.assertEqual(len({h["Idempotency-Key"] for h, _ in self.backend.results()}), 1)

    async def test_a_second_picture_while_the_first_is_on_its_way_is_answered_by_its_answer(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        answer = threading.Event()

        def slow(handler, body):
            answer.wait(20)
            self.backend.accept_result(handler, body)
        self.backend.verify = slow
        await to_backend(hardware)
        self.backend.wait_for("verify", 1)
        await to_backend(hardware, image="AAAA")
        self.assertTrue(await silent(hardware))
        answer.set()
        checked(self, await receive(hardware), 200)
        self.assertTrue(await silent(hardware))
        self.assertEqual(len(self.backend.results()), 1)


class Timeout(BridgeCase):
    settings = {**BridgeCase.settings, "MDAI_BACKEND_TIMEOUT": "300ms", "MDAI_BACKEND_RETRY_WINDOW": "100ms"}

    async def test_a_platform_that_does_not_answer_is_504(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        answer = threading.Event()
        self.backend.verify = lambda h, _: answer.wait(20)
        await to_backend(hardware)
        for ws in (app, hardware):
            checked(self, await receive(ws), 504, PENDING)
        self.backend.verify = self.backend.accept_result
        answer.set()
        for ws in (app, hardware):
            checked(self, await receive(ws), 200)


class HardTimeout(DropsSockets, FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": KEYS[0], "MDAI_SESSION_TTL": "2s", "MDAI_BRIDGE_PING_INTERVAL": "500ms"}

    async def expired(self, ws, since):
        message = await receive(ws)
        while message["type"] in ("ping", "status"):
            self.pings += message["type"] == "ping"
            message = await receive(ws)
        self.assertGreaterEqual(time.monotonic() - since, 2)
        self.assertEqual((message["type"], message["error"], message["message"]), ("error", "Session expired", "Session expired"))
        self.assertEqual(await closed(ws), 4401)

    async def test_at_its_end_both_are_told_and_closed_and_meanwhile_pinged(self):
        self.pings = 0
        pairing = Pairing(self.broker)
        since = time.monotonic() - 0.05  # the session is older than its answer
        self.assertEqual(pairing.answer["expires_in"], 2)
        app, hardware = await pairing.connect("app"), await pairing.connect("hardware")
        await self.expired(hardware, since)
        await self.expired(app, since)
        self.assertGreaterEqual(self.pings, 4)
        late = await self.broker.connect(f"/ws/hardware?token={pairing.token}")
        self.assertEqual((await receive(late))["error"], "Invalid or expired token")
        self.assertEqual(await closed(late), 4401)


class Crash(DropsSockets, FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": KEYS[0], "MDAI_BACKEND_RETRY_WINDOW": "300ms"}

    async def test_the_pair_the_person_and_the_alias_survive(self):
        pairing = Pairing(self.broker)
        _, _, alias = await pairing.introduced()  # what hardware has heard is on the disk
        self.broker.restart()
        app, hardware = await pairing.pair()
        await to_backend(hardware, platform_id=alias)
        checked(self, await receive(hardware), 200)
        self.assertEqual(self.backend.results()[0][1]["platform_id"], PERSON)
        await send(app, type="to_hardware", data={"platform_id": PERSON, "again": True})
        self.assertEqual((await receive(hardware))["data"], {"platform_id": alias, "again": True})

    async def test_a_result_on_its_way_is_finished_under_the_same_key(self):
        pairing = Pairing(self.broker)
        _, hardware, _ = await pairing.introduced()
        self.backend.verify = answering(503)
        await to_backend(hardware)
        checked(self, await receive(hardware), 503, PENDING)
        self.broker.restart()
        hardware = await pairing.connect("hardware")
        self.backend.verify = self.backend.accept_result
        answer = await receive(hardware)
        if answer["status_code"] == 503:  # the retry window was over before the platform was back
            answer = await receive(hardware)
        checked(self, answer, 200)
        app = await pairing.connect("app")  # whoever comes late hears it too
        checked(self, await receive(app), 200, {"success": True, "seen": PERSON})
        keys = [h["Idempotency-Key"] for h, _ in self.backend.results()]
        self.assertEqual(len(set(keys)), 1)
        await receive(hardware)  # the app is here
        await to_backend(hardware)
        checked(self, await receive(hardware), 200)
        self.assertNotEqual(self.backend.results()[-1][0]["Idempotency-Key"], keys[0])

    async def test_what_cannot_be_stored_is_said(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        fill_disk(self.broker)
        await to_backend(hardware)
        for ws in (app, hardware):
            checked(self, await receive(ws), 503, {"success": False, "error": "The result could not be stored. Please send it again."})
        await send(app, type="to_hardware", data={"platform_id": "PLT_another"})
        self.assertEqual((await receive(app))["code"], 503)
        self.assertTrue(await silent(hardware))
        self.assertEqual(self.broker.request("POST", "/auth", body='{"api_key":"%s"}' % KEYS[0])[0], 503)
        self.assertEqual(self.backend.results(), [])
        self.assertEqual(metric(self.broker, "mdai_results_submitted_total"), 0)


class Outage(DropsSockets, FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": KEYS[0], "MDAI_BACKEND_RETRY_WINDOW": "300ms"}

    async def test_a_platform_that_cannot_be_reached_is_503(self):
        app, hardware, _ = await Pairing(self.broker).introduced()
        port = self.backend.port
        self.backend.close()
        await to_backend(hardware)
        for ws in (app, hardware):
            checked(self, await receive(ws), 503, PENDING)
        self.backend = Backend(port)
        self.addCleanup(self.backend.close)
        for ws in (app, hardware):
            checked(self, await receive(ws), 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
