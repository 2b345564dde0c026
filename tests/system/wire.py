"""What well-behaved clients cannot send: raw HTTP, raw WebSocket frames, and tokens minted by hand."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import struct

from harness import DEADLINE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = base64.b64encode(b"0123456789abcdef").decode()


def dial(broker, tls=False, port=None):
    s = socket.create_connection(("127.0.0.1", port or (broker.tls_port if tls else broker.port)), DEADLINE)
    if tls:
        s = ssl.create_default_context(cafile=broker.home + "/cert.pem").wrap_socket(s, server_hostname="localhost")
    return s


def read_response(s):
    """(status, headers, body) of the next response on a socket."""
    r = http.client.HTTPResponse(s)
    r.begin()
    return r.status, r.headers, r.read()


def exchange(broker, request, **kw):
    """The response to bytes that may be no HTTP at all; (None, None, rest) when there is none."""
    with contextlib.closing(dial(broker, **kw)) as s:
        s.sendall(request if isinstance(request, bytes) else request.encode())
        try:
            return read_response(s)
        except (http.client.HTTPException, ConnectionError) as e:
            return None, None, repr(e)


def until_closed(s):
    """All that comes until the peer closes; fails when it does not."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while chunk := s.recv(65536):
            data += chunk
    return data


def upgrade_request(path, headers=()):
    fields = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
              "Sec-WebSocket-Version": "13", **dict(headers)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def frame(opcode, payload=b"", fin=True, masked=True, rsv=0):
    payload = payload.encode() if isinstance(payload, str) else payload
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    return head + (b"\0\0\0\0" if masked else b"") + payload  # a mask of zeros is a mask


class Frames:
    """A WebSocket client of single frames. `early` is sent in the same packet as the upgrade."""

    def __init__(self, broker, path, headers=(), early=b"", tls=False):
        self.socket = dial(broker, tls)
        self.socket.sendall(upgrade_request(path, headers) + early)
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        return data

    def take(self, n):
        while len(self.buffer) < n:
            self.buffer += self.more()
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def send(self, *frames):
        self.socket.sendall(b"".join(frames))

    def say(self, **message):
        self.send(frame(TEXT, json.dumps(message)))

    def next(self):
        """(opcode, payload) of the next frame; (CLOSE, b"") when the peer is gone without a word."""
        try:
            head = self.take(2)
            n = head[1] & 0x7F
            if n == 126:
                n = struct.unpack("!H", self.take(2))[0]
            elif n == 127:
                n = struct.unpack("!Q", self.take(8))[0]
            return head[0] & 0x0F, self.take(n)
        except ConnectionError:
            return CLOSE, b""

    def json(self):
        opcode, payload = self.next()
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def close_code(self):
        """The code of the close frame, after reading what came before it; 1006 when there was none."""
        while True:
            opcode, payload = self.next()
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0] if payload else 1006


def b64url(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token):
    """(header, claims) of a token."""
    header, claims, _ = token.split(".")
    return json.loads(unb64url(header)), json.loads(unb64url(claims))


def sign(secret, header, claims, digest=hashlib.sha256):
    text = b64url(header) + "." + b64url(claims)
    return text + "." + b64url(hmac.new(secret.encode(), text.encode(), digest).digest())


def random_hex():
    return os.urandom(32).hex()
