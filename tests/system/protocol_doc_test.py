"""docs/protocol.md is true: each of its examples is played against a real broker, its tables are compared with the sources.

An example is a fenced block behind `<!-- example: NAME ROLE -->`. What a client sends is sent as it stands there, with this run's
ids and tokens; what comes from the broker must have the same keys and, apart from ids, tokens and times, the same values.
"""
import asyncio
import contextlib
import json
import pathlib
import re
import unittest

from harness import Backend, Broker, Session, closed, receive, send
from operations import fill_disk

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
BRIDGE = (ROOT / "docs/bridge.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^<!-- example: (\w+) ?([\w ]*) -->\n```(json|http)\n(.*?)^```$", re.M | re.S)

# What differs from run to run, and how it always looks.
VOLATILE = {
    "session_id": r"[0-9a-f]{24}", "Idempotency-Key": r"[0-9a-f]{24}", "token": r"[\w.-]{100,}", "ws_token": r"[\w.-]{100,}",
    "qr_encrypted": r"[A-Za-z0-9+/]{100,}=*", "expires_in": r"1[78]\d", "timestamp": r"\d{10}|2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "expires_at": r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "uptime_seconds": r"\d+", "version": r"\d+\.\d+\.\d+", "node": r".+",
}


class Document:
    """The examples by (name, role), and which of them a test has used."""

    def __init__(self, text):
        found = [((name, role), body) for name, role, _, body in EXAMPLE.findall(text)]
        self.examples = dict(found)
        assert len(self.examples) == len(found) == len(re.findall("^<!-- example:", text, re.M)), "an example is twice, or not well-formed"
        self.visited = set()

    def take(self, name, role=""):
        self.visited.add((name, role))
        return self.examples[name, role]

    def json(self, name, role=""):
        return json.loads(self.take(name, role))

    def http(self, name, role):
        """(first line, headers, body) of an example of HTTP."""
        head, _, body = self.take(name, role).partition("\n\n")
        first, *lines = head.strip().split("\n")
        return first, dict(line.split(": ", 1) for line in lines), body.strip()


def same(example, actual, key=""):
    """Nothing when they agree, else where they differ."""
    if key in VOLATILE:
        ok = type(example) is type(actual) and re.fullmatch(VOLATILE[key], str(actual))
        return None if ok else f"{key}: {actual!r}"
    if isinstance(example, dict) and isinstance(actual, dict):
        if list(example) != list(actual):
            return f"{key}: keys {list(actual)}, in the document {list(example)}"
        return next(filter(None, (same(example[k], actual[k], k) for k in example)), None)
    return None if type(example) is type(actual) and example == actual else f"{key}: {actual!r}, in the document {example!r}"


class Table:
    """The rows of the document's table under that header, without Markdown."""

    def __init__(self, header, document=DOCUMENT):
        at = document.index("| " + header)
        lines = document[at:].split("\n\n")[0].split("\n")[2:]
        self.rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def code(self, column):
        """What stands in backquotes there, row by row."""
        return [text for row in self.rows for text in re.findall(r"`([^`]+)`", row[column])]


class Play(unittest.IsolatedAsyncioTestCase):
    maxDiff = None

    def setUp(self):
        self.document = Document(DOCUMENT)
        self.backend = Backend()
        self.addCleanup(self.backend.close)
        self.backend.validate = self.validate

    def validate(self, handler, _):
        self.assertEqual(handler.headers["Authorization"], "Bearer user-token")
        handler.answer(200, self.document.json("validate", "answered by the platform"))

    def start(self, **settings):
        broker = Broker(self.backend, **settings)
        self.addCleanup(broker.close)
        return broker

    # -- what a step does ---------------------------------------------------------------------------------------------

    def exchange(self, broker, name, request=None, session_id=None):
        """Sends the example's request (or that one), compares the answer; its body."""
        first, headers, _ = request or self.document.http(name, "request")
        method, path, _ = first.split(" ")
        if session_id:
            path = re.sub("[0-9a-f]{24}", session_id, path)
        status, got, body = broker.request(method, path, headers)
        expected, fields, text = self.document.http(name, "response")
        self.assertEqual(status, int(expected.split(" ")[1]), name)
        for field, value in fields.items():
            self.assertEqual(got[field], value, f"{name}: {field}")
        if text:
            self.assertIsNone(same(json.loads(text), json.loads(body)), name)
        return body

    def create(self, broker):
        status, _, body = broker.get("/api/mobile/create-session", {"Authorization": "Bearer user-token"})
        self.assertEqual(status, 200, body)
        return Session(broker, json.loads(body))

    async def say(self, ws, name, by, session=None, **change):
        message = self.document.json(name, "sent by " + by)
        if session:
            message["session_id"] = session.id
            message["bearer_token"] = session.mobile_token if by == "mobile" else session.device_token
        await send(ws, **{**message, **change})

    async def hear(self, ws, name, by):
        self.assertIsNone(same(self.document.json(name, "received by " + by), await receive(ws)), f"{name} received by {by}")

    async def pair(self, broker):
        session = self.create(broker)
        mobile, device = await broker.connect("/ws/mobile"), await broker.connect(
            "/ws/device", extra_headers={"X-Request-Id": "01JD6Z3V9P"})
        await self.say(mobile, "auth_mobile", "mobile", session)
        await self.hear(mobile, "auth_success_mobile", "mobile")
        await self.say(device, "auth_device", "device", session)
        await self.hear(device, "auth_success_device", "device")
        await self.hear(mobile, "device_connected", "mobile")
        await self.hear(device, "mobile_connected", "device")
        return session, mobile, device

    # -- the chapters -------------------------------------------------------------------------------------------------

    async def test_every_example_is_played(self):
        broker = self.start(MDAI_SERVER_PUBLIC_URL="https://broker.example.com", MDAI_BACKEND_RETRY_WINDOW="500ms",
                            MDAI_CORS_ALLOWED_ORIGINS="https://app.example.com")
        self.requests(broker)
        await self.conversation(broker)
        await self.comings_and_goings(broker)
        await self.refusals(broker)
        await self.results(broker)
        await self.full_disk(broker)
        await self.limits(self.start(MDAI_SESSION_TTL="2s", MDAI_AUTH_TIMEOUT="1s", MDAI_LIMITS_MESSAGES_PER_SECOND=1,
                                     MDAI_LIMITS_MESSAGE_BURST=5))
        self.assertEqual(set(self.document.examples) - self.document.visited, set(), "examples that no step has played")

    def requests(self, broker):
        for name in ("status", "health", "healthz", "readyz", "not_found", "preflight"):
            self.exchange(broker, name)
        self.exchange(broker, "error_unauthorized", ("GET /api/mobile/create-session HTTP/1.1", {"X-Request-Id": "01JD6Z3V9M"}, ""))
        answer = json.loads(self.exchange(broker, "create"))
        self.asked("validate")
        self.assertTrue(self.exchange(broker, "qr_svg", session_id=answer["session_id"]).startswith(b"<"))
        self.assertTrue(self.exchange(broker, "qr_png", session_id=answer["session_id"]).startswith(b"\x89PNG"))
        self.assertIsNone(same(self.document.json("qr_content"), Session(broker, answer).qr))
        self.assertIn("qr_svg", json.loads(broker.get("/api/mobile/create-session?qr=svg", {"Authorization": "Bearer user-token"})[2]))

    def asked(self, name):
        """The platform's last call is the example's."""
        first, headers, text = self.document.http(name, "asked of the platform")
        endpoint, got, body = self.backend.calls[-1]
        self.assertEqual(endpoint, first.split(" ")[1].strip("/"))
        for field, value in headers.items():
            self.assertIsNone(same(value, got.get(field), field), name)
        self.assertEqual(body.decode(), text)

    async def conversation(self, broker):
        _, mobile, device = await self.pair(broker)
        await self.say(mobile, "to_device", "mobile")
        await self.hear(device, "to_device", "device")
        await self.say(device, "to_mobile", "device")
        await self.hear(mobile, "to_mobile", "mobile")
        await self.say(device, "progress", "device")
        await self.hear(mobile, "progress", "mobile")
        await self.say(mobile, "pong", "mobile")  # silently: the next word is the ping's answer
        await self.say(mobile, "ping", "mobile")
        await self.hear(mobile, "pong", "mobile")
        await send(mobile, type="submit_result")
        await self.hear(mobile, "error_unknown_type", "mobile")
        await device.send("{")
        await self.hear(device, "error_bad_json", "device")
        await self.say(device, "submit_result", "device", consecutive_passes=4)
        await self.hear(device, "insufficient_passes", "device")
        await self.hear(mobile, "insufficient_passes", "mobile")
        await mobile.close(), await device.close()

    async def comings_and_goings(self, broker):
        session, mobile, device = await self.pair(broker)
        await device.close()
        await self.hear(mobile, "device_disconnected", "mobile")
        await self.say(mobile, "to_device", "mobile")
        await self.hear(mobile, "error_no_device", "mobile")
        device, _ = await session.device()
        await self.hear(mobile, "device_connected", "mobile")
        await self.hear(device, "mobile_connected", "device")
        await mobile.close()
        await self.hear(device, "mobile_disconnected", "device")
        await self.say(device, "to_mobile", "device")
        await self.hear(device, "error_no_mobile", "device")
        await device.close()

    async def refusals(self, broker):
        session, mobile, device = await self.pair(broker)
        stranger = await broker.connect("/ws/mobile")
        await self.say(stranger, "auth_mobile", "mobile", session, bearer_token="nonsense")
        await self.hear(stranger, "auth_failed", "mobile")
        self.assertEqual(await closed(stranger), 4401)
        other = await broker.connect("/ws/device")
        await self.say(other, "auth_device", "device", session, device_id="RDK_002")
        await self.hear(other, "auth_failed_multi_scan", "other device")
        await self.hear(mobile, "error_multi_scan", "mobile")
        self.assertEqual(await closed(other), 4409)
        reading = asyncio.ensure_future(device.recv())  # so that its library answers the broker's ping
        again = await broker.connect("/ws/device")
        await self.say(again, "auth_device", "device", self.create(broker))
        await self.hear(again, "auth_failed_busy", "device")
        self.assertEqual(await closed(again), 4409)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        await mobile.close(), await device.close()

    async def results(self, broker):
        for name, status in (("result_success", 200), ("result_failed", 422)):
            data = self.document.json(name, "received by mobile")["data"]
            self.backend.verify = lambda h, _, status=status, data=data: h.answer(
                status, json.dumps(data, separators=(",", ":")).encode())
            await self.result(broker, name)
        self.backend.verify = lambda h, _: h.answer(503, {}, [("Retry-After", "0")])
        await self.result(broker, "result_pending", pending=True)

    async def result(self, broker, name, pending=False):
        session, mobile, device = await self.pair(broker)
        await self.say(device, "submit_result", "device")
        await self.hear(mobile, name, "mobile")
        await self.hear(device, name, "device")
        self.asked("deliver")
        self.assertEqual(self.backend.results()[-1][0]["Idempotency-Key"], session.id)
        if pending:
            await self.say(device, "submit_result", "device")
            await self.hear(device, "error_second_result", "device")
            self.backend.verify = self.backend.accept_result
            self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])
        back, _ = await session.mobile()
        self.assertIs((await receive(back))["final"], True)
        self.assertEqual(await closed(back), 1000)

    async def full_disk(self, broker):
        _, mobile, device = await self.pair(broker)
        fill_disk(broker)
        await self.say(device, "submit_result", "device")
        await self.hear(device, "error_not_stored", "device")
        await mobile.close(), await device.close()

    async def limits(self, broker):
        session = self.create(broker)
        mobile, device = await session.pair()
        for _ in range(6):
            await self.say(mobile, "ping", "mobile")
        for _ in range(5):
            await self.hear(mobile, "pong", "mobile")
        await self.hear(mobile, "error_rate", "mobile")
        for ws, by in ((mobile, "mobile"), (device, "device")):
            await self.hear(ws, "session_expired", by)
            self.assertEqual(await closed(ws), 4401)


class Tables(unittest.TestCase):
    """What the tables of the document say is what the sources say."""

    def sources(self, *patterns):
        return "".join(file.read_text(encoding="utf-8") for pattern in patterns for file in sorted(ROOT.glob(pattern)))

    def test_close_codes(self):
        enum = re.findall(r"^\s+\w+ = (\d{4}),", self.sources("protocol/close_code.hpp"), re.M)
        self.assertEqual([row[0] for row in Table("Code | Meaning").rows], list(dict.fromkeys(enum)))

    def test_codes_of_http_errors(self):
        sources = self.sources("actors/api.cpp", "actors/api_bridge.cpp", "actors/routes.cpp", "actors/admin_routes.cpp",
                               "actors/http_answers.cpp", "transport/detail/*.cpp", "transport/http.cpp")
        methods = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
        named = set(re.findall(r'"([A-Z][A-Z_]{2,})"', sources)) - methods
        documented = Table("Status | `error_code` | Meaning").code(1) + Table("Status | `error_code` | |").code(1)
        self.assertEqual(set(documented), named)
        self.assertEqual(len(documented), len(set(documented)))

    def test_texts_of_websocket_errors(self):
        words = ("protocol/session_*.cpp", "protocol/messages.hpp")
        sources = self.sources(*words, "actors/*.cpp")
        text = r'"([A-Z][^"\\]* [^"\\]*)"'
        said = set(re.findall(text, self.sources(*words)))
        said |= set(re.findall(r"messages::error\(" + text, sources))
        documented = set(Table("`code` | `error`").code(1)) | set(Table("`error` | Close code").code(0))
        documented |= set(Table("`code` | `error`", BRIDGE).code(1))
        self.assertEqual(said - documented, set())
        sources += self.sources("protocol/bridge/*.cpp")
        self.assertEqual([text for text in documented if f'"{text}"' not in sources], [])

    def test_limits_and_times(self):
        defaults = dict(re.findall(r"^\| `([\w.]+)` \| [^|]* \| `([^`|]+)` \|", self.sources("docs/settings.md"), re.M))
        for name, default in zip(Table("Setting | Default").code(0), Table("Setting | Default").code(1)):
            self.assertEqual(defaults[name], default, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
