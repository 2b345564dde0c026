"""Starting and ending processes: pinned to a core, gone when we are gone, ended by their own pid."""
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
CORES = sorted(os.sched_getaffinity(0))


class Failed(Exception):
    """A run that gave no figures; the text says why."""


def cores_for(what):
    """Servers run on the last core and everything else on the others, so that neither waits for the other."""
    if len(CORES) < 2 or what == "anywhere":
        return CORES
    return CORES[-1:] if what == "server" else CORES[:-1]


def put_first(pid):
    """Its threads run before whatever else the machine runs, where that is allowed (to root). A kernel that preempts lazily lets
    a woken thread wait for the next tick else, 4 ms, while another program computes; that is not the server's latency."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setscheduler(int(thread), os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    return True


def _in_child(cores, first=False):
    def prepare():
        os.sched_setaffinity(0, cores)
        if first:
            put_first(os.getpid())
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return prepare


def spawn(command, log, cores, environment=None, directory=None):
    with open(log, "ab") as out:
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=directory,
                                env={**os.environ, **(environment or {})}, preexec_fn=_in_child(cores))


def run(command, seconds, cores, first=False):
    """Runs to the end; its stdout. Its stderr says why when it fails. `first`: see put_first."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds, preexec_fn=_in_child(cores, first))
    except subprocess.TimeoutExpired:
        raise Failed(f"{os.path.basename(str(command[0]))} took more than {seconds:.0f} s") from None
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Failed(" / ".join(said[-3:]) or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def end(process, patience=3):
    """SIGTERM, and SIGKILL when that is not heard."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


class Ports:
    """Free ports from 23000 on, each used once: old connections in TIME_WAIT disturb nobody."""

    def __init__(self, first=23000, last=29999):
        self.next, self.first, self.last = first, first, last

    def take(self):
        while True:
            port, self.next = self.next, self.next + 1 if self.next < self.last else self.first
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    pass


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def _is_ready(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def wait_until_ready(process, log, port=None, url=None, seconds=60):
    """Until something listens on the port, or the URL answers 200."""
    deadline = time.monotonic() + seconds
    while not (_is_ready(url) if url else _listens(port)):
        if process.poll() is not None:
            with open(log, errors="replace") as said:
                raise Failed("did not start: " + " / ".join(said.read().splitlines()[-3:]))
        if time.monotonic() > deadline:
            raise Failed(f"is not ready after {seconds} s")
        time.sleep(0.005)
