"""A business client of the face product, and people before its cameras. The people are painted by tests/support."""
import asyncio
import base64
import functools
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import time
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devices import admin
from faces import Tenant
from harness import DEADLINE, receive, send

RENDER = os.environ["MDAI_RENDER_FACES"]
PACE = 0.1  # seconds between two frames
LAST = ("enrollment_complete", "enrollment_failed", "authentication_complete")


@functools.lru_cache(maxsize=None)
def person(number, cover="none", frames=40):
    """What a camera sees of somebody who looks into it, blinks and moves: JPEG files."""
    with tempfile.TemporaryDirectory(prefix="mdai-faces-") as where:
        subprocess.run([RENDER, where, str(number), str(frames), cover], check=True, timeout=120)
        return [file.read_bytes() for file in sorted(pathlib.Path(where).iterdir())]


def png(width, height, pixels=None):
    """A PNG of these rows of RGB, or a black one; a huge one is a header that claims it."""
    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    rows = pixels or (bytes(3 * width) for _ in range(height if width * height < 1 << 20 else 0))
    head = chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b"")


class Client(Tenant):
    """A business client that has signed in by one of the names of its secret."""

    def __init__(self, broker, client_id, secret_name="api_secret", like=None):
        if like:
            made = {"client_id": like.id, "api_key": like.api_key, "api_secret": like.secret}
        else:
            status, made = admin(broker, "POST", "/admin/clients", {"client_id": client_id})
            assert status == 201, made
        super().__init__(broker, made, like.schema if like else None)
        self.sign_in(secret_name)

    def enrollment(self, user, **metadata):
        return FaceSession(self, self.enrol(user, **metadata))

    def authentication(self, user=None, **wish):
        return FaceSession(self, self.authenticate(user, **wish))

    def open(self, encrypted_data):
        """What the broker says in a result, and that it says it to this client."""
        key = self.secret if encrypted_data["key_source"] == "secret_key" else self.api_key
        sealed = base64.b64decode(encrypted_data["encrypted_payload"], validate=True)
        decryptor = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(sealed[:16])).decryptor()
        plain = decryptor.update(sealed[16:]) + decryptor.finalize()
        return json.loads(plain[:-plain[-1]])


class FaceSession:
    def __init__(self, client, made):
        self.client, self.made, self.token = client, made, made["session_token"]

    def status(self):
        return self.client.status(self.token)

    async def connect(self):
        """A camera that has been welcomed."""
        camera = await Camera.open(self.client.broker, self.token)
        assert camera.welcome["type"] == "connection_established", camera.welcome
        return camera


class Camera:
    def __init__(self, ws):
        self.ws, self.heard, self.due = ws, [], 0

    @classmethod
    async def open(cls, broker, token, slash="/"):
        camera = cls(await broker.connect("/ws/auth/process-image/" + token + slash))
        camera.welcome = await camera.hear()
        return camera

    async def hear(self):
        message = await receive(self.ws)
        self.heard.append(message)
        return message

    async def pace(self):
        """Waits until the next frame is due. A camera has its own clock; this is it."""
        await asyncio.sleep(max(0.0, self.due - time.monotonic()))
        self.due = time.monotonic() + PACE

    async def show(self, picture, binary=False):
        """One frame, and what is answered to it. On a busy machine two may arrive too close together: it is shown again."""
        for _ in range(20):
            await self.pace()
            if binary:
                await self.ws.send(picture)
            else:
                await send(self.ws, type="frame", image="data:image/jpeg;base64," + base64.b64encode(picture).decode())
            answer = await self.hear()
            if answer.get("code") != 429:
                return answer
        raise AssertionError("refused again and again")

    async def perform(self, pictures, binary=False):
        """Frames until the session comes to its end; its last message."""
        for picture in pictures:
            answer = await self.show(picture, binary)
            if answer["type"] == "frame_processed" and "checked" in answer["message"]:
                answer = await self.hear()
            if answer["type"] in LAST:
                return answer
        raise AssertionError("no end: " + "; ".join(m["message"] for m in self.heard[-5:]))

    async def code(self):
        await asyncio.wait_for(self.ws.wait_closed(), DEADLINE)
        return self.ws.close_code
