"""The journal's bad days: a full disk, a directory that cannot be used, a thief who reads the files."""
import base64
import glob
import json
import os
import secrets
import unittest

from harness import closed, free_port, receive, send, submit
from operations import (FreshBrokerCase, answering, eventually, fill_disk, free_disk, log_events, metric, run)

BEARER = {"Authorization": "Bearer user-ann"}


class FullDisk(FreshBrokerCase):
    settings = {"LOG_LEVEL": "error", "MDAI_BACKEND_RETRY_WINDOW": "200ms"}

    def fill(self):
        fill_disk(self.broker)
        status, headers, body = self.broker.get("/api/mobile/create-session", BEARER)
        self.assertEqual((status, json.loads(body)["success"]), (503, False))
        self.assertGreater(int(headers["Retry-After"]), 0)

    def free(self):
        free_disk(self.broker)
        eventually(lambda: self.broker.admin("/readyz")[0] == 200, "the broker finds that the disk has room")

    def test_new_sessions_are_refused_and_operators_see_why_until_there_is_room(self):
        self.broker.create()
        self.fill()
        status, headers, body = self.broker.admin("/readyz", token=False)
        self.assertEqual(status, 503)
        self.assertIn("Retry-After", headers)
        self.assertIn("journal", json.loads(body)["not_ready"][0])
        self.assertEqual(self.broker.get("/readyz")[0], 503)
        self.assertEqual(self.broker.get("/healthz")[0], 200)
        self.assertGreater(metric(self.broker, "mdai_journal_failures_total"), 0)
        eventually(lambda: log_events(self.broker, "journal_failed"), "the log says why")
        self.assertEqual(log_events(self.broker, "journal_failed")[0]["level"], "error")
        self.free()
        self.broker.create()

    async def test_what_was_acknowledged_stays_usable_and_survives(self):
        session = self.broker.create()
        mobile, device = await session.pair()
        self.fill()
        await send(mobile, type="to_device", data=1)
        self.assertEqual((await receive(device))["data"], 1)
        await send(device, type="to_mobile", data=2)
        self.assertEqual((await receive(mobile))["data"], 2)
        await device.close()
        self.assertEqual((await receive(mobile))["type"], "device_disconnected")
        device, greeting = await session.device()  # bound before: nothing needs to be written
        self.assertEqual(greeting["type"], "auth_success")
        self.broker.restart()
        mobile, device = await session.pair()
        await submit(device)
        self.assertEqual((await receive(mobile))["status"], "success")
        await closed(mobile), await closed(device)

    async def test_a_binding_that_cannot_be_kept_is_refused(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        self.fill()
        ws, greeting = await session.device("RDK_1")
        self.assertEqual(greeting["type"], "auth_failed")
        self.assertEqual(await closed(ws), 1013)
        self.free()
        device, greeting = await session.device("RDK_2")  # nobody was bound
        self.assertEqual(greeting["type"], "auth_success")
        self.assertEqual(await receive(mobile), {"type": "device_connected", "device_id": "RDK_2",
                                                 "message": "Device connected and ready"})
        await mobile.close(), await device.close()

    async def test_a_result_that_cannot_be_kept_is_refused_and_may_be_sent_again(self):
        session = self.broker.create()
        mobile, device = await session.pair()
        self.fill()
        for _ in range(2):
            await submit(device)
            answer = await receive(device)
            self.assertEqual((answer["type"], answer["code"]), ("error", 503))
        self.assertEqual(self.backend.results(), [])
        self.free()
        await submit(device, image="AAAA")
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual([body["image_base64"] for _, body in self.backend.results()], ["AAAA"])
        await closed(mobile), await closed(device)

    async def test_an_outcome_that_cannot_be_kept_is_told_when_it_can(self):
        self.backend.verify = answering(503)
        session = self.broker.create()
        mobile, device = await session.pair()
        await submit(device)
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        self.fill()
        self.backend.verify = self.backend.accept_result
        eventually(lambda: log_events(self.broker, "final_result_not_stored"), "the answer that cannot be kept")
        calls = len(self.backend.results())
        await send(mobile, type="ping")
        self.assertEqual((await receive(mobile))["type"], "pong")
        self.free()
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual(await closed(mobile), 1000)
        self.assertEqual(len(self.backend.results()), calls)  # what the platform has said is not asked for again
        self.assertEqual({h["Idempotency-Key"] for h, _ in self.backend.results()}, {session.id})
        self.broker.restart()
        mobile, _ = await session.mobile()
        self.assertEqual((await receive(mobile))["status"], "success")
        await closed(mobile)


class FullDiskAtTheEnd(FreshBrokerCase):
    settings = {"LOG_LEVEL": "error", "MDAI_BACKEND_RETRY_WINDOW": "200ms", "MDAI_OUTBOX_RETENTION": "1s",
                "MDAI_SESSION_TTL": "2s"}

    async def test_a_dead_letter_that_cannot_be_kept_waits_calmly(self):
        self.backend.verify = answering(503)
        mobile, device = await self.broker.create().pair()
        await submit(device)
        self.assertEqual((await receive(mobile))["delivery"], "pending")
        fill_disk(self.broker)
        self.assertEqual((await receive(mobile))["type"], "session_expired")  # a second after the result was given up
        self.assertEqual(metric(self.broker, "mdai_outbox_dead_letters_total"), 0)
        self.assertLess(metric(self.broker, "mdai_journal_failures_total"), 20)
        self.assertEqual(metric(self.broker, "mdai_outbox_waiting"), 1)
        free_disk(self.broker)
        eventually(lambda: metric(self.broker, "mdai_outbox_waiting") == 0, "the result is given up")
        eventually(lambda: metric(self.broker, "mdai_outbox_dead_letters_total") == 1, "it is a dead letter")
        await closed(mobile), await closed(device)


class Directory(FreshBrokerCase):
    settings = {"LOG_LEVEL": "error"}

    def refused(self, *names, **settings):
        """The broker says one line with those names in it, and ends."""
        ports = {"SERVER_PORT": free_port(), "MDAI_TLS_PORT": free_port(), "MDAI_ADMIN_PORT": free_port()}
        code, said = run(self.broker, "serve", **ports, **settings)
        self.assertEqual(code, 1, said)
        self.assertEqual(said.count("\n"), 1, said)
        for name in names:
            self.assertIn(name, said)
        self.assertNotIn(self.broker.env["STORAGE_KEY"], said)

    def test_a_file_is_no_directory(self):
        path = self.broker.home + "/file"
        with open(path, "w", encoding="utf-8"):
            pass
        self.refused(path, "is a file", DB_PATH=path)
        self.refused(path, DB_PATH=path + "/below")

    def test_a_directory_in_use_is_refused_and_its_owner_goes_on(self):
        self.refused(self.broker.env["DB_PATH"], "in use")
        self.broker.create()

    def test_a_directory_that_cannot_be_made_is_named(self):
        self.refused("/proc/mdai-journal", DB_PATH="/proc/mdai-journal")

    async def test_another_storage_key_is_refused_and_harms_nothing(self):
        session = self.broker.create()
        self.broker.stop()
        self.refused("STORAGE_KEY", STORAGE_KEY=secrets.token_hex(32))
        self.broker.start()
        ws, greeting = await session.mobile()
        self.assertEqual(greeting["type"], "auth_success")
        await ws.close()

    async def test_a_rotated_storage_key_still_opens_what_is_there(self):
        session = self.broker.create()
        old = self.broker.env["STORAGE_KEY"]
        self.broker.stop()
        self.broker.env.update(STORAGE_KEY=secrets.token_hex(32), MDAI_STORAGE_KEYS_PREVIOUS=old)
        self.broker.start()
        ws, greeting = await session.mobile()
        self.assertEqual(greeting["type"], "auth_success")
        await ws.close()


class Secrecy(FreshBrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "100ms"}

    def files(self):
        for path in glob.glob(self.broker.env["DB_PATH"] + "/**", recursive=True) + [self.broker.home + "/broker.log"]:
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    yield path, f.read()

    async def test_a_thief_of_the_disk_and_a_reader_of_the_log_learn_nothing(self):
        self.backend.verify = answering(503)
        picture = secrets.token_bytes(30_000)
        image = base64.b64encode(picture).decode()
        secret = {self.broker.env[k] for k in ("JWT_SECRET", "STORAGE_KEY", "QR_ENCRYPTION_KEY", "ADMIN_TOKEN",
                                               "DEVICE_MASTER_SECRET", "BACKEND_API_KEY")}
        secret |= {image[:40], image[-40:], "user-Whoever", "PLT_Whoever"}
        for i in range(5):
            session = self.broker.create(f"Whoever{i}")
            secret |= {session.mobile_token, session.device_token}
            mobile, device = await session.pair(f"RDK_{i}")
            await submit(device, image=image, confidence=0.5)
            self.assertEqual((await receive(mobile))["delivery"], "pending")
            await mobile.close(), await device.close()
        needles = [s.encode() for s in secret] + [picture[:30], picture[-30:]]
        for sig in (None, "restarted"):  # in the log first, then in tables
            if sig:
                self.broker.restart()
            searched = 0
            for path, content in self.files():
                searched += len(content)
                for needle in needles:
                    self.assertFalse(needle in content, f"{path} holds {needle!r}")
            self.assertGreater(searched, 5 * len(picture))
        self.assertEqual(os.stat(self.broker.env["DB_PATH"]).st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main(verbosity=2)
