"""Session tokens (JWT, HS256) and QR codes (AES-256-CBC), as docs/protocol.md has them."""
import base64
import json
import os
import time

import jwt
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ISSUER = "mdai-broker"


class Tokens:
    def __init__(self, jwt_secret, qr_key_hex):
        self.jwt_secret = jwt_secret
        self.qr_key = bytes.fromhex(qr_key_hex)

    def make(self, session_id, role, expires_at):
        claims = {"session_id": session_id, "role": role, "jti": os.urandom(16).hex(), "iss": ISSUER,
                  "iat": int(time.time()), "exp": int(expires_at) + 1}
        return jwt.encode(claims, self.jwt_secret, algorithm="HS256")

    def session_of(self, token, role):
        """The session that a token of this role is for; None when it is not good."""
        try:
            claims = jwt.decode(token, self.jwt_secret, algorithms=["HS256"], issuer=ISSUER)
        except jwt.PyJWTError:
            return None
        return claims.get("session_id") if claims.get("role") == role else None

    def seal_qr(self, session_id, token):
        content = json.dumps({"session_id": session_id, "token": token, "timestamp": int(time.time())}).encode()
        padder = padding.PKCS7(128).padder()
        iv = os.urandom(16)
        encryptor = Cipher(algorithms.AES(self.qr_key), modes.CBC(iv)).encryptor()
        padded = padder.update(content) + padder.finalize()
        return base64.b64encode(iv + encryptor.update(padded) + encryptor.finalize()).decode()
