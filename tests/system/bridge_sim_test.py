"""The simulated hardware and app of mdai-sim play the older flow through a real broker, each a process of its own."""
import os
import subprocess
import unittest

from bridge import KEYS
from harness import DEADLINE
from operations import FreshBrokerCase, answering, eventually

SIM = os.environ["MDAI_SIM"]


class Simulators(FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": KEYS[0], "MDAI_BACKEND_RETRY_WINDOW": "200ms"}

    def sim(self, *arguments):
        process = subprocess.Popen([SIM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def ended(self, process):
        said, _ = process.communicate(timeout=DEADLINE)
        return process.returncode, said

    def play(self, key=KEYS[0], person="PLT_ann-8842"):
        """What hardware and app ended with, and what they said."""
        code = self.broker.home + "/code"
        hardware = self.sim("hardware", "--url", f"https://127.0.0.1:{self.broker.tls_port}", "--ca", self.broker.home + "/cert.pem",
                            "--api-key", key, "--qr-file", code, "--real-id", person)
        eventually(lambda: hardware.poll() is not None or os.path.exists(code) and os.path.getsize(code), "the code is shown")
        if hardware.poll() is not None:
            return self.ended(hardware), None
        app = self.sim("app", "--qr", "@" + code, "--platform-id", person, "--ca", self.broker.home + "/cert.pem",
                       "--send", '{"hello":"%s"}' % person)
        return self.ended(hardware), self.ended(app)

    def test_they_verify_a_person_over_tls_and_hardware_never_sees_the_id(self):
        (hardware, seen), (app, told) = self.play()
        self.assertEqual((hardware, app), (0, 0), seen + told)
        self.assertIn("the real id never came", seen)
        self.assertNotIn("PLT_ann-8842", seen)
        self.assertEqual([body["platform_id"] for _, body in self.backend.results()], ["PLT_ann-8842"])

    def test_the_platforms_no_is_status_2_for_both(self):
        self.backend.verify = answering(422, {"success": False, "reason": "no face"})
        self.assertEqual([status for status, _ in self.play()], [2, 2])

    def test_they_wait_for_an_answer_that_comes_late(self):
        tries = []

        def recovers(handler, body):
            tries.append(1)
            handler.answer(503, {}) if len(tries) < 4 else self.backend.accept_result(handler, body)
        self.backend.verify = recovers
        self.assertEqual([status for status, _ in self.play()], [0, 0])

    def test_a_wrong_key_is_said(self):
        (status, said), _ = self.play(key="wrong")
        self.assertEqual(status, 1)
        self.assertIn("401 Invalid API key", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
