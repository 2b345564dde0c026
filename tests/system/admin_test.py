"""What operators see: the admin listener, metrics that Prometheus can read, the status that clients poll."""
import datetime
import json
import re
import socket
import unittest

import prometheus_text
from harness import BrokerCase, closed, free_port, receive, send, submit
from operations import FreshBrokerCase, eventually, metrics, run

BEARER = {"Authorization": "Bearer user-Somebody"}


def is_recent(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return abs(at - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(seconds=30)


class AdminListener(BrokerCase):
    def test_the_probes_are_open_and_the_rest_is_locked(self):
        for path, body in (("/healthz", {"status": "alive"}), ("/readyz", {"status": "ready"})):
            status, headers, answer = self.broker.admin(path, token=False)
            self.assertEqual((status, json.loads(answer)), (200, body))
            self.assertTrue(headers["Content-Type"].startswith("application/json"))
        self.assertEqual(self.broker.admin("/metrics", token=False)[0], 200)
        self.assertEqual(self.broker.admin("/actors")[0], 200)
        for authorization in (None, "Bearer ", "Bearer " + "0" * 64, "Basic " + self.broker.admin_token,
                              "Bearer " + self.broker.admin_token[:-1], "Bearer " + self.broker.admin_token + "0"):
            headers = {"Authorization": authorization} if authorization else {}
            status, headers, body = self.broker.get("/actors", headers, port=self.broker.admin_port)
            self.assertEqual((status, json.loads(body)["success"]), (401, False), authorization)
            self.assertEqual(headers["WWW-Authenticate"], "Bearer")

    def test_neither_listener_serves_the_other_ones_paths(self):
        bearer = {"Authorization": "Bearer " + self.broker.admin_token}
        for path in ("/metrics", "/actors", "/admin/", "/admin/sessions"):
            for tls in (False, True):
                self.assertEqual(self.broker.get(path, bearer, tls=tls)[0], 404, path)
        for path in ("/api/mobile/create-session", "/api/status", "/ws/mobile"):
            self.assertEqual(self.broker.get(path, BEARER, port=self.broker.admin_port)[0], 404, path)

    def test_the_public_probes_tell_the_status_only(self):
        for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
            for tls in (False, True):
                code, _, body = self.broker.get(path, tls=tls)
                self.assertEqual((code, json.loads(body)), (200, {"status": status}))


class LockedMetrics(BrokerCase):
    settings = {"MDAI_ADMIN_METRICS_OPEN": "false"}

    def test_metrics_can_be_locked_too(self):
        self.assertEqual(self.broker.admin("/metrics", token=False)[0], 401)
        self.assertEqual(self.broker.admin("/metrics")[0], 200)


class Metrics(FreshBrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "200ms"}

    def test_they_are_prometheus_text_with_the_house_s_names(self):
        _, headers, _ = self.broker.admin("/metrics")
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        families = metrics(self.broker)
        self.assertGreater(len(families), 25)
        for name, (kind, help_text, _) in families.items():
            self.assertRegex(name, "^mdai_[a-z][a-z0-9_]*$")
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
            self.assertGreater(len(help_text), 10, name)

    async def test_they_move_with_one_session(self):
        before = metrics(self.broker)
        session = self.broker.create("Somebody")
        mobile, device = await session.pair("RDK_secret")
        await send(mobile, type="to_device", data="PLT_Somebody")
        await receive(device)
        during = metrics(self.broker)
        await submit(device)
        self.assertTrue((await receive(mobile))["final"])
        await closed(mobile), await closed(device)
        gone = (("mdai_links", {"party": "mobile"}), ("mdai_links", {"party": "device"}), ("mdai_pairs", {}),
                ("mdai_sessions_active", {}))
        value = prometheus_text.value
        for name, labels in gone:
            self.assertEqual((value(before, name, **labels), value(during, name, **labels)), (0, 1), name)
        eventually(lambda: all(value(metrics(self.broker), n, **labels) == 0 for n, labels in gone), "everybody has left")
        after = metrics(self.broker)
        for name, moved in (("mdai_sessions_created_total", 1), ("mdai_connections_total", 2),
                            ("mdai_results_submitted_total", 1), ("mdai_outbox_delivered_total", 1),
                            ("mdai_backend_calls_total", 2), ("mdai_backend_errors_total", 0), ("mdai_outbox_waiting", 0),
                            ("mdai_session_messages_total", 2), ("mdai_multi_scans_total", 0)):
            self.assertEqual(value(after, name) - value(before, name), moved, name)
        self.assertGreaterEqual(value(after, "mdai_journal_commits_total") - value(before, "mdai_journal_commits_total"), 4)
        calls = after["mdai_backend_call_seconds"][2]
        self.assertEqual(calls["mdai_backend_call_seconds_count", frozenset()], 2)

    async def test_they_hold_no_secret_and_nobody_s_data(self):
        session = self.broker.create("Somebody")
        mobile, device = await session.pair("RDK_secret")
        await submit(device)
        await closed(mobile), await closed(device)
        text = "".join(self.broker.admin(path)[2].decode() for path in ("/metrics", "/actors"))
        text += self.broker.get("/api/status")[2].decode()
        for secret in ("Somebody", "RDK_secret", session.id, session.mobile_token, session.device_token, "platform-key",
                       *(self.broker.env[k] for k in ("JWT_SECRET", "STORAGE_KEY", "ADMIN_TOKEN", "QR_ENCRYPTION_KEY"))):
            self.assertNotIn(secret, text)

    async def test_actors_are_counted_and_go_with_their_work(self):
        def actors():
            return {a.pop("type"): a for a in json.loads(self.broker.admin("/actors")[2])["actors"]}
        found = actors()
        self.assertEqual((found["mdai.persistence"]["alive"], found["mdai.outbox"]["alive"]), (1, 1))
        mobile, device = await self.broker.create().pair()
        found = actors()
        self.assertEqual(set(found["mdai.session"]), {"alive", "spawned", "failed", "restarted", "mailbox", "messages"})
        self.assertEqual((found["mdai.session"]["alive"], found["mdai.connection"]["alive"]), (1, 2))
        await mobile.close(), await device.close()
        eventually(lambda: actors()["mdai.connection"]["alive"] == 0, "the connections' actors end")
        self.assertEqual(sum(a["failed"] for a in actors().values()), 0)


class Status(FreshBrokerCase):
    settings = {"MDAI_SERVER_NODE": "kiosk-hall-7"}

    def status(self):
        code, headers, body = self.broker.get("/api/status")
        self.assertEqual(code, 200)
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        return json.loads(body)

    def test_health_has_exactly_its_fields(self):
        code, _, body = self.broker.get("/api/health")
        answer = json.loads(body)
        self.assertEqual((code, set(answer), answer["status"]), (200, {"status", "timestamp"}, "healthy"))
        self.assertTrue(is_recent(answer["timestamp"]))

    async def test_status_has_exactly_its_fields_and_counts_right(self):
        def counts():
            s = self.status()
            return (s["active_sessions"], s["websocket_pairs"], s["multi_scan_detected"], s["connections"])
        answer = self.status()
        self.assertEqual(set(answer), {"status", "active_sessions", "websocket_pairs", "multi_scan_detected", "connections",
                                       "uptime_seconds", "version", "node", "timestamp"})
        self.assertEqual((answer["status"], answer["node"]), ("running", "kiosk-hall-7"))
        self.assertIs(type(answer["uptime_seconds"]), int)
        self.assertRegex(answer["version"], r"^\d+\.\d+")
        self.assertTrue(is_recent(answer["timestamp"]))
        self.assertEqual(counts(), (0, 0, 0, {"mobile": 0, "device": 0}))
        session = self.broker.create()
        mobile, _ = await session.mobile()
        self.assertEqual(counts(), (1, 0, 0, {"mobile": 1, "device": 0}))
        device, _ = await session.device()
        self.assertEqual(counts(), (1, 1, 0, {"mobile": 1, "device": 1}))
        await closed((await session.device("RDK_other"))[0])
        self.assertEqual(counts(), (1, 1, 1, {"mobile": 1, "device": 1}))
        await mobile.close(), await device.close()
        eventually(lambda: counts() == (1, 0, 1, {"mobile": 0, "device": 0}), "both have left")
        self.broker.restart()
        self.assertEqual(counts()[0], 1)


class Settings(FreshBrokerCase):
    settings = {"LOG_LEVEL": "error"}

    def test_flags_beat_the_environment_beats_dotenv_beats_toml(self):
        node = re.compile(r"^server\.node\s+= (\S+)", re.MULTILINE)

        def shown(*flags, **environment):
            code, said = run(self.broker, "check-config", *flags, **environment)
            self.assertEqual(code, 0, said)
            return node.search(said)[1].strip('"')
        with open(self.broker.home + "/mdai-broker.toml", "w", encoding="utf-8") as f:
            f.write('[server]\nnode = "from-toml"\n')
        self.assertEqual(shown(), "from-toml")
        self.broker.write_dotenv({"MDAI_SERVER_NODE": "from-dotenv"})
        self.assertEqual(shown(), "from-dotenv")
        self.assertEqual(shown(MDAI_SERVER_NODE="from-env"), "from-env")
        self.assertEqual(shown("--server.node", "from-flag", MDAI_SERVER_NODE="from-env"), "from-flag")
        self.broker.restart()
        self.assertEqual(json.loads(self.broker.get("/api/status")[2])["node"], "from-dotenv")

    def test_production_refuses_weak_secrets_and_says_how_to_make_one(self):
        for name in ("JWT_SECRET", "QR_ENCRYPTION_KEY", "ADMIN_TOKEN", "STORAGE_KEY", "DEVICE_MASTER_SECRET"):
            for weak in ("", "tooshort-8271"):
                code, said = run(self.broker, "serve", **{name: weak})
                self.assertEqual((code, said.count("\n")), (1, 1), said)
                self.assertIn(name, said)
                if name != "QR_ENCRYPTION_KEY" or not weak:
                    self.assertIn("openssl rand -hex 32", said)
                self.assertNotIn("tooshort-8271", said)

    def test_a_listener_can_be_turned_off(self):
        broker = self.broker
        broker.stop()
        plain, broker.port = broker.port, broker.tls_port
        broker.env.update(SERVER_PORT="0", MDAI_TLS_PORT=str(free_port()), MDAI_ADMIN_PORT="0")
        broker.tls_port = int(broker.env["MDAI_TLS_PORT"])
        broker.spawn()

        def answers():
            try:
                return broker.get("/readyz", tls=True)[0] == 200
            except OSError:
                return False
        eventually(answers, "HTTPS serves")
        for port in (plain, broker.admin_port):
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
        broker.stop()
        code, said = run(broker, "serve", MDAI_TLS_PORT=0)
        self.assertEqual(code, 1)
        self.assertIn("nothing to listen on", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
