"""How one run's figures come about."""
import json
import os
import time
from dataclasses import dataclass
from statistics import median

import servers
from processes import cores_for, put_first, run

PAIRS = 16


@dataclass
class Effort:
    """How much is done: in a hurry, only enough to see that all works."""
    quick: bool
    seconds: float
    warmup: float


@dataclass
class Scaled:
    """A number that is smaller in a hurry."""
    whole: int
    quick: int

    def at(self, effort):
        return self.quick if effort.quick else self.whole


def flat(tree, prefix=""):
    """{"a": {"b": 1}} as {"a.b": 1}; numbers only."""
    out = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{name}."))
        elif isinstance(value, (int, float)):
            out[prefix + name] = value
    return out


TIMED = {"relay", "rate", "handshake", "churn"}  # run for a time; the others until they have done what they have to do


def load(lab, effort, running, verb, *arguments, cores="load", first=False):
    """One run of mdai-load. `first`: it and the server run before other programs of the machine."""
    if first:
        put_first(running.process.pid)
    timed = ["--seconds", effort.seconds, "--warmup", effort.warmup] if verb in TIMED else []
    said = run([lab.bench / "load" / "mdai-load", verb, *running.load_arguments(verb), *arguments, *timed, "--json", "-"],
               180 + 3 * effort.seconds, cores_for(cores), first)
    report = json.loads(said)
    return flat({part: report.get(part, {}) for part in ("result", "server", "load")})


@dataclass
class Load:
    """A run of mdai-load against a fresh server."""
    server: object
    settings: dict
    arguments: list
    first: bool = False

    def is_scaled(self):
        return any(isinstance(word, Scaled) for word in self.arguments)

    def __call__(self, lab, effort):
        verb, *arguments = [word.at(effort) if isinstance(word, Scaled) else word for word in self.arguments]
        with self.server(lab, **self.settings) as running:
            return load(lab, effort, running, verb, *arguments, cores=self.settings.get("cores", "load"),
                        first=self.first)


def disk_sync_ms(directory, rounds=100):
    """Median time of a sync after overwriting 512 bytes of a file that has its place on the disk: the least one can wait."""
    block, times = b"x" * 512, []
    descriptor = os.open(directory / "sync-probe", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, block * rounds)
        os.fsync(descriptor)
        for i in range(rounds):
            os.pwrite(descriptor, block, i * len(block))
            begin = time.perf_counter()
            os.fdatasync(descriptor)
            times.append((time.perf_counter() - begin) * 1e3)
    finally:
        os.close(descriptor)
    return median(times)


def group_commit(creators):
    def measure(lab, effort):
        with lab.directory() as home:
            sync = disk_sync_ms(home)
            said = run([lab.bench / "micro" / "bench_group_commit", home / "journal", creators, effort.seconds],
                       60 + effort.seconds, cores_for("anywhere"))
            return {**json.loads(said), "disk_sync_p50_ms": sync}
    return measure


def memory_of(pid):
    """Resident bytes, and their peak."""
    with open(f"/proc/{pid}/status") as status:
        kilobytes = {line.split(":")[0]: line.split()[1] for line in status if line.startswith(("VmRSS", "VmHWM"))}
    return {"resident_bytes": int(kilobytes["VmRSS"]) * 1024, "peak_bytes": int(kilobytes["VmHWM"]) * 1024}


def recovery(lab, effort):
    """A journal as a crash leaves it, and a broker that starts on it."""
    count, key = Scaled(1000000, 20000).at(effort), "a storage key for benchmarks, 32 bytes or more"
    with lab.directory() as home:
        run([lab.bench / "fill" / "mdai-journal-fill", "--path", home / "journal", "--key", key, "--count", count], 300,
            cores_for("anywhere"))
        begin = time.perf_counter()
        with servers.broker(lab, home=home, STORAGE_KEY=key, MDAI_SESSION_TTL="24h", cores="anywhere") as running:
            return {"sessions": count, "seconds": time.perf_counter() - begin, **memory_of(running.process.pid)}


def deadlines(lab, effort):
    """How punctual the ends are; the CPU is that of the wait and of all the ends."""
    count, life = Scaled(100000, 2000).at(effort), Scaled(120, 6).at(effort)
    with servers.broker(lab, MDAI_SESSION_TTL=f"{life}s") as running:
        return load(lab, effort, running, "sessions", "--count", count, "--seconds", life + 20)
