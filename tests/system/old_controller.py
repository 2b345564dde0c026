"""Older hardware as its makers wrote it: knows the wire, not the broker. Run by old_controller_test.py, with these arguments:
server's http address, API key, file with the picture. Says on stdout, a line each, what its screen and its log would show."""
import asyncio
import base64
import json
import sys
import urllib.request

import websockets

SERVER, API_KEY, PICTURE = sys.argv[1:4]
HOST = SERVER.split("://")[1]
WS = "ws://" + HOST


def show(what, **details):
    print(json.dumps({"what": what, **details}), flush=True)


def get_token():
    request = urllib.request.Request(SERVER + "/auth", json.dumps({"api_key": API_KEY}).encode(),
                                     {"Content-Type": "application/json", "Accept": "*/*"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    show("qr", expires_in=answer["expires_in"], code={
        "token": answer["token"], "ws_app_url": WS + "/ws/app", "ws_hardware_url": WS + "/ws/hardware", "server_host": HOST})
    return answer["token"]


class HungUp(Exception):
    """This firmware knows no other answer to an error."""


class Controller:
    def __init__(self):
        self.person = None
        self.done = 0

    async def serve(self, token):
        """One token's life; comes back after each lost connection. No message may be longer than a mebibyte."""
        while True:
            try:
                async with websockets.connect(f"{WS}/ws/hardware?token={token}", max_size=2 ** 20, ping_interval=5,
                                              ping_timeout=5) as ws:
                    await self.talk(ws)
            except (OSError, websockets.ConnectionClosed, websockets.InvalidHandshake, asyncio.TimeoutError) as e:
                show("lost", code=getattr(e, "code", None))
            await asyncio.sleep(0.05)

    async def talk(self, ws):
        async for text in ws:
            message = json.loads(text)
            kind = message["type"]
            if kind == "joined":
                show("joined", role=message["role"])
            elif kind == "ping":
                await ws.send(json.dumps({"type": "pong"}))
            elif kind == "status":
                show("screen", text=message["msg"], connected=message["connected"])
            elif kind == "from_app":
                await self.on_app(ws, message["data"])
            elif kind == "backend_response":
                self.done += 1
                show("result", status_code=message["status_code"], data=message["data"], latency_ms=message["latency_ms"])
            elif kind == "error":
                show("error", code=message["code"], text=message["message"])
                raise HungUp(message["message"])

    async def on_app(self, ws, data):
        """Waits for somebody: the picture is taken when there is a name for it."""
        if not data.get("platform_id"):
            return show("waiting", data=data)
        self.person = data["platform_id"]
        show("somebody", name=self.person)
        await ws.send(json.dumps({"type": "to_app", "data": {"state": "scanning", "progress": 10}}))
        with open(PICTURE, "rb") as f:
            image = base64.b64encode(f.read()).decode()
        await ws.send(json.dumps({"type": "to_backend", "data": {"platform_id": self.person, "image_base64": image}}))


async def main():
    for _ in range(2):  # the next customer
        try:
            await Controller().serve(get_token())
        except HungUp:
            pass


asyncio.run(main())
