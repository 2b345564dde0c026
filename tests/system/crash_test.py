"""Kills the broker at pseudo-random instants under load; nothing that a client was told may be lost.

MDAI_CRASH_ROUNDS (12) and MDAI_CRASH_SEED make it longer and repeat a run.
"""
import asyncio
import base64
import collections
import contextlib
import datetime
import http.client
import math
import os
import random
import secrets
import signal
import subprocess
import time
import unittest

import websockets

from harness import MULTI_SCAN, closed, receive, submit
from operations import FreshBrokerCase, eventually, log_events

ROUNDS = int(os.environ.get("MDAI_CRASH_ROUNDS", "12"))
SEED = int(os.environ.get("MDAI_CRASH_SEED") or secrets.randbits(32))
VISITORS = 6
CUT = (ConnectionError, websockets.ConnectionClosed, websockets.InvalidMessage, http.client.HTTPException)


class Witness:
    """What one session's clients have been told."""

    def __init__(self, session):
        self.session = session
        self.device_id = "RDK_" + session.id
        self.deadline = datetime.datetime.fromisoformat(session.answer["expires_at"].replace("Z", "+00:00")).timestamp()
        self.expires_in = session.answer["expires_in"]
        self.bound = False      # the device had its auth_success
        self.submitted = False  # a result was sent; nobody may have seen it
        self.pending = False    # the device was told that its result is on its way
        self.final = None       # the last word, as the mobile had it


class Crash(FreshBrokerCase):
    settings = {"MDAI_BACKEND_RETRY_WINDOW": "100ms", "LOG_LEVEL": "info"}

    def setUp(self):
        super().setUp()
        print(f"MDAI_CRASH_SEED={SEED} ", end="", flush=True)
        self.random = random.Random(SEED)
        self.witnesses = []
        self.answers = 0
        self.refusals = collections.Counter()
        self.backend.verify = self.verify

    def verify(self, handler, body):
        """A platform that is down now and then, and never gives the same answer twice. It fails one result three times at most:
        backoff then stays far below what a client waits for here."""
        key = handler.headers["Idempotency-Key"]
        if self.refusals[key] < 3 and self.random.random() < 0.4:
            self.refusals[key] += 1
            return handler.answer(503, {})
        self.answers += 1
        return handler.answer(200, {"success": True, "serial": self.answers})

    # -- load ---------------------------------------------------------------------------------------------------------

    async def visit(self):
        """Sessions one after the other, until the broker dies under them."""
        try:
            while True:
                await self.one_session()
        except CUT:
            pass

    async def one_session(self):
        w = Witness(await asyncio.to_thread(self.broker.create, secrets.token_hex(4)))
        self.witnesses.append(w)
        mobile, _ = await w.session.mobile()
        if self.random.random() < 0.15:
            return await mobile.close()
        device, greeting = await w.session.device(w.device_id)
        self.assertEqual(greeting["type"], "auth_success")
        w.bound = True
        if self.random.random() < 0.15:
            return await asyncio.gather(mobile.close(), device.close())
        await self.submit(w, device)
        await asyncio.gather(self.hear(w, mobile), self.hear(w, device))

    async def submit(self, w, device):
        w.submitted = True
        await submit(device, image=base64.b64encode(secrets.token_bytes(300)).decode())

    async def hear(self, w, ws):
        """Reads until the last word."""
        while True:
            message = await receive(ws)
            if message["type"] != "verification_result":
                continue
            w.pending = True
            if message["final"] and "platform_id" in message:
                self.assertIn(w.final, (None, message), "the last word has changed")
                w.final = message
            if message["final"]:
                return self.assertEqual(await closed(ws), 1000)

    # -- what must hold after it ----------------------------------------------------------------------------------------

    async def check(self, w, finish):
        if w.bound:
            ws, greeting = await w.session.device("RDK_other")
            self.assertEqual(greeting, {"type": "auth_failed", "error": MULTI_SCAN})
            self.assertEqual(await closed(ws), 4409)
        mobile, greeting = await w.session.mobile()
        self.assertEqual(greeting["type"], "auth_success", greeting)
        self.assertLessEqual(greeting["expires_in"], min(w.expires_in, math.ceil(w.deadline - time.time() + 0.5)))
        w.expires_in = greeting["expires_in"]
        if w.final:
            self.assertEqual(await receive(mobile), w.final)
            self.assertEqual(await closed(mobile), 1000)
        if not w.bound and not finish:
            return await mobile.close()
        device, greeting = await w.session.device(w.device_id)
        self.assertEqual((greeting["type"], greeting["device_id"]), ("auth_success", w.device_id))
        w.bound = True
        if not finish and not w.final:
            return await asyncio.gather(mobile.close(), device.close())
        if not w.pending:
            sent_before = w.submitted
            try:
                await self.submit(w, device)  # another image: taken, or refused for the one that is there already
            except websockets.ConnectionClosedOK:
                self.assertTrue(sent_before, "only a result that the journal had can have ended the session")
        await asyncio.gather(self.hear(w, device), *([] if w.final else [self.hear(w, mobile)]))

    async def check_all(self, witnesses, finish):
        """Eight at a time."""
        todo = list(witnesses)

        async def work():
            while todo:
                w = todo.pop()
                try:
                    await self.check(w, finish)
                except Exception as e:
                    told = [line for line in self.broker.log_text().splitlines() if w.session.id in line]
                    calls = sum(h["Idempotency-Key"] == w.session.id for h, _ in self.backend.results())
                    e.add_note("\n".join([f"bound {w.bound}, pending {w.pending}, final {w.final}, {calls} calls", *told]))
                    raise
        await asyncio.gather(*(work() for _ in range(8)))

    def note_what_the_journal_had(self):
        stored = {e["session_id"] for e in log_events(self.broker, "result_stored")}
        for w in self.witnesses:
            w.pending = w.pending or w.session.id in stored

    def check_the_platform(self):
        bodies = collections.defaultdict(set)
        for headers, body in self.backend.results():
            bodies[headers["Idempotency-Key"]].add((body["platform_id"], body["image_base64"]))
        for key, seen in bodies.items():
            self.assertEqual(len(seen), 1, f"{key} carried several bodies")
        return bodies.keys()

    # -- the test -------------------------------------------------------------------------------------------------------

    async def test_no_acknowledgement_is_lost(self):
        for _ in range(ROUNDS):
            since = len(self.witnesses)
            load = [asyncio.ensure_future(self.visit()) for _ in range(VISITORS)]
            done, _ = await asyncio.wait(load, timeout=self.random.uniform(0.05, 0.7))
            self.assertEqual(done, set(), "nobody gives up while the broker lives")
            self.broker.stop(signal.SIGKILL)
            await asyncio.gather(*load)
            if self.random.random() < 0.3:  # dies again while it recovers
                self.broker.spawn()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.fail(f"it ended by itself: {self.broker.process.wait(self.random.uniform(0, 0.1))}")
                self.broker.stop(signal.SIGKILL)
            self.note_what_the_journal_had()
            self.broker.start()
            older = self.random.sample(self.witnesses[:since], min(since, 5))
            await self.check_all(self.witnesses[since:] + older, finish=self.random.random() < 0.5)
            self.check_the_platform()
        await self.check_all(self.witnesses, finish=True)
        reached = self.check_the_platform()
        self.assertEqual({w.session.id for w in self.witnesses} - reached, set())
        eventually(lambda: log_events(self.broker, "delivery_answered"), "the log is written")
        self.assertNotIn("actor_failed", self.broker.log_text())
        print(f"{len(self.witnesses)} sessions ", end="", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
