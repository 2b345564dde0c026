"""The servers under comparison. Each start is fresh: own directory, own ports, nothing left of the run before."""
import contextlib
import pathlib
import secrets
import shutil
import tempfile
from dataclasses import dataclass

from processes import Failed, Ports, cores_for, end, run, spawn, wait_until_ready

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench" / "peers"
SPEAKING = {"relay", "rate", "idle", "churn"}  # verbs of mdai-load that have a dialect


@dataclass
class Running:
    """A server that is ready, and how mdai-load speaks with it."""
    process: object
    url: str
    dialect: str
    qr_key: str = ""

    def load_arguments(self, verb):
        out = ["--target", self.url, "--pid", self.process.pid]
        out += ["--insecure"] if self.url.startswith("wss") else []
        if verb in SPEAKING:
            out += ["--dialect", self.dialect] + (["--qr-key", self.qr_key] if self.qr_key else [])
        return out


class Lab:
    """What all runs share: the binaries, one certificate, one simulated platform, and a directory for all that is made."""

    def __init__(self, build, broker=None):
        self.broker = broker or build / "actors" / "mdai-broker"
        self.bench = build / "bench"
        self.ports = Ports()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="compare-", dir=build))  # on a disk, not in a tmpfs
        self.certificate, self.key = self.home / "cert.pem", self.home / "key.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key, "-out",
             self.certificate], 30, cores_for("load"))
        self.platform_port = self.ports.take()
        log = self.home / "platform.log"
        self.platform = spawn([self.bench / "sim" / "mdai-sim", "backend", "--port", self.platform_port, "-q"], log,
                              cores_for("load"))
        wait_until_ready(self.platform, log, port=self.platform_port)

    def close(self):
        end(self.platform)
        shutil.rmtree(self.home, ignore_errors=True)

    @contextlib.contextmanager
    def directory(self):
        made = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    @contextlib.contextmanager
    def serve(self, command, log, cores="server", environment=None, at_once=False, **ready):
        """Runs a server while the block runs. `at_once`: nothing of it is kept, so it need not end in good order."""
        process = spawn(command, log, cores_for(cores), environment, log.parent)
        try:
            wait_until_ready(process, log, **ready)
            yield process
            if process.poll() is not None:
                raise Failed(f"the server died: {log.read_text(errors='replace').splitlines()[-1:]}")
        finally:
            if at_once and process.poll() is None:
                process.kill()
            end(process)


def broker_settings(lab, home, port, tls_port, admin_port, **settings):
    """Development settings; limits that would stop a load generator are out of its way, all else is as delivered."""
    return {
        "MDAI_MODE": "development", "SERVER_HOST": "127.0.0.1", "SERVER_PORT": port, "MDAI_TLS_PORT": tls_port,
        "MDAI_TLS_CERT": lab.certificate, "MDAI_TLS_KEY": lab.key, "MDAI_ADMIN_PORT": admin_port, "DB_PATH": home / "journal",
        "JWT_SECRET": secrets.token_hex(32), "QR_ENCRYPTION_KEY": secrets.token_hex(32), "STORAGE_KEY": secrets.token_hex(32),
        "DEVICE_MASTER_SECRET": secrets.token_hex(32), "ADMIN_TOKEN": secrets.token_hex(32),
        "BACKEND_VALIDATE_URL": f"http://127.0.0.1:{lab.platform_port}/validate",
        "BACKEND_API_URL": f"http://127.0.0.1:{lab.platform_port}/verify", "BACKEND_API_KEY": secrets.token_hex(32),
        "MDAI_LIMITS_MESSAGES_PER_SECOND": 1000000, "MDAI_LIMITS_MESSAGE_BURST": 1000000,
        "MDAI_LIMITS_SOCKETS_PER_ADDRESS": 1000000, "MDAI_SERVER_LOOPS": 1, **settings}


@contextlib.contextmanager
def broker(lab, tls=False, loops=1, cores="server", home=None, **settings):
    with contextlib.ExitStack() as cleanup:
        home = home or cleanup.enter_context(lab.directory())
        port, tls_port, admin_port = (lab.ports.take() for _ in range(3))
        chosen = broker_settings(lab, home, port, tls_port, admin_port, MDAI_SERVER_LOOPS=loops, **settings)
        (home / "env").write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
        (home / "env").chmod(0o600)
        process = cleanup.enter_context(lab.serve([lab.broker, "serve", "--env-file", home / "env"], home / "log", cores,
                                                  at_once=True, url=f"http://127.0.0.1:{port}/readyz"))
        url = f"wss://127.0.0.1:{tls_port}" if tls else f"ws://127.0.0.1:{port}"
        yield Running(process, url, "mdai", chosen["QR_ENCRYPTION_KEY"])


@contextlib.contextmanager
def beast(lab, tls=False):
    port = lab.ports.take()
    certificate = ["--tls", lab.certificate, lab.key] if tls else []
    with lab.directory() as home, lab.serve([lab.bench / "peers" / "beast" / "beast-relay", "--port", port, *certificate],
                                            home / "log", port=port) as process:
        yield Running(process, f"{'wss' if tls else 'ws'}://127.0.0.1:{port}", "raw")


@contextlib.contextmanager
def node(lab):
    port = lab.ports.take()
    with lab.directory() as home, lab.serve(["node", PEERS / "node" / "relay.js", port], home / "log",
                                            environment={"NODE_ENV": "production"}, port=port) as process:
        yield Running(process, f"ws://127.0.0.1:{port}", "raw")


@contextlib.contextmanager
def fastapi(lab, variant):
    port, qr_key = lab.ports.take(), secrets.token_hex(32)
    with lab.directory() as home:
        environment = {"JWT_SECRET": secrets.token_hex(32), "QR_ENCRYPTION_KEY": qr_key, "DB_PATH": str(home / "sessions.db"),
                       "BACKEND_VALIDATE_URL": f"http://127.0.0.1:{lab.platform_port}/validate"}
        with lab.serve(["/usr/bin/python3", "-B", PEERS / "fastapi" / "app.py", "--port", port, "--variant", variant],
                       home / "log", environment=environment, port=port) as process:
            yield Running(process, f"ws://127.0.0.1:{port}", "mdai", qr_key)


@contextlib.contextmanager
def mosquitto(lab):
    """With a listener for plain MQTT, which nobody uses: Debian's mosquitto does not start with WebSocket alone."""
    port, plain = lab.ports.take(), lab.ports.take()
    with lab.directory() as home:
        (home / "conf").write_text(f"listener {plain} 127.0.0.1\nlistener {port} 127.0.0.1\nprotocol websockets\n"
                                   "allow_anonymous true\npersistence false\nset_tcp_nodelay true\nmax_queued_messages 0\n"
                                   "log_type error\nlog_dest stderr\nuser root\n")
        with lab.serve([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", home / "conf"], home / "log",
                       port=port) as process:
            yield Running(process, f"ws://127.0.0.1:{port}", "mqtt")


@contextlib.contextmanager
def nats(lab):
    port, plain = lab.ports.take(), lab.ports.take()
    with lab.directory() as home:
        (home / "conf").write_text(f"host: 127.0.0.1\nport: {plain}\nmax_connections: 200000\nlogtime: false\n"
                                   f"websocket {{ host: 127.0.0.1, port: {port}, no_tls: true, compression: false }}\n")
        with lab.serve([shutil.which("nats-server") or "/usr/sbin/nats-server", "-c", home / "conf"], home / "log",
                       environment={"GOMAXPROCS": "1"}, port=port) as process:
            yield Running(process, f"ws://127.0.0.1:{port}", "nats")
