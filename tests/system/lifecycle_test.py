"""Time, and the signals of operators: expiry, drain, reload, several brokers on one machine."""
import asyncio
import datetime
import json
import math
import secrets
import signal
import ssl
import subprocess
import threading
import time
import unittest

import websockets

from harness import closed, free_port, receive, send, submit
from operations import FreshBrokerCase, eventually, log_events, run

BEARER = {"Authorization": "Bearer user-ann"}


def deadline(session):
    return datetime.datetime.fromisoformat(session.answer["expires_at"].replace("Z", "+00:00")).timestamp()


async def end_of(ws):
    """(last message, close code, wall time of that message)"""
    last = json.loads(await ws.recv())
    at = time.time()
    return last, await closed(ws), at


class Expiry(FreshBrokerCase):
    settings = {"MDAI_SESSION_TTL": "2s", "MDAI_BACKEND_RETRY_WINDOW": "200ms"}
    LATE = 0.5  # seconds, on a machine that runs other tests too

    def assert_on_time(self, session, message, code, at):
        self.assertEqual(message, {"type": "session_expired", "message": "Session expired"})
        self.assertEqual(code, 4401)
        self.assertGreaterEqual(at, deadline(session), "early")
        self.assertLess(at, deadline(session) + self.LATE, "late")

    async def test_every_session_ends_on_time_never_early(self):
        sessions = [self.broker.create() for _ in range(20)]
        sockets = []
        for i, s in enumerate(sessions):
            self.assertEqual(s.answer["expires_in"], 2)
            sockets += [(s, ws) for ws in await s.pair(f"RDK_{i}")]
        ends = await asyncio.gather(*(end_of(ws) for _, ws in sockets))
        for (session, _), end in zip(sockets, ends):
            self.assert_on_time(session, *end)

    async def test_a_restart_keeps_the_deadline(self):
        for sig in (signal.SIGKILL, signal.SIGTERM):
            session = self.broker.create()
            self.broker.restart(sig)
            mobile, greeting = await session.mobile()
            self.assertEqual(greeting["type"], "auth_success")
            self.assertLessEqual(greeting["expires_in"], math.ceil(deadline(session) - time.time() + 0.1))
            self.assert_on_time(session, *await end_of(mobile))

    async def test_a_session_that_expires_while_the_broker_is_down_is_over(self):
        session = self.broker.create()
        self.broker.stop(signal.SIGKILL)
        eventually(lambda: time.time() >= deadline(session), "the deadline")
        self.broker.start()
        for ws, greeting in (await session.mobile(), await session.device()):
            self.assertEqual(greeting["type"], "auth_failed")
            self.assertEqual(await closed(ws), 4401)

    async def test_a_result_in_flight_does_not_hold_the_deadline_up(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        self.backend.verify = lambda handler, body: (hold.wait(), self.backend.accept_result(handler, body))
        session = self.broker.create()
        mobile, device = await session.pair()
        await submit(device)
        ends = await asyncio.gather(end_of(mobile), end_of(device))
        for end in ends:
            self.assert_on_time(session, *end)
        hold.set()
        eventually(lambda: log_events(self.broker, "delivery_answered"), "the result is delivered all the same")


class Drain(FreshBrokerCase):
    settings = {"MDAI_DRAIN_PERIOD": "2s", "MDAI_SERVER_LOOPS": "2"}

    async def test_clients_are_told_in_a_spread_and_nobody_new_comes_in(self):
        sessions = [self.broker.create() for _ in range(8)]
        sockets = [(await s.mobile())[0] for s in sessions]
        begin = time.monotonic()
        self.broker.process.send_signal(signal.SIGTERM)

        async def told(ws):
            return await closed(ws), time.monotonic() - begin
        ends = [asyncio.ensure_future(told(ws)) for ws in sockets]
        eventually(lambda: self.broker.get("/readyz")[0] == 503, "the drain begins")
        status, headers, _ = self.broker.get("/api/mobile/create-session", BEARER)
        self.assertEqual(status, 503)
        self.assertGreater(int(headers["Retry-After"]), 0)
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            await self.broker.connect("/ws/mobile")
        self.assertEqual(refused.exception.status_code, 503)
        self.assertGreater(int(refused.exception.headers["Retry-After"]), 0)
        self.assertIn("draining", json.loads(self.broker.admin("/readyz", token=False)[2])["not_ready"][0])
        self.assertEqual(self.broker.get("/healthz")[0], 200)
        self.assertEqual(self.broker.admin("/metrics")[0], 200)
        ends = await asyncio.gather(*ends)
        self.assertEqual({code for code, _ in ends}, {1001})
        times = [at for _, at in ends]
        self.assertGreater(max(times) - min(times), 1)
        self.assertLess(max(times), 3)
        self.assertEqual(self.broker.process.wait(5), 0)
        self.broker.start()
        for s in sessions:
            ws, greeting = await s.mobile()
            self.assertEqual(greeting["type"], "auth_success")
            await ws.close()

    async def test_a_second_sigterm_ends_it_at_once(self):
        self.broker.stop()
        self.broker.env["MDAI_DRAIN_PERIOD"] = "60s"
        self.broker.start()
        session = self.broker.create()
        sockets = [(await session.mobile())[0], (await session.device())[0]]
        self.broker.process.send_signal(signal.SIGTERM)
        eventually(lambda: self.broker.get("/readyz")[0] == 503, "the drain begins")
        self.broker.process.send_signal(signal.SIGTERM)
        self.broker.process.wait(2)
        self.broker.start()
        self.assertEqual((await session.mobile())[1]["type"], "auth_success")
        for ws in sockets:
            self.assertIn(await closed(ws), (1001, 1006))  # told already, or cut off

    def test_a_request_under_way_is_answered(self):
        hold = threading.Event()
        self.addCleanup(hold.set)
        self.backend.validate = lambda handler, body: (hold.wait(), self.backend.accept_user(handler, body))
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.broker.get("/api/mobile/create-session", BEARER)))
        asking.start()
        self.backend.wait_for("validate", 1)
        self.broker.process.send_signal(signal.SIGTERM)
        eventually(lambda: log_events(self.broker, "draining"), "the drain begins")
        hold.set()
        asking.join()
        self.assertEqual([status for status, _, _ in answers], [200])
        self.assertEqual(self.broker.process.wait(5), 0)

    def test_without_clients_whoever_comes_late_still_hears_503(self):
        self.broker.process.send_signal(signal.SIGTERM)
        eventually(lambda: self.broker.get("/readyz")[0] == 503, "the drain begins")
        self.assertEqual(self.broker.get("/api/mobile/create-session", BEARER)[0], 503)
        self.assertEqual(self.broker.process.wait(5), 0)


class Reload(FreshBrokerCase):
    def setUp(self):
        self.old, self.new = secrets.token_hex(32), secrets.token_hex(32)
        self.dotenv = {"JWT_SECRET": self.old, "LOG_LEVEL": "info"}
        super().setUp()

    def reload(self, event="reloaded", **values):
        before = len(log_events(self.broker, event))
        self.broker.write_dotenv({**self.dotenv, **values})
        self.broker.process.send_signal(signal.SIGHUP)
        return eventually(lambda: log_events(self.broker, event)[before:], event)[0]

    async def test_limits_and_log_level_change_under_open_connections(self):
        mobile, device = await self.broker.create().pair()
        await submit(device, passes=3)
        self.assertEqual((await receive(mobile))["reason"], "Insufficient liveness frames")
        self.assertEqual((await receive(device))["final"], False)
        self.reload(MDAI_VERIFICATION_MIN_CONSECUTIVE_PASSES=3, MDAI_LIMITS_MAX_BODY_BYTES="1KiB")
        status, _, _ = self.broker.request("POST", "/api/mobile/create-session", BEARER, body=b"x" * 2000)
        self.assertEqual(status, 413)
        await submit(device, passes=3)
        self.assertEqual((await receive(mobile))["status"], "success")
        await closed(mobile), await closed(device)
        created = len(log_events(self.broker, "session_created"))
        self.broker.write_dotenv({**self.dotenv, "LOG_LEVEL": "error"})
        self.broker.process.send_signal(signal.SIGHUP)

        def quiet():
            before = len(log_events(self.broker, "session_created"))
            self.broker.create()
            self.reload_answered()
            return len(log_events(self.broker, "session_created")) == before
        eventually(quiet, "only errors are logged")
        self.assertGreaterEqual(created, 1)

    def reload_answered(self):
        """A round trip through the log: what was logged before is in the file now."""
        before = len(log_events(self.broker, "settings_refused"))
        self.broker.write_dotenv({**self.dotenv, "LOG_LEVEL": "error", "MDAI_LIMITS_MAX_JSON_DEPTH": "none"})
        self.broker.process.send_signal(signal.SIGHUP)
        eventually(lambda: len(log_events(self.broker, "settings_refused")) > before, "settings_refused")

    async def test_a_jwt_rotation_logs_nobody_out(self):
        session = self.broker.create()
        mobile, _ = await session.mobile()
        self.reload(JWT_SECRET=self.new, MDAI_AUTH_JWT_SECRETS_PREVIOUS=self.old)
        await send(mobile, type="ping")
        self.assertEqual((await receive(mobile))["type"], "pong")
        later = self.broker.create()
        for s in (session, later):
            device, greeting = await s.device("RDK_" + s.id)
            self.assertEqual(greeting["type"], "auth_success")
            await device.close()
        self.reload(JWT_SECRET=self.new)
        device, greeting = await session.device("RDK_" + session.id)
        self.assertEqual(greeting, {"type": "auth_failed", "error": "Invalid or expired token"})
        self.assertEqual(await closed(device), 4401)
        device, greeting = await later.device("RDK_" + later.id)
        self.assertEqual(greeting["type"], "auth_success")
        await device.close(), await mobile.close()

    async def test_a_certificate_is_replaced_without_dropping_a_connection(self):
        def shown():
            return ssl.get_server_certificate(("127.0.0.1", self.broker.tls_port))
        old = shown()
        mobile, device = await self.broker.create().pair(tls=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", self.broker.home + "/key.pem", "-out", self.broker.home + "/cert.pem"],
                       check=True, capture_output=True)
        self.reload()
        self.assertNotEqual(shown(), old)
        with open(self.broker.home + "/cert.pem", encoding="ascii") as f:
            self.assertEqual(shown(), f.read())
        await send(device, type="to_mobile", data=1)
        self.assertEqual((await receive(mobile))["data"], 1)
        newer, greeting = await self.broker.create().mobile(tls=True)
        self.assertEqual(greeting["type"], "auth_success")
        new = shown()
        with open(self.broker.home + "/cert.pem", "w", encoding="ascii") as f:
            f.write("no certificate")
        self.assertIn("cert.pem", self.reload("reload_failed")["why"])
        self.assertEqual(shown(), new)
        for ws in (mobile, device, newer):
            await ws.close()

    def test_a_bad_file_changes_nothing_and_says_why(self):
        why = self.reload("settings_refused", MDAI_LIMITS_MAX_BODY_BYTES="plenty", MDAI_VERIFICATION_MIN_CONSECUTIVE_PASSES=3)
        self.assertIn("MDAI_LIMITS_MAX_BODY_BYTES", why["why"])
        self.broker.create()
        refused = self.reload("settings_refused", JWT_SECRET="short")
        self.assertIn("JWT_SECRET", refused["why"])
        self.broker.create()
        self.reload()

    def test_what_only_a_restart_can_change_is_said(self):
        warning = self.reload("setting_needs_restart", MDAI_SESSION_TTL="1h")
        self.assertEqual((warning["level"], warning["setting"]), ("warning", "session.ttl"))
        self.assertEqual(self.broker.create().answer["expires_in"], 180)


class Neighbours(FreshBrokerCase):
    settings = {"LOG_LEVEL": "error"}

    async def test_several_brokers_on_one_machine_do_not_know_each_other(self):
        others = [self.another_broker(), self.another_broker()]
        for broker in (self.broker, *others):
            mobile, device = await broker.create().pair()
            await submit(device)
            self.assertEqual((await receive(mobile))["status"], "success")
            await closed(mobile), await closed(device)
        session = self.broker.create()
        session.broker = others[0]
        ws, greeting = await session.mobile()
        self.assertEqual(greeting["error"], "Invalid or expired token")
        self.assertEqual(await closed(ws), 4401)

    def test_a_port_in_use_is_a_clear_error(self):
        free = {"SERVER_PORT": free_port(), "MDAI_TLS_PORT": free_port(), "MDAI_ADMIN_PORT": free_port()}
        for name, port in (("SERVER_PORT", self.broker.port), ("MDAI_TLS_PORT", self.broker.tls_port),
                           ("MDAI_ADMIN_PORT", self.broker.admin_port)):
            code, said = run(self.broker, "serve", **{**free, name: port}, DB_PATH=self.broker.home + "/other")
            self.assertEqual((code, said.count("\n")), (1, 1), said)
            self.assertIn(f"127.0.0.1:{port}", said)
            self.assertIn("in use", said.lower())
        self.broker.create()


if __name__ == "__main__":
    unittest.main(verbosity=2)
