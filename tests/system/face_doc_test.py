"""docs/face.md is complete: its errors are those of the sources, its settings those of the table, its verbs work."""
import pathlib
import re
import unittest

from faces import SETTINGS, Tenant, verb
from harness import BrokerCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/face.md").read_text(encoding="utf-8")


class Tables(unittest.TestCase):
    def test_every_error_code_is_listed(self):
        files = [*ROOT.glob("actors/face_api*.cpp"), ROOT / "actors/face_body.cpp", ROOT / "actors/face_caller.hpp", ROOT / "actors/json_body.cpp"]
        named = set(re.findall(r'"([A-Z][A-Z_]{2,})"', "".join(f.read_text(encoding="utf-8") for f in files)))
        named -= {"POST", "GET", "DELETE", "JWT", "INVALID_WIFI", "INVALID_DEVICE_ID"}
        table = DOCUMENT.split("<!-- errors:")[1].split("\n\n")[1]
        self.assertEqual(set(re.findall(r"^\| [\d, ]+ \| `(\w+)`", table, re.M)), named)

    def test_every_setting_is_explained(self):
        settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
        for name in re.findall(r"^\| `(face\.\w+)`", settings, re.M):
            self.assertTrue(f"`{name}`" in DOCUMENT or f"MDAI_{name.upper().replace('.', '_')}" in DOCUMENT or name + " = " in DOCUMENT, name)


class Commands(BrokerCase):
    settings = SETTINGS

    def test_the_commands_of_the_document(self):
        made = {}
        for line in re.findall(r"^\$ mdai-broker (.+)$", DOCUMENT, re.M):
            arguments = [a.strip('"') for a in line.split()]
            code, out, err = verb(self.broker, *arguments)
            self.assertEqual(code, 0, f"{line}: {err}")
            if arguments[1] == "create":
                made = dict(row.split(None, 1) for row in out.splitlines())
        acme = Tenant(self.broker, made)
        answer = acme.sign_in()
        sample = DOCUMENT.split("$ curl")[1]
        for field in re.findall(r'"(\w+)":"eyJ', sample):
            self.assertIn(field, answer)
        session = acme.enrol("ann", target_samples=3, required_blinks=1)
        for field in re.findall(r'"(\w+)":', DOCUMENT.split("$ curl")[2].split("\n")[-3]):
            self.assertIn(field, session)
        status = acme.status(session["session_id"])
        for field in re.findall(r'"(\w+)":', DOCUMENT.split("$ curl")[3].split("\n")[1]):
            self.assertIn(field, status)


if __name__ == "__main__":
    unittest.main(verbosity=2)
