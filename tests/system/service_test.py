"""deploy/systemd: the unit is well-formed and tight, and the broker speaks with systemd as the unit expects."""
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import BROKER, DEADLINE, Backend, Broker, closed, submit
from operations import eventually, log_events

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy/systemd/mdai-broker.service"
MOST_EXPOSED = 20  # tenths, of systemd-analyze's 0 (locked up) to 100 (free)


def values(key):
    """What the unit says under that key, line by line."""
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(encoding="utf-8"), re.M)


class Supervised(Broker):
    """A broker started by the unit's ExecStart, with its files below a temporary directory, and a NOTIFY_SOCKET that we hold."""

    def start(self, preexec=None):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.home + "/notify")
        self.notify.settimeout(DEADLINE)
        in_file = {k: v for k, v in self.env.items() if k not in ("PATH", "DB_PATH", "MDAI_DRAIN_PERIOD")}
        pathlib.Path(self.home, "env").write_text("".join(f"{k}={v}\n" for k, v in in_file.items()), encoding="utf-8")
        toml = (ROOT / "deploy/mdai-broker.toml").read_text(encoding="utf-8")
        pathlib.Path(self.home, "mdai-broker.toml").write_text(toml.replace('#period = "10s"', 'period = "200ms"'), encoding="utf-8")
        command = values("ExecStart")[0].replace("/etc/mdai-broker/", self.home + "/").split()
        assert command[0] == "/usr/bin/mdai-broker", command
        environment = dict(line.split("=", 1) for line in values("Environment"))
        self.process = subprocess.Popen(
            [BROKER, *command[1:]], cwd=self.home, stdout=self.log, stderr=self.log,
            env={"NOTIFY_SOCKET": self.home + "/notify", "WATCHDOG_USEC": "300000",
                 **{k: v.replace("/var/lib/mdai-broker", self.home) for k, v in environment.items()}})

    def told(self, wanted):
        """The next word to systemd that holds `wanted`, as a dictionary; WATCHDOG=1 may come in between."""
        while True:
            try:
                datagram = self.notify.recv(4096).decode()
            except TimeoutError as e:
                raise AssertionError(f"never {wanted}:\n" + self.log_text()[-2000:]) from e
            message = dict(line.split("=", 1) for line in datagram.strip().split("\n"))
            if wanted in message:
                return message
            assert list(message) == ["WATCHDOG"], message

    def close(self):
        super().close()
        self.notify.close()


class Unit(unittest.TestCase):
    def analyze(self, *arguments):
        """systemd-analyze about the unit, as if the broker were installed."""
        directory = self.enterContext(tempfile.TemporaryDirectory())
        unit = pathlib.Path(directory, UNIT.name)
        unit.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/bin/mdai-broker", BROKER), encoding="utf-8")
        done = subprocess.run(["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, timeout=DEADLINE,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_systemd_finds_no_fault_with_it(self):
        self.analyze("verify", "--man=no")

    def test_it_is_locked_up(self):
        self.analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}")

    def test_stopping_takes_longer_than_a_drain(self):
        goodbye = int(re.search(r"goodbye = (\d+)s", (ROOT / "actors/serve.cpp").read_text(encoding="utf-8")).group(1))
        drain = int(re.search(r"`drain.period` \| [^|]* \| `(\d+)s`", (ROOT / "docs/settings.md").read_text(encoding="utf-8")).group(1))
        self.assertGreater(int(values("TimeoutStopSec")[0]), drain + goodbye)


class Conversation(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.backend = Backend()
        self.addCleanup(self.backend.close)
        self.broker = Supervised(self.backend)
        self.addCleanup(self.broker.close)

    def test_from_ready_to_stopping(self):
        broker = self.broker
        self.assertEqual(broker.told("READY"), {"READY": "1"})
        self.assertEqual(broker.get("/readyz")[0], 200)
        for _ in range(3):
            self.assertEqual(broker.told("WATCHDOG"), {"WATCHDOG": "1"})
        for _ in range(2):
            broker.process.send_signal(signal.SIGHUP)
            reloading = broker.told("RELOADING")
            self.assertEqual(reloading["RELOADING"], "1")
            self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
            self.assertEqual(broker.told("READY"), {"READY": "1"})
        eventually(lambda: len(log_events(broker, "reloaded")) == 2, "two reloads are logged")
        broker.process.send_signal(signal.SIGTERM)
        self.assertEqual(broker.told("STOPPING"), {"STOPPING": "1"})
        self.assertEqual(broker.process.wait(DEADLINE), 0)

    async def test_a_rotated_key_in_the_env_file_counts_after_a_reload(self):
        broker = self.broker
        broker.told("READY")
        file = pathlib.Path(broker.home, "env")
        file.write_text(file.read_text(encoding="utf-8").replace("BACKEND_API_KEY=platform-key", "BACKEND_API_KEY=another-key"),
                        encoding="utf-8")
        broker.process.send_signal(signal.SIGHUP)
        broker.told("RELOADING"), broker.told("READY")
        mobile, device = await broker.create().pair()
        await submit(device)
        self.assertEqual(await closed(mobile), 1000)
        self.assertEqual(self.backend.results()[0][0]["x-api-key"], "another-key")

    def test_a_broker_that_cannot_start_never_says_ready(self):
        self.broker.told("READY")
        second = Supervised.__new__(Supervised)  # the same directory: in use
        second.home, second.env, second.log = self.broker.home, self.broker.env, self.broker.log
        self.broker.notify.close()
        pathlib.Path(second.home, "notify").unlink()
        second.start()
        try:
            self.assertNotEqual(second.process.wait(DEADLINE), 0)
            second.notify.settimeout(0)
            with self.assertRaises(BlockingIOError):
                while True:
                    self.assertEqual(second.notify.recv(4096), b"WATCHDOG=1")  # the first one's, which lives on
        finally:
            second.notify.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
