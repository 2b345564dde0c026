"""The simulators of bench/sim, against a real broker."""
import os
import subprocess
import unittest

from faces import create_client
from harness import BrokerCase

SIM = os.environ["MDAI_SIM"]


class Provision(BrokerCase):
    settings = {"REGISTRATION_TOKEN": "let-me-in", "HARDWARE_API_KEYS": "hw-key"}

    def play(self, *arguments):
        done = subprocess.run([SIM, "provision", *arguments, "--registration-token", "let-me-in"],
                              capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_device_is_provisioned_over_plain_and_tls(self):
        code, text = self.play("--url", f"http://127.0.0.1:{self.broker.port}", "--device-id", "TEE-plain", "--bits", "3072",
                               "--operator-token", self.broker.admin_token, "--token", "user-ann")
        self.assertEqual(code, 0, text)
        code, text = self.play("--url", f"https://127.0.0.1:{self.broker.tls_port}", "--ca", self.broker.home + "/cert.pem",
                               "--device-id", "TEE-tls", "--api-key", "hw-key")
        self.assertEqual(code, 0, text)

    def test_what_does_not_hold_is_said(self):
        url = f"http://127.0.0.1:{self.broker.port}"
        code, text = self.play("--url", url, "--device-id", "TEE-no", "--api-key", "another")
        self.assertEqual((code, "401" in text), (1, True), text)


class Camera(BrokerCase):
    settings = {"MDAI_FACE_ENABLED": "true"}

    def test_painted_people_are_enrolled_recognized_and_refused(self):
        tenant = create_client(self.broker)

        def play(secret, *arguments):
            done = subprocess.run([SIM, "camera", "--url", f"http://127.0.0.1:{self.broker.port}", "--api-key", tenant.api_key,
                                   "--secret", secret, *arguments], capture_output=True, text=True, timeout=120, check=False)
            return done.returncode, done.stdout + done.stderr

        for code, arguments in ((0, ("--enroll", "--user", "anna")), (0, ("--user", "anna", "--secret-name", "secret_key")),
                                (0, ()), (2, ("--user", "anna", "--person", "2"))):
            got, text = play(tenant.secret, *arguments)
            self.assertEqual(got, code, text)
        self.assertEqual(play("wrong", "--enroll", "--user", "anna")[0], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
