"""Results reach the platform whatever dies, under one key, and the parties hear of it."""
import asyncio
import socket
import threading
import time
import unittest

from harness import IMAGE, closed, receive, send, submit
from operations import FreshBrokerCase, answering, eventually, fill_disk, log_events, metric

UNAVAILABLE = {"type": "verification_result", "status": "error", "error": "Backend unavailable", "delivery": "pending",
               "final": False}


class OutboxCase(FreshBrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "200ms"}

    async def submitted(self, **more):
        """A session whose result is journaled while the platform is down, and its parties, who know it."""
        self.backend.verify = answering(503)
        session = self.broker.create()
        mobile, device = await session.pair()
        await submit(device, **more)
        self.assertEqual(await receive(mobile), {**UNAVAILABLE, "platform_id": "PLT_ann"})
        self.assertEqual(await receive(device), UNAVAILABLE)
        return session, mobile, device

    def keys(self):
        return {h["Idempotency-Key"] for h, _ in self.backend.results()}


class Restart(OutboxCase):
    async def test_a_result_waits_through_a_crash_and_is_told_to_whoever_comes_back(self):
        session, *_ = await self.submitted()
        self.broker.restart()
        before = len(self.backend.results())
        mobile, _ = await session.mobile()
        device, _ = await session.device()
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        self.assertEqual((await receive(device))["type"], "mobile_connected")
        self.backend.wait_for("verify", before + 1)
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        self.assertEqual((await receive(device))["delivery"], "pending")
        await submit(device, image="AAAA")
        self.assertEqual((await receive(device))["code"], 409)
        self.backend.verify = self.backend.accept_result
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual((await receive(device))["status"], "success")
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])
        self.assertEqual(self.keys(), {session.id})
        self.assertEqual([body for _, body in self.backend.results()],
                         [{"platform_id": "PLT_ann", "image_base64": IMAGE}] * len(self.backend.results()))

    async def test_whoever_comes_back_late_is_told_that_it_is_still_pending(self):
        session, *_ = await self.submitted()
        self.broker.restart()
        eventually(lambda: metric(self.broker, "mdai_outbox_retries_total") >= 3, "the retry window is over")
        device, _ = await session.device()
        self.assertEqual(await receive(device), UNAVAILABLE)
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["type"], "device_connected")
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        await mobile.close(), await device.close()

    async def test_a_result_answered_while_nobody_is_there_waits_for_them(self):
        session, *_ = await self.submitted()
        self.broker.stop()
        self.backend.verify = self.backend.accept_result
        before = len(self.backend.results())
        self.broker.start()
        self.backend.wait_for("verify", before + 1)
        eventually(lambda: metric(self.broker, "mdai_outbox_waiting") == 0, "the answer is taken")
        self.broker.restart()  # the answer itself is durable too
        for ws, _ in (await session.device(), await session.mobile()):
            self.assertEqual((await receive(ws))["status"], "success")
            self.assertEqual(await closed(ws), 1000)

    async def test_an_answer_that_did_not_reach_the_disk_is_asked_for_again_under_the_same_key(self):
        session, *_ = await self.submitted()
        fill_disk(self.broker)
        self.backend.verify = self.backend.accept_result
        eventually(lambda: metric(self.broker, "mdai_outbox_delivered_total") == 1, "the platform has answered")
        heard = len(self.backend.results())
        self.assertEqual(metric(self.broker, "mdai_outbox_waiting"), 1)
        self.broker.restart()
        self.backend.wait_for("verify", heard + 1)
        eventually(lambda: metric(self.broker, "mdai_outbox_waiting") == 0, "now it is on the disk")
        self.assertEqual(self.keys(), {session.id})
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual(await closed(mobile), 1000)

    async def test_a_call_that_the_crash_cut_is_made_again_and_an_answered_one_is_not(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        self.backend.verify = lambda handler, body: hold.wait()
        session = self.broker.create()
        mobile, device = await session.pair()
        await submit(device)
        await asyncio.to_thread(self.backend.wait_for, "verify", 1)
        self.backend.verify = self.backend.accept_result
        self.broker.restart()
        self.backend.wait_for("verify", 2)
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual(self.keys(), {session.id})
        # The image and the entry are gone with the final outcome: nothing is left to deliver.
        self.broker.restart()
        self.assertEqual(log_events(self.broker, "journal_recovered")[-1]["outbox"], 0)
        self.assertEqual(metric(self.broker, "mdai_outbox_waiting"), 0)
        self.assertEqual(len(self.backend.results()), 2)


class Retries(OutboxCase):
    settings = {**OutboxCase.settings, "MDAI_BACKEND_TIMEOUT": "500ms"}

    async def test_retry_after_is_honoured(self):
        times = []

        def busy_once(handler, body):
            times.append(time.monotonic())
            if len(times) == 1:
                return handler.answer(429, {}, [("Retry-After", "2")])
            return self.backend.accept_result(handler, body)
        self.backend.verify = busy_once
        mobile, device = await self.broker.create().pair()
        await submit(device)
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertGreaterEqual(times[1] - times[0], 2)
        await closed(mobile), await closed(device)

    async def test_each_passing_failure_is_retried(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def hang_up(handler, _):
            handler.connection.shutdown(socket.SHUT_RDWR)

        def never_answer(*_):
            release.wait()
        failures = [hang_up, never_answer, answering(200, b"no json"), answering(200, []), answering(302, {}, [("Location", "/verify")]),
                    answering(408), answering(429), answering(500), answering(502)]
        for i, failure in enumerate(failures):
            left = [failure]
            self.backend.verify = lambda h, b, left=left: left.pop()(h, b) if left else self.backend.accept_result(h, b)
            self.backend.calls.clear()
            mobile, device = await self.broker.create().pair(f"RDK_{i}")
            await submit(device)
            while not (answer := await receive(mobile))["final"]:
                self.assertEqual(answer["delivery"], "pending")
            self.assertEqual((answer["status"], len(self.backend.results())), ("success", 2))
            await closed(mobile), await closed(device)

    async def test_a_refused_key_is_an_alert_and_costs_no_result(self):
        for status in (401, 403):
            self.backend.verify = answering(status)
            before = metric(self.broker, "mdai_backend_key_refused_total")
            mobile, device = await self.broker.create().pair()
            await submit(device)
            self.assertEqual((await receive(mobile))["delivery"], "pending")
            self.assertGreater(metric(self.broker, "mdai_backend_key_refused_total"), before)
            self.backend.verify = self.backend.accept_result
            self.assertEqual((await receive(mobile))["status"], "success")
            await closed(mobile), await closed(device)
        alerts = log_events(self.broker, "backend_refuses_our_key")
        self.assertEqual({(a["level"], a["status"]) for a in alerts}, {("error", 401), ("error", 403)})

    async def test_the_device_relays_and_pings_while_its_result_is_on_its_way(self):
        _, mobile, device = await self.submitted()
        await send(device, type="ping", n=1)
        self.assertEqual(await receive(device), {"type": "pong", "n": 1})
        await send(device, type="to_mobile", data="still here")
        self.assertEqual((await receive(mobile))["data"], "still here")
        await mobile.close(), await device.close()

    async def test_absent_parties_hear_pending_and_the_result_when_they_return(self):
        session, mobile, device = await self.submitted()
        await mobile.close(), await device.close()
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        self.backend.verify = self.backend.accept_result
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual(await closed(mobile), 1000)
        device, greeting = await session.device()
        self.assertEqual(greeting["type"], "auth_success")
        result = await receive(device)
        self.assertEqual((result["status"], "platform_id" in result), ("success", False))
        self.assertEqual(await closed(device), 1000)


class Bounds(OutboxCase):
    settings = {**OutboxCase.settings, "MDAI_SESSION_TTL": "1500ms", "MDAI_OUTBOX_RETENTION": "4s"}

    async def test_an_expired_session_still_delivers(self):
        session, mobile, device = await self.submitted()
        self.assertEqual((await receive(mobile))["type"], "session_expired")
        self.assertEqual([await closed(mobile), await closed(device)], [4401, 4401])
        self.broker.restart()
        self.backend.verify = self.backend.accept_result
        eventually(lambda: metric(self.broker, "mdai_outbox_delivered_total") == 1, "the result is delivered")
        eventually(lambda: metric(self.broker, "mdai_outbox_waiting") == 0, "that it is delivered is on the disk")
        self.assertEqual(self.keys(), {session.id})
        ws = await self.broker.connect("/ws/mobile")
        await send(ws, type="auth", bearer_token=session.mobile_token)
        self.assertEqual((await receive(ws))["type"], "auth_failed")
        self.assertEqual(await closed(ws), 4401)
        self.broker.restart()
        self.assertEqual(log_events(self.broker, "journal_recovered")[-1]["outbox"], 0)

    async def test_what_nobody_takes_becomes_a_dead_letter_and_is_left_alone(self):
        session, mobile, device = await self.submitted()
        self.broker.restart()  # the age counts on
        eventually(lambda: metric(self.broker, "mdai_outbox_dead_letters_total") == 1, "the result is given up")
        self.assertEqual(metric(self.broker, "mdai_outbox_waiting"), 0)
        given_up = log_events(self.broker, "delivery_given_up")
        self.assertEqual([(e["level"], e["session_id"]) for e in given_up], [("error", session.id)])
        self.backend.verify = self.backend.accept_result
        self.backend.calls.clear()
        self.broker.restart()
        self.assertEqual(log_events(self.broker, "journal_recovered")[-1]["outbox"], 0)
        other, kiosk = await self.broker.create("bob").pair("RDK_2")
        await submit(kiosk)
        self.assertEqual((await receive(other))["status"], "success")
        self.assertEqual([body["platform_id"] for _, body in self.backend.results()], ["PLT_bob"])
        await closed(other), await closed(kiosk)


if __name__ == "__main__":
    unittest.main(verbosity=2)
