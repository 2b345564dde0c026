"""What the tests of durability and operations share, on top of the harness."""
import glob
import json
import logging
import os
import resource
import subprocess
import threading
import time

import prometheus_text
from harness import BROKER, DEADLINE, Backend, Broker, BrokerCase

pause = threading.Event()
logging.getLogger("asyncio").setLevel(logging.ERROR)  # tests that restart brokers hold their loop up on purpose


def eventually(check, what, deadline=DEADLINE):
    """The first true answer of `check`, which is asked until the deadline."""
    end = time.monotonic() + deadline
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < end, "never: " + what
        pause.wait(0.01)


class FreshBrokerCase(BrokerCase):
    """A backend and a broker of its own for each test, because tests end and restart it."""
    dotenv = None

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.backend = Backend()
        self.addCleanup(self.backend.close)
        self.broker = self.another_broker(self.dotenv, **self.settings)

    def another_broker(self, dotenv=None, **settings):
        broker = Broker(self.backend, dotenv, **settings)
        self.addCleanup(broker.close)
        return broker


def answering(status, body=None, headers=()):
    """A backend endpoint with one answer."""
    return lambda handler, _: handler.answer(status, {} if body is None else body, headers)


def metrics(broker):
    status, _, body = broker.admin("/metrics")
    assert status == 200, status
    return prometheus_text.parse(body.decode())


def metric(broker, name, **labels):
    return prometheus_text.value(metrics(broker), name, **labels)


def log_events(broker, event):
    """What the broker has logged under that name. A line that a crash cut short is none."""
    found = []
    for line in broker.log_text().splitlines():
        if f'"event":"{event}"' in line and line.endswith("}"):
            found.append(json.loads(line))
    return found


def run(broker, *arguments, **settings):
    """(exit code, what it said) of another process with the broker's settings and these on top; it must end by itself."""
    env = {**broker.env, **{k: str(v) for k, v in settings.items()}}
    done = subprocess.run([BROKER, *arguments], env=env, cwd=broker.home, capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def fill_disk(broker):
    """From now on no file of the broker's may grow past the journal's log: like a full disk, for this process alone."""
    size = max(map(os.path.getsize, glob.glob(broker.env["DB_PATH"] + "/*.log")))
    resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def free_disk(broker):
    resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
