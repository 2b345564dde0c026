"""The face stream over real sockets: painted people before cameras, a real engine behind them."""
import asyncio
import base64
import json
import pathlib
import random
import re
import unittest

from devices import admin
from cameras import Camera, Client, person, png
from harness import BrokerCase, receive, send

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs/face-stream.md").read_text(encoding="utf-8")
ANNA, BERTA, CARLA = 1, 2, 3
FACES = {"MDAI_FACE_ENABLED": "true"}


def shape(value):
    """Names and kinds, down to the last member."""
    if isinstance(value, dict):
        return {name: shape(v) for name, v in value.items() if name not in ("obstacle_confidence", "details")}
    if isinstance(value, list):
        return "list"
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def documented(name):
    block = re.search(rf"<!-- message: {name} -->\n```json\n(.*?)```", PAGE, re.S).group(1)
    return shape(json.loads(block))


class StreamCase(BrokerCase):
    settings = FACES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for who in (ANNA, BERTA, CARLA):
            person(who)  # painted once, before anybody waits

    def setUp(self):
        super().setUp()
        self.client = Client(self.broker, re.sub(r".*\.test_", "", self.id())[:60])  # nobody knows another test's people

    async def enrol(self, user, who, client=None):
        camera = await (client or self.client).enrollment(user).connect()
        last = await camera.perform(person(who))
        self.assertEqual(last["type"], "enrollment_complete", last)
        self.assertEqual(await camera.code(), 1000)
        return last

    async def authenticate(self, user, who, client=None, **wish):
        camera = await (client or self.client).authentication(user, **wish).connect()
        last = await camera.perform(person(who))
        self.assertEqual(await camera.code(), 1000)
        return last


class People(StreamCase):
    async def test_enrolled_recognized_and_told_apart(self):
        done = await self.enrol("anna", ANNA)
        says = self.client.open(done["encrypted_data"])
        self.assertEqual((says["id"], says["session_type"]), (done["enrollment_id"], "enrollment"))
        await self.enrol("berta", BERTA)
        by_secret = Client(self.broker, None, "secret_key", like=self.client)
        for client, source in ((self.client, "api_key"), (by_secret, "secret_key")):
            known = await self.authenticate("anna", ANNA, client)
            self.assertTrue(known["authenticated"], known)
            self.assertEqual(known["encrypted_data"]["key_source"], source)
            says = client.open(known["encrypted_data"])
            self.assertEqual((says["id"], says["session_type"]), ("anna", "authentication"))
            self.assertAlmostEqual(says["confidence"], known["confidence"], places=3)
        wrong = await self.authenticate("anna", BERTA)
        self.assertEqual((wrong["authenticated"], wrong["message"]), (False, "Face does not match specified user"))
        named = await self.authenticate(None, BERTA)
        self.assertEqual(named.get("user_id"), "berta", named)
        stranger = await self.authenticate(None, CARLA)
        self.assertEqual(stranger["message"], "Face not recognized", stranger)
        self.assertEqual(self.client.call("GET", "/api/clients/users/anna/")[1]["is_enrolled"], True)

    async def test_a_tenant_does_not_know_anothers_people(self):
        await self.enrol("dora", CARLA)
        other = Client(self.broker, "elsewhere")
        self.assertEqual((await self.authenticate(None, CARLA, other))["message"], "Face not recognized")

    async def test_binary_frames_and_no_liveness(self):
        await self.enrol("emil", BERTA)
        camera = await self.client.authentication("emil", require_liveness=False).connect()
        last = await camera.perform(person(BERTA)[:7], binary=True)
        self.assertTrue(last["authenticated"], last)

    async def test_somebody_who_is_erased_is_not_known(self):
        await self.enrol("frida", ANNA)
        self.assertEqual(self.client.call("DELETE", "/api/clients/users/frida/")[0], 204)
        named = await self.authenticate(None, ANNA)
        self.assertNotEqual(named.get("user_id"), "frida")
        self.assertEqual(self.client.call("POST", "/api/auth/authentication/", {"user_id": "frida"})[0], 404)

    async def test_messages_are_as_documented(self):
        camera = await self.client.enrollment("gerda").connect()
        last = await camera.perform(person(ANNA))
        self.assertEqual(shape(camera.welcome), documented("connection_established"))
        good = [m for m in camera.heard if m["type"] == "frame_processed" and m["success"]]
        self.assertEqual(shape(good[0]), documented("frame_processed"))
        self.assertEqual(shape(last), documented("enrollment_complete"))
        camera = await self.client.authentication("gerda").connect()
        empty = await camera.show(png(640, 480), binary=True)
        self.assertEqual(shape(empty), documented("frame_processed failure"))
        self.assertEqual(empty["error"], "No face detected")
        covered = [await camera.show(picture) for picture in person(ANNA, "mask", 6)]
        rejected = [m for m in covered if m["type"] == "frame_rejected"]
        self.assertTrue(rejected, covered)
        self.assertEqual(shape(rejected[0]), documented("frame_rejected"))
        self.assertIn("mask", rejected[0]["obstacles"])
        self.assertEqual(shape(await camera.perform(person(ANNA))), documented("authentication_complete"))
        wrong = await self.authenticate("gerda", CARLA)
        self.assertEqual(shape(wrong), documented("authentication_complete failure"))


class Sockets(StreamCase):
    async def test_a_lost_socket_loses_nothing(self):
        session = self.client.enrollment("anna")
        camera = await session.connect()
        for picture in person(ANNA)[:12]:
            answer = await camera.show(picture)
        self.assertGreaterEqual(answer["blinks_detected"], 1, answer)
        await camera.ws.close()
        await self.until(lambda: session.status()["status"] == "disconnected")
        camera = await session.connect()
        answer = await camera.show(person(ANNA)[0])
        self.assertGreaterEqual(answer["blinks_detected"], 1)
        self.assertGreater(answer["frames_processed"], 3)
        self.assertEqual((await camera.perform(person(ANNA)))["type"], "enrollment_complete")

    async def until(self, holds):
        for _ in range(200):
            if holds():
                return
            await asyncio.sleep(0.05)
        self.fail("it never was so")

    async def test_the_newer_of_two_stays(self):
        session = self.client.enrollment("anna")
        first = await session.connect()
        second = await session.connect()
        self.assertEqual(await first.code(), 4000)
        await send(second.ws, type="ping")
        self.assertEqual(await second.hear(), {"type": "pong"})

    async def test_cancelled_by_either_side(self):
        session = self.client.enrollment("anna")
        camera = await session.connect()
        status, answer = self.client.call("DELETE", f"/api/auth/session/{session.token}/")
        self.assertEqual((status, answer["success"]), (200, True))
        self.assertEqual((await camera.hear())["code"], 4499)
        self.assertEqual(await camera.code(), 4499)
        self.assertEqual(session.status()["status"], "cancelled")
        camera = await self.client.enrollment("anna").connect()
        await send(camera.ws, type="cancel")
        self.assertEqual((await camera.hear())["code"], 4499)
        self.assertEqual(await camera.code(), 4499)

    async def test_who_may_not_come_in_is_told_on_the_socket(self):
        for slash in ("", "/"):
            nobody = await Camera.open(self.broker, "sess_" + "x" * 43, slash)
            self.assertEqual((nobody.welcome["type"], nobody.welcome["code"]), ("error", 4404))
            self.assertEqual(await nobody.code(), 4404)
        session = self.client.enrollment("anna")
        self.client.call("DELETE", f"/api/auth/session/{session.token}/")
        late = await Camera.open(self.broker, session.token)
        self.assertEqual(late.welcome["error"], "Session is cancelled")
        self.assertEqual(await late.code(), 4400)

    async def test_of_a_suspended_client_they_close(self):
        client = Client(self.broker, "suspended")
        session = client.enrollment("anna")
        camera = await session.connect()
        self.assertEqual(admin(self.broker, "POST", "/admin/clients/suspended/suspend")[0], 200)
        self.assertEqual(await camera.code(), 4403)
        again = await Camera.open(self.broker, session.token)
        self.assertEqual(again.welcome["code"], 4403)
        self.assertEqual(await again.code(), 4403)

    async def test_what_is_sent_before_the_welcome_is_heard(self):
        session = self.client.enrollment("anna")
        ws = await self.broker.connect("/ws/auth/process-image/" + session.token)
        await ws.send(person(ANNA)[0])
        self.assertEqual((await receive(ws))["type"], "connection_established")
        self.assertEqual((await receive(ws))["type"], "frame_processed")
        await ws.close()


class Frames(StreamCase):
    async def asyncSetUp(self):
        self.session = self.client.enrollment("anna", required_blinks=10)
        self.camera = await self.session.connect()

    async def asyncTearDown(self):
        await self.camera.ws.close()

    async def test_a_browsers_jitter_is_forgiven(self):
        dice = random.Random(7)
        picture = person(ANNA)[0]
        due = asyncio.get_running_loop().time()
        for _ in range(30):
            due += 0.1
            await asyncio.sleep(max(0, due + dice.uniform(-0.008, 0.008) - asyncio.get_running_loop().time()))
            await self.camera.ws.send(picture)
        answers = [await self.camera.hear() for _ in range(30)]
        refused = [a for a in answers if a["type"] == "error"]
        self.assertLessEqual(len(refused), 3, refused)  # a busy machine is late now and then

    async def test_a_burst_is_refused_without_harm(self):
        for _ in range(20):
            await self.camera.ws.send(person(ANNA)[0])
        answers = [await self.camera.hear() for _ in range(20)]
        refused = [a for a in answers if a.get("code") == 429]
        self.assertGreaterEqual(len(refused), 15)
        self.assertEqual(refused[0]["error"], "Frame rate too high")
        self.assertEqual((await self.camera.show(person(ANNA)[1]))["type"], "frame_processed")

    async def test_whatever_is_no_picture_is_an_error_that_ends_nothing(self):
        picture = person(ANNA)[0]
        bad = {"empty": b"", "text": b"hello", "cut JPEG": picture[:len(picture) // 2], "header only": picture[:20],
               "GIF": b"GIF89a" + bytes(100), "tiny": png(8, 8), "claims 20000 x 20000": png(20000, 20000),
               "claims 4097 x 8": png(4097, 8), "too many bytes": picture + bytes(1 << 20),
               "zeros in the middle": picture[:2000] + bytes(4000) + picture[6000:]}
        for name, data in bad.items():
            for binary in (True, False):
                with self.subTest(name, binary=binary):
                    answer = await self.camera.show(data, binary)
                    self.assertEqual((answer.get("code"), answer.get("error")), (400, "Invalid image data"), answer)
        for text in ('{"type":"frame","image":"not base64"}', '{"type":"frame","image":null}', '{"type":"frame"}',
                     '{"type":"frame","image":"data:image/jpeg,abc"}', '{"type":"frame","image":{"a":[]}}'):
            with self.subTest(text):
                await self.camera.pace()
                await self.camera.ws.send(text)
                self.assertEqual((await self.camera.hear())["error"], "Invalid image data")
        self.assertEqual((await self.camera.show(picture))["type"], "frame_processed")

    async def test_every_way_to_send_a_frame(self):
        data = base64.b64encode(person(ANNA)[0]).decode()
        for message in ({"type": "frame", "image": "data:image/jpeg;base64," + data}, {"type": "frame", "image": data},
                        {"image": data}, {"type": "process_frame", "frame_data": data}):
            await self.camera.pace()
            await self.camera.ws.send(json.dumps(message))
            answer = await self.camera.hear()
            self.assertEqual((answer["type"], answer["success"]), ("frame_processed", True), answer)

    async def test_hostile_messages(self):
        deep = '{"type":"ping","x":' + "[" * 500 + "]" * 500 + "}"
        for text, error in (("", "Message is not valid JSON"), ("{", "Message is not valid JSON"),
                            ("[]", "Message must be a JSON object"), (deep, "Message nests too deep"),
                            ('{"type":7}', "Message has no type"), ("{}", "Message has no type"),
                            ('{"type":"auth"}', "Unknown message type")):
            await self.camera.ws.send(text)
            answer = await self.camera.hear()
            self.assertEqual((answer["code"], answer["error"]), (400, error), text[:40])
        await send(self.camera.ws, type="ping")
        self.assertEqual(await self.camera.hear(), {"type": "pong"})
        for _ in range(10):
            await self.camera.ws.send("nonsense")
        for _ in range(10):
            await self.camera.hear()
        self.assertEqual(await self.camera.code(), 1008)
        self.camera = await self.session.connect()
        await self.camera.ws.send(bytes(5 << 20))
        self.assertEqual(await self.camera.code(), 1009)
        self.camera = await self.session.connect()


class Ends(StreamCase):
    settings = {**FACES, "MDAI_FACE_MAX_FRAMES": "5", "MDAI_FACE_SESSION_TTL": "4s"}

    async def test_the_budget_ends_a_session(self):
        session = self.client.enrollment("anna")
        camera = await session.connect()
        for _ in range(5):
            self.assertEqual((await camera.show(b"no picture", binary=True))["code"], 400)
        self.assertEqual((await camera.show(person(ANNA)[0]))["code"], 4429)
        self.assertEqual(await camera.code(), 4429)
        self.assertEqual((session.status()["status"], session.status()["reason"]), ("failed", "Frame budget exceeded"))

    async def test_a_session_expires(self):
        session = self.client.enrollment("anna")
        camera = await session.connect()
        self.assertEqual((await camera.hear())["error"], "Session expired")
        self.assertEqual(await camera.code(), 4401)
        late = await Camera.open(self.broker, session.token)
        self.assertEqual(await late.code(), 4401)
        self.assertEqual(session.status()["status"], "expired")


class Crash(StreamCase):
    async def test_after_kill_9_sessions_resume_and_people_are_known(self):
        await self.enrol("anna", ANNA)
        session = self.client.authentication("anna")
        camera = await session.connect()
        await camera.show(person(ANNA)[0])
        self.broker.restart()
        self.assertEqual(session.status()["status"], "disconnected")
        camera = await session.connect()
        last = await camera.perform(person(ANNA))
        self.assertTrue(last["authenticated"], last)
        self.assertEqual((await self.authenticate(None, ANNA)).get("user_id"), "anna")


class Duplicates(StreamCase):
    settings = {**FACES, "MDAI_FACE_DUPLICATE_CHECK": "reject"}

    async def test_a_face_that_is_enrolled_as_somebody_else_is_refused(self):
        await self.enrol("anna", ANNA)
        camera = await self.client.enrollment("not anna").connect()
        last = await camera.perform(person(ANNA))
        self.assertEqual(shape(last), documented("enrollment_failed"))
        self.assertEqual(last["error_code"], "DUPLICATE_FACE_DETECTED")
        self.assertNotIn("anna", json.dumps(last))
        self.assertEqual(await camera.code(), 4001)
        await self.enrol("anna", ANNA)


class Secrecy(StreamCase):
    async def test_nothing_of_a_person_is_in_log_or_metrics(self):
        await self.enrol("somebody-with-a-name", ANNA)
        await self.authenticate("somebody-with-a-name", ANNA)
        log = self.broker.log_text() + self.broker.admin("/metrics")[2].decode()
        for secret in ("somebody-with-a-name", self.client.secret, self.client.api_key, "sess_"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main(verbosity=2)
