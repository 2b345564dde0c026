"""Older hardware runs unchanged: the program old_controller.py through whole sessions, a kill -9 of the broker and the end."""
import asyncio
import base64
import json
import os
import pathlib
import sys
import unittest

from bridge import KEYS, PERSON, DropsSockets, Pairing
from harness import DEADLINE, closed, receive, send
from operations import FreshBrokerCase, answering, log_events

PICTURE = os.urandom(600_000)  # old cameras do not skimp
PROGRAM = pathlib.Path(__file__).with_name("old_controller.py")


class OldController(DropsSockets, FreshBrokerCase):
    settings = {"HARDWARE_API_KEYS": ",".join(KEYS), "MDAI_BACKEND_RETRY_WINDOW": "300ms", "MDAI_BRIDGE_PING_INTERVAL": "400ms",
                "MDAI_SESSION_TTL": "12s"}

    async def asyncSetUp(self):
        picture = pathlib.Path(self.broker.home, "picture")
        picture.write_bytes(PICTURE)
        self.program = await asyncio.create_subprocess_exec(
            sys.executable, "-B", str(PROGRAM), f"http://127.0.0.1:{self.broker.port}", KEYS[1], str(picture),
            stdout=asyncio.subprocess.PIPE, limit=4 << 20)
        self.addAsyncCleanup(self.end_program)

    async def end_program(self):
        if self.program.returncode is None:
            self.program.kill()
        await self.program.wait()

    async def shows(self, what):
        """The next line, which must be that."""
        line = json.loads(await asyncio.wait_for(self.program.stdout.readline(), DEADLINE))
        self.assertEqual(line.pop("what"), what, line)
        return line

    async def scan(self):
        """An app that has scanned the code on the screen."""
        code = (await self.shows("qr"))["code"]
        self.assertEqual((await self.shows("joined"))["role"], "hardware")
        self.path = code["ws_app_url"].split(str(self.broker.port))[1] + "?token=" + code["token"]
        return await self.app()

    async def app(self):
        ws = await self.broker.connect(self.path)
        Pairing.sockets.append(ws)
        self.assertEqual(await receive(ws), {"type": "joined", "role": "app"})
        return ws

    async def hears(self, app, kind):
        while True:
            message = await receive(app)
            if message["type"] == kind:
                return message
            self.assertIn(message["type"], ("ping", "status"))

    async def test_two_customers_one_crash_and_the_end_of_the_token(self):
        app = await self.scan()
        self.assertEqual(await self.shows("screen"), {"text": "App connected", "connected": True})
        await send(app, type="to_hardware", data={"command": "hello", "platform_id": ""})
        self.assertEqual((await self.shows("waiting"))["data"], {"command": "hello", "platform_id": ""})
        await self.verify(app, 200)
        alias = self.alias
        self.broker.restart()
        while (line := json.loads(await asyncio.wait_for(self.program.stdout.readline(), DEADLINE)))["what"] != "joined":
            self.assertEqual(line["what"], "lost")
        self.assertEqual((await self.shows("result"))["status_code"], 200)  # it may have missed that
        app = await self.app()
        await self.hears(app, "backend_response")
        self.assertIs((await self.shows("screen"))["connected"], True)
        self.backend.verify = answering(422, {"success": False, "reason": f"no face of {PERSON}", "platform_id": PERSON})
        await self.verify(app, 422)
        self.assertEqual(self.alias, alias)
        self.assertEqual((await self.shows("error")), {"code": 4401, "text": "Session expired"})
        self.assertEqual(await closed(app), 4401)
        self.backend.verify = answering(503)
        app = await self.scan()
        await self.shows("screen")
        await self.verify(app, 503)
        self.assertNotEqual(self.alias, alias)
        self.backend.verify = self.backend.accept_result
        self.assertEqual((await self.shows("result"))["status_code"], 200)
        self.assertEqual(log_events(self.broker, "refused"), [])

    async def verify(self, app, status):
        await send(app, type="to_hardware", data={"platform_id": PERSON, "hint": f"this is {PERSON}"})
        self.alias = (await self.shows("somebody"))["name"]
        self.assertRegex(self.alias, "^PID_[0-9a-f]{16}$")
        self.assertEqual((await self.hears(app, "from_hardware"))["data"], {"state": "scanning", "progress": 10})
        result = await self.shows("result")
        self.assertEqual(result["status_code"], status)
        self.assertNotIn(PERSON, json.dumps(result, ensure_ascii=False))
        self.assertNotIn("platform_id", result["data"])
        self.assertEqual((await self.hears(app, "backend_response"))["status_code"], status)
        body = self.backend.results()[-1][1]
        self.assertEqual((body["platform_id"], base64.b64decode(body["image_base64"])), (PERSON, PICTURE))


if __name__ == "__main__":
    unittest.main(verbosity=2)
