"""The face product with engines that are not its own: a service over HTTP, and networks from ONNX files."""
import asyncio
import json
import os
import random
import subprocess
import tempfile
import threading
import unittest

from cameras import Client, png
from faces import verb
from harness import DEADLINE, BrokerCase, Service, free_port

NOISE = 3  # of the last bits of a descriptor: two pictures of one person differ a little


class Engine(Service):
    """A remote engine as docs/face-remote.md has it. It does not look at pictures: each one says, behind its end, what is to be seen."""

    def __init__(self):
        super().__init__()
        self.trouble = None

    def engine(self, handler, _):
        handler.answer(200, {"id": "told", "version": "1", "dimension": 4,
                             "thresholds": {"verify": 0.8, "identify": 0.8, "identify_margin": 0.1, "duplicate": 0.9}})

    def analyze(self, handler, body):
        if self.trouble:
            return handler.answer(*self.trouble)
        seen = json.loads(body[body.rindex(b"{"):])
        handler.answer(200, {"engine": {"id": "told", "version": "1"}, "width": 640, "height": 480, "faces": 1, "quality": 0.9, **seen})


def told(descriptor, frames=40):
    """Pictures of somebody who blinks and moves, for that engine."""
    for i in range(frames):
        left = 200 + i % NOISE + (60 if 12 <= i < 18 else 0)
        openness = 0.02 if i % 10 == 8 else 0.28
        yield png(640, 480) + json.dumps({"face": [left, 96, left + 216, 312], "eye_openness": [openness, openness],
                                          "descriptor": [x + i % NOISE * 0.01 for x in descriptor]}).encode()


ANNA, BERTA, CARLA = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)


class EngineCase(BrokerCase):
    """Plays what every engine has to make possible. `pictures(who)` are those that this engine understands."""

    async def enrol_and_recognize(self, pictures, **wish):
        client = Client(self.broker, self.id().split("_", 1)[1][:60])
        for name, who in (("anna", ANNA), ("berta", BERTA)):
            camera = await client.enrollment(name, **wish).connect()
            last = await camera.perform(pictures(who), binary=True)
            self.assertEqual(last["type"], "enrollment_complete", last)
        for name, who in (("anna", ANNA), ("berta", BERTA), (None, CARLA)):
            camera = await client.authentication().connect()
            last = await camera.perform(pictures(who), binary=True)
            self.assertEqual((last["authenticated"], last.get("user_id")), (name is not None, name), last)
        camera = await client.authentication("anna").connect()
        last = await camera.perform(pictures(BERTA), binary=True)
        self.assertEqual(last["message"], "Face does not match specified user", last)

    def refused_start(self, **settings):
        """What a broker of these settings says, that does not start."""
        with tempfile.TemporaryDirectory() as home:
            code, _, err = verb(self.broker, "serve", DB_PATH=home + "/journal", SERVER_PORT=str(free_port()),
                                MDAI_TLS_PORT=str(free_port()), MDAI_ADMIN_PORT=str(free_port()), **settings)
        self.assertNotEqual(code, 0)
        said = [line for line in err.splitlines() if "engine" in line]
        self.assertEqual(len(said), 1, err)
        return said[0]


class Remote(EngineCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.settings = {"MDAI_FACE_ENABLED": "true", "MDAI_FACE_ENGINE": "remote",
                        "MDAI_FACE_REMOTE_URL": f"http://127.0.0.1:{cls.engine.port}"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.engine.close()

    def setUp(self):
        super().setUp()
        self.engine.trouble = None
        self.engine.calls.clear()

    async def test_people_are_enrolled_and_told_apart(self):
        await self.enrol_and_recognize(told)
        kinds = {headers["Content-Type"] for endpoint, headers, _ in self.engine.calls if endpoint == "analyze"}
        self.assertEqual(kinds, {"image/png"})

    async def test_what_goes_wrong_there_costs_no_frames_and_passes(self):
        client = Client(self.broker, "patient")
        session = client.enrollment("anna")
        camera = await session.connect()
        picture = next(told(ANNA))
        for trouble, code in (((500, {}), 503), ((429, {}), 503), ((503, b""), 503), ((200, b"<html>"), 503), ((200, {"faces": 1}), 503),
                              ((200, {"engine": {"id": "told", "version": "2"}, "width": 640, "height": 480, "faces": 0}), 503)):
            self.engine.trouble = trouble
            for _ in range(2):  # together more than the breaker takes
                answer = await camera.show(picture, binary=True)
                self.assertEqual((answer["type"], answer["code"]), ("error", code), (trouble, answer))
        self.engine.trouble = (422, {"error": "invalid_image"})
        answer = await camera.show(picture, binary=True)
        self.assertEqual((answer["type"], answer["code"]), ("error", 400), answer)
        self.engine.trouble = None
        last = await camera.perform(told(ANNA), binary=True)
        self.assertEqual(last["type"], "enrollment_complete", last)
        self.assertEqual(session.status()["frames_processed"], last["frames_processed"])

    async def test_a_broker_ends_while_a_frame_is_looked_at(self):
        silence = threading.Event()
        self.addCleanup(silence.set)
        self.engine.analyze = lambda *_: silence.wait(DEADLINE)
        self.addCleanup(delattr, self.engine, "analyze")
        camera = await Client(self.broker, "hasty").enrollment("anna").connect()
        await camera.ws.send(next(told(ANNA)))
        await asyncio.to_thread(self.engine.wait_for, "analyze", 1)
        # The answer comes to nobody: the engine's time is over after everything else is.
        self.assertEqual(await asyncio.to_thread(self.broker.stop), 0)
        self.broker.start()

    def test_a_broker_does_not_start_without_it(self):
        self.assertIn("does not say what it is", self.refused_start(MDAI_FACE_REMOTE_URL=f"http://127.0.0.1:{free_port()}"))


class Onnx(EngineCase):
    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.TemporaryDirectory(prefix="mdai-onnx-")
        subprocess.run([os.environ["MDAI_WRITE_ONNX_STUBS"], cls.models.name], check=True)
        cls.settings = {"MDAI_FACE_ENABLED": "true", "MDAI_FACE_ENGINE": "onnx", "MDAI_FACE_MIN_QUALITY": "0.01", "MDAI_FACE_MIN_BLINKS": "0",
                        "MDAI_FACE_VERIFY_THRESHOLD": "0.97", "MDAI_FACE_IDENTIFY_THRESHOLD": "0.97", "MDAI_FACE_IDENTIFY_MARGIN": "0.01",
                        "MDAI_FACE_BLOCKED_OBSTACLES": "", "MDAI_FACE_ONNX_DETECTOR": cls.models.name + "/yunet.onnx",
                        "MDAI_FACE_ONNX_RECOGNIZER": cls.models.name + "/sface.onnx"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.models.cleanup()

    @staticmethod
    def pictures(who):
        """White blocks, which the untrained networks take for faces, and around them what is each person's own."""
        cell, (columns, rows) = 16, (20, 16)
        own = random.Random(who.index(1))
        brightness = [[own.choice((0, 0, 130)) for _ in range(2 * columns)] for _ in range(rows)]
        for i in range(12):
            left = 4 + 4 * (i // 4 % 2)  # in cells: they move
            row_of = [b"".join(bytes([255 if left <= x < left + 4 and 4 <= y < 8 else brightness[y][x - left]]) * 3 * cell
                               for x in range(columns)) for y in range(rows)]
            yield png(columns * cell, rows * cell, [row for row in row_of for _ in range(cell)])

    async def test_people_are_enrolled_and_told_apart(self):
        await self.enrol_and_recognize(self.pictures, required_blinks=0)

    def test_a_broker_does_not_start_with_files_that_are_none(self):
        self.assertIn("/yunet.onnx: is no ONNX network that describes faces",
                      self.refused_start(MDAI_FACE_ONNX_RECOGNIZER=self.models.name + "/yunet.onnx"))


if __name__ == "__main__":
    unittest.main()
