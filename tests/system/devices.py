"""A device with a real RSA key, and what operators and devices ask over HTTP. The cryptography is python3-cryptography's."""
import base64
import functools
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
JSON = {"Content-Type": "application/json"}


@functools.lru_cache(maxsize=None)
def rsa_key(bits=2048, number=0, exponent=65537):
    """A key pair; `number` tells keys of one size apart. Made once, because long ones take their time."""
    del number
    return rsa.generate_private_key(exponent, bits)


def pem_of(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def post(broker, path, body, headers=None, **kw):
    """(status, JSON body)."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    status, _, answer = broker.request("POST", path, {**JSON, **(headers or {})}, text, **kw)
    return status, json.loads(answer)


class Device:
    def __init__(self, broker, device_id="TEE-1", key=None, hardware_id=None):
        self.broker, self.id, self.hardware_id = broker, device_id, hardware_id
        self.key = key or rsa_key()

    def register(self, headers=None, **change):
        body = {"device_id": self.id, "public_key": pem_of(self.key)}
        if self.hardware_id:
            body["hardware_id"] = self.hardware_id
        return post(self.broker, "/api/register-device", {**body, **change}, operator(self.broker) if headers is None else headers)

    def generate(self, headers=None, **order):
        body = {"device_id": self.id, **(order or {"wifi_ssid": "Home", "wifi_password": "over the rainbow"})}
        return post(self.broker, "/api/generate-challenge", body, operator(self.broker) if headers is None else headers)

    def challenge(self, **order):
        """(bson_id, sealed bytes) of a challenge that must be made."""
        status, answer = self.generate(**order)
        assert status == 200, answer
        payload = answer["qr_payload"]
        return payload["bson_id"], base64.b64decode(payload["challenge"], validate=True)

    def solve(self, sealed):
        return self.key.decrypt(sealed, OAEP)

    def answer(self, bson_id, response):
        text = response if isinstance(response, str) else base64.b64encode(response).decode()
        return post(self.broker, "/api/validate-challenge", {"bson_id": bson_id, "challenge_response": text})

    def provision(self, **order):
        """What a challenge opens."""
        bson_id, sealed = self.challenge(**order)
        status, answer = self.answer(bson_id, self.solve(sealed))
        assert status == 200, answer
        return answer


def operator(broker):
    return {"Authorization": "Bearer " + broker.admin_token}


def admin(broker, method, path, body=None):
    """(status, JSON body) of a request on the admin listener."""
    text = None if body is None else json.dumps(body)
    status, _, answer = broker.request(method, path, {**operator(broker), **JSON}, text, port=broker.admin_port)
    return status, json.loads(answer)
