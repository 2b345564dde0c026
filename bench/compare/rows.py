"""What is compared: rows of contenders that are run in turn, and what their figures have to be."""
from dataclasses import dataclass, field
from typing import Callable

import measures
import servers
from measures import Load

CPU = "server.cpu_ns_per_message"


@dataclass
class Contender:
    name: str
    measure: Callable  # (lab, effort) -> {metric: number}


@dataclass
class Check:
    """A target: `metric` of `of`, divided by that of `by` if there is one, is at most (or at least) `limit`."""
    what: str
    of: str
    metric: str
    limit: float  # or what makes it of the run's figures
    by: str = ""
    at_least: bool = False
    scale: float = 1
    unit: str = "x"


@dataclass
class Row:
    key: str
    title: str
    contenders: list
    checks: list
    shows: list = field(default_factory=list)  # (metric, scale, unit) that the table of contenders has

    def judged(self, effort):
        """In a hurry some rows are not at the size that their targets speak of."""
        at_size = (isinstance(one.measure, Load) and not one.measure.is_scaled() for one in self.contenders)
        return not effort.quick or all(at_size)


BROKER, BEAST = "broker", "bare Beast"
NODE, AS_BUILT, FAIR = "Node ws", "FastAPI as-built", "FastAPI fair"
MICROSECONDS, PER_SECOND = (CPU, 1e-3, "us CPU/message"), ("result.messages_per_second", 1, "messages/s")
P50, P99 = ("result.round_trip_us.p50", 1, "us p50"), ("result.round_trip_us.p99", 1, "us p99")


def contender(name, server, *arguments, first=False, **settings):
    return Contender(name, Load(server, settings, arguments, first))


def relay_plain(window):
    load = ["relay", "--window", window, "--pairs", measures.PAIRS]
    everybody = [contender(BROKER, servers.broker, *load), contender(BEAST, servers.beast, *load),
                 contender(NODE, servers.node, *load), contender(AS_BUILT, servers.fastapi, *load, variant="as-built"),
                 contender(FAIR, servers.fastapi, *load, variant="fair"),
                 contender("mosquitto", servers.mosquitto, *load), contender("nats-server", servers.nats, *load)]
    checks = {1: [Check("CPU per relayed message, window 1, against bare Beast", BROKER, CPU, 0.95, BEAST),
                  Check("the same against FastAPI (as-built)", BROKER, CPU, 0.10, AS_BUILT),
                  Check("the same against FastAPI (fair)", BROKER, CPU, 0.10, FAIR),
                  Check("the same against Node ws", BROKER, CPU, 0.36, NODE)],
              16: [Check("CPU per relayed message, window 16, against bare Beast", BROKER, CPU, 0.28, BEAST)]}[window]
    return Row(f"relay-{window}", f"Relay, plain, window {window}", everybody, checks, [MICROSECONDS, PER_SECOND, P50, P99])


def relay_tls(window, limit):
    load = ["relay", "--window", window, "--pairs", measures.PAIRS]
    return Row(f"wss-{window}", f"Relay, wss, window {window}",
               [contender(BROKER, servers.broker, *load, tls=True), contender(BEAST, servers.beast, *load, tls=True)],
               [Check(f"wss, window {window}, CPU per message against bare Beast", BROKER, CPU, limit, BEAST)],
               [MICROSECONDS, PER_SECOND, P50, P99])


RATE = ["rate", "--rate", 5000, "--pairs", measures.PAIRS]
LATENCIES = [("server.cpu_ns_per_message", 1e-3, "us CPU/message"), ("result.latency_us.p50", 1, "us p50"),
             ("result.latency_us.p99", 1, "us p99"), ("result.latency_us.p999", 1, "us p99.9")]


def steady_rate():
    return Row("rate", "5,000 messages/s, latency from the intended send time",
               [contender(BROKER, servers.broker, *RATE, first=True), contender(BEAST, servers.beast, *RATE, first=True),
                contender(NODE, servers.node, *RATE, first=True), contender("mosquitto", servers.mosquitto, *RATE, first=True),
                contender("nats-server", servers.nats, *RATE, first=True)],
               [Check("CPU per message at 5,000 messages/s against bare Beast", BROKER, CPU, 1.10, BEAST),
                Check("p50 latency at 5,000 messages/s against bare Beast", BROKER, "result.latency_us.p50", 1.10, BEAST)],
               LATENCIES)


def idle_beside():
    beside = [*RATE, "--idle-beside", measures.Scaled(10000, 1000)]
    return Row("idle-beside", "5,000 messages/s with 10,000 idle connections beside them",
               [contender("alone", servers.broker, *RATE, first=True),
                contender("beside idle ones", servers.broker, *beside, first=True),
                contender("bare Beast alone", servers.beast, *RATE, first=True),
                contender("bare Beast beside idle ones", servers.beast, *beside, first=True)],
               [Check("p99 at 5,000 messages/s beside 10,000 idle, against alone", "beside idle ones",
                      "result.latency_us.p99", 1.25, "alone")], LATENCIES)


def loops(window):
    """Two loops and the load generator share the cores: nobody is pinned, on either side. With window 1 the generator, one
    thread, cannot keep two loops busy, so they sleep and wake; with window 16 it can."""
    load = ["relay", "--window", window, "--pairs", 4 * measures.PAIRS]
    return Row(f"loops-{window}", f"Two loops against one, relay, window {window}",
               [contender("one loop", servers.broker, *load, cores="anywhere"),
                contender("two loops", servers.broker, *load, loops=2, cores="anywhere")],
               [Check(f"two loops against one, window {window}, CPU per message", "two loops", CPU, 1.20, "one loop")],
               [MICROSECONDS, PER_SECOND, P50, P99])


def idle():
    load = ["idle", "--connections", measures.Scaled(10000, 1000)]
    size = "result.bytes_per_connection"
    return Row("idle", "Memory of an idle connection (RSS; the broker's are authenticated sessions)",
               [contender("broker, plain", servers.broker, *load), contender("broker, TLS", servers.broker, *load, tls=True),
                contender("bare Beast, plain", servers.beast, *load), contender("bare Beast, TLS", servers.beast, *load, tls=True),
                contender("Node ws, plain", servers.node, *load)],
               [Check("idle authenticated connection, plain", "broker, plain", size, 6, scale=1 / 1024, unit="KB"),
                Check("idle authenticated connection, TLS", "broker, TLS", size, 20, scale=1 / 1024, unit="KB")],
               [(size, 1 / 1024, "KB/connection"), ("result.bytes_per_both", 1 / 1024, "KB with its session")])


def handshakes():
    cost, rate = "server.cpu_ns_per_handshake", "result.handshakes_per_second"
    return Row("handshake", "TLS 1.3 handshakes, ECDSA P-256",
               [contender(BROKER, servers.broker, "handshake", tls=True), contender(BEAST, servers.beast, "handshake", tls=True),
                contender("broker, resumed", servers.broker, "handshake", "--resume", tls=True),
                contender("bare Beast, resumed", servers.beast, "handshake", "--resume", tls=True)],
               [Check("TLS 1.3 handshake, CPU against bare Beast", BROKER, cost, 1.05, BEAST),
                Check("a resumed handshake is resumed: CPU against a full one", "broker, resumed", cost, 0.9, BROKER)],
               [(cost, 1e-3, "us CPU/handshake"), (rate, 1, "handshakes/s")])


def churn():
    """Without a target. Whoever speaks the protocol authenticates; the bare relay only shakes hands."""
    cost, rate = "server.cpu_ns_per_connection", "result.connections_per_second"
    return Row("churn", "Connections that come, authenticate and go",
               [contender(BROKER, servers.broker, "churn"), contender("broker, TLS", servers.broker, "churn", tls=True),
                contender("bare Beast (no auth)", servers.beast, "churn"),
                contender(FAIR, servers.fastapi, "churn", variant="fair")], [],
               [(cost, 1e-3, "us CPU/connection"), (rate, 1, "connections/s"), ("result.ready_us.p50", 1, "us p50 until ready")])


def creation():
    def load(whole, quick, at_once=64):
        return ["create", "--concurrency", at_once, "--count", measures.Scaled(whole, quick)]

    rate = "result.sessions_per_second"
    return Row("create", "Session creation over HTTP, 64 at once, durable when answered",
               [contender(BROKER, servers.broker, *load(20000, 2000)),
                contender("broker, 512 at once", servers.broker, *load(20000, 2000, at_once=512)),
                contender(AS_BUILT, servers.fastapi, *load(500, 100), variant="as-built"),
                contender(FAIR, servers.fastapi, *load(3000, 500), variant="fair")],
               [Check("session creation over HTTP against FastAPI + SQLite (as-built)", BROKER, rate, 30, AS_BUILT,
                      at_least=True),
                Check("the same against FastAPI + SQLite (fair)", BROKER, rate, 30, FAIR, at_least=True)],
               [(rate, 1, "sessions/s"), ("server.cpu_ns_per_session", 1e-3, "us CPU/session"),
                ("result.answer_us.p50", 1e-3, "ms p50"), ("result.answer_us.p99", 1e-3, "ms p99")])


def group_commit():
    per_second, p99, sync = "stores_per_second", "p99_ms", "disk_sync_p50_ms"
    return Row("commit", "512 creators at once in the journal's actor, against a sync for each session",
               [Contender("512 at once", measures.group_commit(512)), Contender("one at a time", measures.group_commit(1))],
               [Check("512 at once against a sync for each session", "512 at once", per_second, 50, "one at a time",
                      at_least=True),
                Check("p99 of 512 at once: three syncs of the disk and 5 ms", "512 at once", p99,
                      lambda run: 3 * run[sync] + 5, unit="ms")],
               [(per_second, 1, "sessions/s"), ("p50_ms", 1, "ms p50"), (p99, 1, "ms p99"),
                (sync, 1, "ms for the disk's own sync")])


def recovery():
    return Row("recovery", "Ready again after a crash with 1,000,000 sessions journaled",
               [Contender(BROKER, measures.recovery)],
               [Check("ready again with 1,000,000 sessions journaled", BROKER, "seconds", 3, unit="s"),
                Check("memory then", BROKER, "peak_bytes", 600, scale=1 / 1e6, unit="MB")],
               [("sessions", 1, "sessions"), ("seconds", 1, "s until ready"), ("resident_bytes", 1e-6, "MB resident"),
                ("peak_bytes", 1e-6, "MB at most")])


def deadlines():
    return Row("deadlines", "100,000 live sessions and their deadlines", [Contender(BROKER, measures.deadlines)],
               [Check("deadlines of 100,000 sessions: early ones", BROKER, "result.early", 0, unit=""),
                Check("deadlines: p99.9 late", BROKER, "result.late_us.p999", 50, scale=1e-3, unit="ms"),
                Check("share of a core while 100,000 sessions live and end", BROKER, "server.cpu_share", 2, scale=100, unit="%")],
               [("result.late_us.p50", 1e-3, "ms late p50"), ("result.late_us.p999", 1e-3, "ms late p99.9"),
                ("server.cpu_share", 100, "% of a core")])


def growth():
    load = ["relay", "--window", 1, "--pairs", measures.PAIRS, "--live-sessions"]
    hour = {"MDAI_SESSION_TTL": "1h"}
    return Row("growth", "Relay while other sessions live, window 1",
               [contender("100 sessions", servers.broker, *load, 100, **hour),
                contender("50,000 sessions", servers.broker, *load, measures.Scaled(50000, 2000), **hour)],
               [Check("relay cost from 100 to 50,000 sessions", "50,000 sessions", CPU, 1.10, "100 sessions")], [MICROSECONDS])


def all_rows():
    return [relay_plain(1), relay_plain(16), steady_rate(), idle_beside(), loops(1), loops(16), relay_tls(1, 0.90), relay_tls(16, 0.25),
            idle(), handshakes(), churn(), group_commit(), creation(), recovery(), deadlines(), growth()]
