"""The session broker on FastAPI and SQLite, as far as the benchmarks go: create, connect, relay.

    python3 app.py --port 23040 --variant as-built|fair

Secrets and addresses come from the environment, under the broker's names: JWT_SECRET, QR_ENCRYPTION_KEY, DB_PATH,
BACKEND_VALIDATE_URL.
"""
import argparse
import asyncio
import json
import os
import time
from datetime import datetime, timezone

import uvicorn
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from backend import ClientPerCall, OneClient
from store import ConnectionPerCall, OneConnection
from tokens import Tokens

TTL = 180


def without_platform_id(value):
    """A copy in which no object, at any depth, has a platform_id."""
    if isinstance(value, dict):
        return {key: without_platform_id(item) for key, item in value.items() if key != "platform_id"}
    if isinstance(value, list):
        return [without_platform_id(item) for item in value]
    return value


class Pair:
    def __init__(self):
        self.mobile = self.device = self.device_id = None

    async def introduce(self):
        if self.mobile and self.device:
            await self.mobile.send_json({"type": "device_connected", "device_id": self.device_id,
                                         "message": "Device connected and ready"})
            await self.device.send_json({"type": "mobile_connected", "message": "Mobile app connected"})


class Broker:
    def __init__(self, store, backend, tokens):
        self.store, self.backend, self.tokens = store, backend, tokens
        self.pairs = {}

    async def create(self, request: Request):
        authorization = request.headers.get("authorization", "")
        if not authorization.startswith("Bearer "):
            return JSONResponse({"success": False, "error_code": "UNAUTHORIZED"}, 401)
        answer = await self.backend.validate(authorization)
        user = answer.json() if answer.status_code == 200 else {}
        if not user.get("success") or "platform_id" not in user:
            return JSONResponse({"success": False, "error_code": "INVALID_TOKEN"}, 401)
        now = time.time()
        session_id, expires_at = os.urandom(12).hex(), now + TTL
        await self.store.insert(session_id, user.get("user_id"), user["platform_id"], now, expires_at)
        ends = datetime.fromtimestamp(expires_at, timezone.utc).isoformat(timespec="milliseconds")
        return JSONResponse({
            "success": True, "session_id": session_id, "ws_token": self.tokens.make(session_id, "mobile", expires_at),
            "ws_url": f"ws://{request.headers.get('host')}/ws/mobile",
            "qr_encrypted": self.tokens.seal_qr(session_id, self.tokens.make(session_id, "device", expires_at)),
            "expires_in": TTL, "expires_at": ends.replace("+00:00", "Z")}, headers={"Cache-Control": "no-store"})

    async def authenticate(self, socket, role):
        """The session and device of whoever has connected; None when it is refused."""
        first = json.loads(await asyncio.wait_for(socket.receive_text(), 10))
        session_id = self.tokens.session_of(first.get("bearer_token", ""), role)
        found = await self.store.find(session_id) if session_id and first.get("type") == "auth" else None
        device_id = first.get("device_id")
        welcome = found and found[1] > time.time() and (role == "mobile" or device_id)
        if welcome and role == "device":
            welcome = await self.store.bind(session_id, device_id)
        if not welcome:
            await socket.send_json({"type": "auth_failed", "error": "Invalid or expired token"})
            await socket.close(4401)
            return None
        success = {"type": "auth_success", "session_id": session_id, "message": "Connected successfully",
                   "expires_in": int(found[1] - time.time())}
        await socket.send_json({**success, "device_id": device_id} if role == "device" else success)
        return session_id, device_id

    async def mobile(self, socket: WebSocket):
        await self.serve(socket, "mobile", "device", "to_device")

    async def device(self, socket: WebSocket):
        await self.serve(socket, "device", "mobile", "to_mobile")

    async def serve(self, socket, mine, theirs, relayed):
        await socket.accept()
        pair = session_id = None
        try:
            known = await self.authenticate(socket, mine)
            if not known:
                return
            session_id, device_id = known
            pair = self.pairs.setdefault(session_id, Pair())
            setattr(pair, mine, socket)
            pair.device_id = device_id or pair.device_id
            await pair.introduce()
            while True:
                await self.handle(await socket.receive_text(), socket, getattr(pair, theirs), relayed)
        except (WebSocketDisconnect, asyncio.TimeoutError):
            pass
        finally:
            if pair and getattr(pair, mine) is socket:
                setattr(pair, mine, None)
                if not pair.mobile and not pair.device:
                    self.pairs.pop(session_id, None)

    async def handle(self, text, socket, peer, relayed):
        message = json.loads(text)
        if message.get("type") == "ping":
            await socket.send_json({**message, "type": "pong"})
        elif message.get("type") != relayed:
            await socket.send_json({"type": "error", "error": "Unknown message type", "code": 400})
        elif peer is None:
            await socket.send_json({"type": "error", "error": "Not connected", "code": 404})
        else:
            await peer.send_json(without_platform_id(message) if relayed == "to_device" else message)


def make_app(variant):
    fair = variant == "fair"
    store = (OneConnection if fair else ConnectionPerCall)(os.environ["DB_PATH"])
    backend = (OneClient if fair else ClientPerCall)(os.environ["BACKEND_VALIDATE_URL"])
    broker = Broker(store, backend, Tokens(os.environ["JWT_SECRET"], os.environ["QR_ENCRYPTION_KEY"]))
    app = FastAPI(openapi_url=None)
    app.add_api_route("/api/mobile/create-session", broker.create, methods=["GET", "POST"])
    app.add_api_websocket_route("/ws/mobile", broker.mobile)
    app.add_api_websocket_route("/ws/device", broker.device)
    return app


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--variant", choices=["as-built", "fair"], required=True)
    chosen = arguments.parse_args()
    faster = {"loop": "uvloop", "http": "httptools"} if chosen.variant == "fair" else {"loop": "asyncio", "http": "h11"}
    uvicorn.run(make_app(chosen.variant), host="127.0.0.1", port=chosen.port, ws="websockets", log_level="warning",
                access_log=False, backlog=4096, **faster)


if __name__ == "__main__":
    main()
