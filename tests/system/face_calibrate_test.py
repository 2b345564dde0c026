"""`mdai-broker face calibrate` on photographs that the tests' renderer drew."""
import os
import pathlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

BROKER, RENDER = os.environ["MDAI_BROKER"], os.environ["MDAI_RENDER_FACES"]


def calibrate(*arguments):
    done = subprocess.run([BROKER, "face", "calibrate", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


class Calibrate(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)

    def draw(self, people, frames):
        for identity in range(people):
            person = self.directory / "people" / f"person {identity}"
            person.mkdir(parents=True)
            subprocess.run([RENDER, person, str(900 + identity), str(frames)], check=True)

    def test_it_tells_people_apart_and_draws_their_scores(self):
        self.draw(3, 6)
        (self.directory / "people" / "person 0" / "notes.jpg").write_text("no picture")
        status, out, err = calibrate(self.directory / "people", "--svg", self.directory / "scores.svg")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("engine:       classical, version 1\n", out)
        self.assertIn("people:       3 (and 0 with fewer", out)
        self.assertIn("photographs:  18 of 19 (0 without a face, 0 with several, 0 not good enough, 1 unreadable)", out)
        self.assertIn("scores:       3 of the same person, 6 of another", out)
        self.assertIn("equal error:  0% at ", out)
        self.assertIn("too few scores", out)
        drawn = xml.etree.ElementTree.parse(self.directory / "scores.svg").getroot()
        self.assertEqual(drawn.tag, "{http://www.w3.org/2000/svg}svg")

    def test_what_it_cannot_do_is_one_line(self):
        (self.directory / "file").write_text("x")
        for arguments, what in (([self.directory / "none"], "is not a directory"),
                                ([self.directory / "file"], "is not a directory"),
                                ([self.directory], "fewer than two"),
                                ([self.directory, "--cascades", "/none"], "/none/haarcascades"),
                                ([self.directory, "--detector", "/none.onnx", "--recognizer", "/none.onnx"], "/none.onnx")):
            status, out, err = calibrate(*arguments)
            self.assertEqual((status, out, err.count("\n")), (1, "", 1), err)
            self.assertTrue(err.startswith("error: ") and what in err, err)

    def test_a_chart_that_cannot_be_written_is_an_error(self):
        self.draw(2, 2)
        status, out, err = calibrate(self.directory / "people", "--svg", self.directory / "none" / "scores.svg")
        self.assertEqual(status, 1)
        self.assertIn("cannot be written", err)


if __name__ == "__main__":
    unittest.main()
