"""docs/bridge.md is true: each of its examples is played against a real broker, as those of docs/protocol.md are."""
import json
import unittest

import protocol_doc_test as protocol
from bridge import KEYS, DropsSockets, Pairing
from harness import closed, receive
from operations import FreshBrokerCase, answering

VARIES = {"platform_id": r"PID_[0-9a-f]{16}", "note": r"for PID_[0-9a-f]{16}", "latency_ms": r"\d+"}


def same(example, actual):
    """As protocol_doc_test compares, and what differs between two runs of the bridge."""
    if isinstance(example, dict) and isinstance(actual, dict) and list(example) == list(actual):
        known = [k for k in example if isinstance(example[k], (str, int)) and "PID_" in str(example[k]) or k == "latency_ms"]
        for key in known:
            if not protocol.re.fullmatch(VARIES[key], str(actual[key])):
                return f"{key}: {actual[key]!r}"
        return next(filter(None, (same(example[k], actual[k]) if isinstance(example[k], dict) else
                                  protocol.same(example[k], actual[k], k) for k in example if k not in known)), None)
    return protocol.same(example, actual)


class BridgeDocument(DropsSockets, FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": ",".join(KEYS), "MDAI_BACKEND_RETRY_WINDOW": "200ms", "MDAI_SESSION_TTL": "180"}

    def setUp(self):
        super().setUp()
        self.document = protocol.Document(protocol.BRIDGE)

    async def say(self, ws, name, by):
        await ws.send(self.document.take(name, "sent by " + by))

    async def hear(self, ws, name, by):
        actual = await receive(ws)
        self.assertIsNone(same(self.document.json(name, "received by " + by), actual), f"{name} received by {by}: {actual}")

    async def joined(self, pairing, role):
        ws = await self.broker.connect(f"/ws/{role}?token={pairing.token}")
        Pairing.sockets.append(ws)
        await self.hear(ws, "joined", role)
        return ws

    async def test_every_example_is_played(self):
        self.token()
        await self.conversation()
        await self.endings()
        self.assertEqual(set(self.document.examples) - self.document.visited, set(), "examples that no step has played")

    def token(self):
        first, headers, body = self.document.http("auth", "request")
        status, got, answer = self.broker.request(*first.split(" ")[:2], headers, body)
        expected, fields, text = self.document.http("auth", "response")
        self.assertEqual(status, int(expected.split(" ")[1]))
        self.assertEqual({name: got[name] for name in fields}, fields)
        self.assertIsNone(same(json.loads(text), json.loads(answer)))

    async def conversation(self):
        pairing = Pairing(self.broker)
        hardware, app = await self.joined(pairing, "hardware"), await self.joined(pairing, "app")
        await self.hear(hardware, "app_came", "hardware")
        await self.say(hardware, "to_backend", "hardware")
        await self.hear(hardware, "nobody", "hardware")
        await self.say(app, "to_hardware", "app")
        await self.hear(hardware, "from_app", "hardware")
        await self.say(hardware, "to_app", "hardware")
        await self.hear(app, "from_hardware", "app")
        await self.say(app, "status", "app")
        await self.hear(app, "status", "app")
        self.backend.verify = answering(200, self.document.json("answer", "received by app")["data"])
        await self.say(hardware, "to_backend", "hardware")
        await self.hear(app, "answer", "app")
        await self.hear(hardware, "answer", "hardware")
        self.backend.verify = answering(503)
        await self.say(hardware, "to_backend", "hardware")
        await self.hear(hardware, "pending", "hardware")
        await receive(app)
        await hardware.close()
        await self.hear(app, "hardware_went", "app")
        await self.say(app, "to_hardware", "app")
        await self.hear(app, "no_hardware", "app")

    async def endings(self):
        stranger = await self.broker.connect("/ws/hardware?token=nonsense")
        await self.hear(stranger, "refused", "hardware")
        self.assertEqual(await closed(stranger), 4401)
        brief = self.another_broker(HARDWARE_API_KEYS=KEYS[0], MDAI_SESSION_TTL="1s")
        hardware = await Pairing(brief).connect("hardware")
        await self.hear(hardware, "expired", "hardware")
        self.assertEqual(await closed(hardware), 4401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
