"""The older bridge from outside: one token for an app and its hardware."""
import asyncio
import contextlib
import json

import websockets

from harness import IMAGE, BrokerCase, receive, send

KEYS = ("first-hardware-key", "second-hardware-key")
PERSON = "PLT_jörg-8842"  # not ASCII, so that escapes have something to hide


class Pairing:
    """What POST /auth answered, and how the two sides connect with it."""
    sockets = []  # of all pairings: a test's end drops what it has left open

    def __init__(self, broker, api_key=KEYS[0]):
        self.broker = broker
        status, self.headers, body = broker.request("POST", "/auth", {"Content-Type": "application/json"},
                                                    json.dumps({"api_key": api_key}))
        assert status == 200, (status, body)
        self.answer = json.loads(body)
        self.token = self.answer["token"]

    async def connect(self, role, **kw):
        ws = await self.broker.connect(f"/ws/{role}?token={self.token}", **kw)
        self.sockets.append(ws)
        greeting = await receive(ws)
        assert greeting == {"type": "joined", "role": role}, greeting
        return ws

    async def pair(self):
        """Both sides, their notices read: the app comes second."""
        hardware = await self.connect("hardware")
        app = await self.connect("app")
        notice = await receive(hardware)
        assert notice["type"] == "status" and notice["connected"] is True, notice
        return app, hardware

    async def introduced(self, person=PERSON):
        """Both, and the broker knows the person; the alias that the hardware was given."""
        app, hardware = await self.pair()
        await send(app, type="to_hardware", data={"platform_id": person})
        return app, hardware, (await receive(hardware))["data"]["platform_id"]


async def to_backend(hardware, image=IMAGE, **more):
    await send(hardware, type="to_backend", data={"image_base64": image, **more})


async def silent(ws):
    """Nothing but pings came before the answer to this question."""
    await send(ws, type="status")
    answer = await receive(ws)
    while answer == {"type": "ping"}:
        answer = await receive(ws)
    return answer["type"] == "status" and "expires_in" in answer


@contextlib.asynccontextmanager
async def listening(ws):
    """The client's library answers the broker's WebSocket pings meanwhile, as it does in any client that reads."""
    reading = asyncio.ensure_future(ws.recv())
    try:
        yield
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, websockets.ConnectionClosed):
            await reading


class DropsSockets:
    async def asyncTearDown(self):
        for ws in Pairing.sockets:
            ws.transport.abort()
        Pairing.sockets.clear()


class BridgeCase(DropsSockets, BrokerCase):
    settings = {"HARDWARE_API_KEYS": ",".join(KEYS), "MDAI_BACKEND_RETRY_WINDOW": "300ms"}
