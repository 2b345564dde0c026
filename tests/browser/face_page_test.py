"""The face page as a person uses it, in Debian's Chromium, with a camera that shows people whom the tests paint."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "system"))
from faces import SETTINGS, create_client  # noqa: E402
from harness import BrokerCase  # noqa: E402

RENDER = os.environ["MDAI_RENDER_FACES"]
SHOTS = os.environ.get("MDAI_SCREENSHOTS")  # where to leave pictures of the page


class FacePage(BrokerCase):
    settings = {**SETTINGS, "MDAI_MODE": "development"}  # for the form that makes a session

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.home.cleanup)
        cls.tenant = create_client(cls.broker)
        cls.ann, cls.bob = cls.person("ann", 1), cls.person("bob", 7)
        cls.masked = cls.person("masked", 1, "mask")

    @classmethod
    def person(cls, name, identity, cover="none", frames=120):
        """A directory of frames, and the same as a film for Chromium's camera."""
        where = pathlib.Path(cls.home.name) / name
        where.mkdir()
        subprocess.run([RENDER, where, str(identity), str(frames), cover], check=True)
        film = where.with_suffix(".mjpeg")
        film.write_bytes(b"".join(frame.read_bytes() for frame in sorted(where.glob("*.jpg"))))
        return {"frames": [str(f) for f in sorted(where.glob("*.jpg"))], "film": str(film)}

    def visit(self, path, **wish):
        if SHOTS:
            wish |= {"live": f"{SHOTS}/{self.id().split('.')[-1]}-live.png", "picture": f"{SHOTS}/{self.id().split('.')[-1]}.png"}
        done = subprocess.run(["node", HERE / "face_page.mjs", json.dumps({"url": f"http://127.0.0.1:{self.broker.port}{path}", **wish})],
                              capture_output=True, text=True, timeout=120, check=False, cwd=HERE)
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        self.assertEqual(seen["complaints"], [], "the browser complains")
        return seen

    def start(self, kind, user="ann", secret=None):
        return {"kind": kind, "user": user, "key": self.tenant.api_key, "secret": secret or self.tenant.secret}

    def enrol(self, user, who):
        seen = self.visit("/face/try", start=self.start("enrollment", user), camera=who["film"])
        self.assertEqual(seen["title"], "Your face is enrolled", seen)
        return seen

    def test_a_person_enrols_and_is_recognized_by_the_camera(self):
        seen = self.enrol("ann", self.ann)
        self.assertEqual(seen["facts"]["session type"], "enrollment")
        self.assertTrue(any("Blink naturally" in hint for hint in seen["hints"]), seen["hints"])
        again = self.visit("/face/try", start=self.start("verification"), camera=self.ann["film"])
        self.assertEqual(again["title"], "Recognized", again)
        self.assertEqual(again["facts"]["id"], "ann")
        self.assertGreater(float(again["facts"]["confidence"]), 0)

    def test_another_person_is_not_recognized(self):
        self.enrol("cora", self.ann)
        seen = self.visit("/face/try", start=self.start("verification", "cora"), camera=self.bob["film"])
        self.assertEqual((seen["title"], seen["facts"]), ("Not recognized", {}), seen)

    def test_pictures_do_as_well_as_a_camera(self):
        seen = self.visit("/face/try", start=self.start("enrollment", "dora"), pictures=self.ann["frames"])
        self.assertEqual(seen["title"], "Your face is enrolled", seen)

    def test_a_covered_face_hears_what_to_take_off(self):
        seen = self.visit("/face/try", start=self.start("enrollment", "emil"), pictures=self.masked["frames"][:25], give_up_after=20)
        self.assertTrue(any("Remove your mask" in hint for hint in seen["hints"]), seen["hints"])
        self.assertNotEqual(seen.get("title"), "Your face is enrolled")

    def test_an_application_hands_the_person_over_with_a_session(self):
        made = self.tenant.post("/api/auth/enrollment/", {"user_id": "fred"})[1]
        seen = self.visit(f"/face/#session={made['session_token']}", camera=self.ann["film"], retype=self.tenant.api_key)
        self.assertEqual(seen["title"], "Your face is enrolled", seen)
        self.assertEqual(seen["facts"]["id"], made["enrollment_id"])

    def test_a_wrong_secret_opens_nothing(self):
        made = self.tenant.post("/api/auth/enrollment/", {"user_id": "gwen"})[1]
        seen = self.visit(f"/face/#session={made['session_token']}", camera=self.ann["film"], retype="a guess")
        self.assertIn("not the secret", seen["problem"])
        self.assertEqual(seen["facts"], {})

    def test_giving_up_cancels_the_session(self):
        made = self.tenant.post("/api/auth/enrollment/", {"user_id": "hugo"})[1]
        seen = self.visit(f"/face/#session={made['session_token']}", camera=self.ann["film"], cancel=True)
        self.assertEqual(seen["title"], "Cancelled")
        self.assertEqual(self.tenant.get(f"/api/auth/sessions/{made['session_id']}/status/")[1]["status"], "cancelled")

    def test_wrong_credentials_are_said_beside_the_form(self):
        seen = self.visit("/face/try", start=self.start("enrollment", secret="wrong"), expected_complaint="401")
        self.assertEqual((seen["card"], seen["notice"]), ("start", "Invalid credentials"))

    def test_an_unknown_session_says_so(self):
        seen = self.visit("/face/#session=sess_" + "x" * 43, camera=self.ann["film"])
        self.assertEqual(seen["title"], "The session has ended")
        self.assertIn("does not exist", seen["text"])

    def test_without_a_session_there_is_nothing_to_do(self):
        self.assertEqual(self.visit("/face/")["card"], "nothing")


if __name__ == "__main__":
    unittest.main()
