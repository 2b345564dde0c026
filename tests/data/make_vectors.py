#!/usr/bin/python3
"""Makes vectors.json: known answers from an implementation that shares no code with the broker.

    /usr/bin/python3 tests/data/make_vectors.py            writes vectors.json beside this script
    /usr/bin/python3 tests/data/make_vectors.py --check    fails when vectors.json is not what would be written

Needs Debian's python3-cryptography. Every input is fixed, the OAEP seed too, so the output is always the same bytes.
All keys here are for tests only.
"""
import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes, hmac, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).resolve().parent

JWT_SECRET = "0123456789abcdef0123456789abcdef-jwt"
WRONG_SECRET = "x" * 32
CLAIMS = {
    "session_id": "6922e0540000000000000001",
    "role": "device",
    "jti": "j-1",
    "iss": "mdai-broker",
    "iat": 1732389414,
    "exp": 1732389594,
}
QR_KEY = bytes(range(32))
IV = bytes(range(0x10, 0x20))
FACE_PAYLOAD = {
    "id": "user123",
    "timestamp": "2025-10-27T12:34:56.789Z",
    "session_type": "authentication",
    "session_token": "sess_x",
    "confidence": 0.94,
}
MASTER_SECRET = "test-master-secret"
HARDWARE_ID = "b4:2f:03:31:9a:35"
CHALLENGE = bytes((3 + 7 * i) % 256 for i in range(32))
OAEP_SEED = bytes.fromhex("fd770cce2dc094e8541422c8d118e4f99b8dbca790891ef04d04282de334e108")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mac(key, data, algorithm=None):
    h = hmac.HMAC(key, algorithm or hashes.SHA256())
    h.update(data)
    return h.finalize()


def jwt(header, claims, secret, algorithm=None):
    signed = b64url(compact(header).encode()) + "." + b64url(compact(claims).encode())
    return signed + "." + b64url(mac(secret.encode(), signed.encode(), algorithm))


def tampered(token, claims):
    header, _, signature = token.split(".")
    return ".".join([header, b64url(compact(claims).encode()), signature])


def cbc(key, text):
    pad = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
    padded = pad.update(text.encode()) + pad.finalize()
    return b64(IV + encryptor.update(padded) + encryptor.finalize())


def mgf1(seed, length):
    blocks = (hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def oaep(key, message):
    """RSA-OAEP with SHA-256 (RFC 8017, section 7.1.1), the seed fixed: a library would draw a new one every time."""
    public = key.public_key().public_numbers()
    size = (public.n.bit_length() + 7) // 8
    block = hashlib.sha256(b"").digest() + bytes(size - len(message) - 66) + b"\x01" + message
    masked_block = xor(block, mgf1(OAEP_SEED, len(block)))
    masked_seed = xor(OAEP_SEED, mgf1(masked_block, 32))
    sealed = pow(int.from_bytes(masked_seed + masked_block, "big"), public.e, public.n).to_bytes(size, "big")
    scheme = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert key.decrypt(sealed, scheme) == message  # the library agrees
    return sealed


def jwt_vectors():
    plain = {"alg": "HS256", "typ": "JWT"}
    named = {**plain, "kid": "k1"}
    token = jwt(named, CLAIMS, JWT_SECRET)
    without_exp = {name: value for name, value in CLAIMS.items() if name != "exp"}
    unsigned = b64url(compact({"alg": "none", "typ": "JWT"}).encode()) + "." + b64url(compact(CLAIMS).encode()) + "."
    reject = [
        ("alg none", unsigned),
        ("HS512 under the same secret", jwt({"alg": "HS512", "typ": "JWT"}, CLAIMS, JWT_SECRET, hashes.SHA512())),
        ("tampered claim", tampered(token, {**CLAIMS, "role": "mobile"})),
        ("wrong secret", jwt(plain, CLAIMS, WRONG_SECRET)),
        ("no exp", jwt(plain, without_exp, JWT_SECRET)),
        ("exp is a string", jwt(plain, {**CLAIMS, "exp": "9999999999"}, JWT_SECRET)),
    ]
    return {
        "jwt_hs256": {
            "secret_utf8": JWT_SECRET,
            "claims": CLAIMS,
            "token": token,
            "valid_at": CLAIMS["iat"] + 86,
            "expired_at": CLAIMS["exp"],
        },
        "jwt_must_reject": [{"why": why, "token": bad} for why, bad in reject],
    }


def qr_vectors(token):
    plain = compact({"session_id": CLAIMS["session_id"], "token": token, "timestamp": CLAIMS["iat"]})
    return {
        "qr_aes256cbc": {
            "key_hex": QR_KEY.hex(),
            "iv_hex": IV.hex(),
            "plaintext": plain,
            "qr_encrypted": cbc(QR_KEY, plain),
        }
    }


def face_payload(source, value):
    key = hashlib.sha256(value.encode()).digest()
    plain = compact(FACE_PAYLOAD)
    return {
        "key_source": source,
        "value": value,
        "key_hex": key.hex(),
        "iv_hex": IV.hex(),
        "plaintext": plain,
        "encrypted_payload": cbc(key, plain),
    }


def device_vectors():
    key = serialization.load_pem_private_key((HERE / "rsa_test_key.pem").read_bytes(), None)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "device_key": {
            "master_secret": MASTER_SECRET,
            "hardware_id": HARDWARE_ID,
            "key_hex": mac(MASTER_SECRET.encode(), HARDWARE_ID.encode()).hex(),
        },
        "rsa_oaep_sha256": {
            "private_key_pem": private.decode(),
            "public_key_pem": public.decode(),
            "challenge_b64": b64(CHALLENGE),
            "ciphertext_b64": b64(oaep(key, CHALLENGE)),
        },
    }


def privacy_vectors():
    """Inputs and outputs as text: the filter answers the very bytes it does not remove or mask."""

    def case(platform_id, data_in, data_out, above=""):
        return {
            "platform_id": platform_id,
            "in": '{"type":"to_device",' + above + '"data":' + data_in + "}",
            "out": '{"type":"to_device","data":' + data_out + "}",
        }

    person = "PLT_secret9"
    masked = "*" * len(person)
    return {
        "privacy_filter": [
            case(
                person,
                '{"a":1,"platform_id":"x","n":{"platform_id":[1],"k":[{"platform_id":2,"z":12345678901234567890}]}}',
                '{"a":1,"n":{"k":[{"z":12345678901234567890}]}}',
                above=f'"platform_id":"{person}",',
            ),
            case(
                person,
                r'{"platform\u005fid":"x","t":"caf\u00e9","f":1.10,"e":1e400,"dup":1,"dup":2}',
                r'{"t":"caf\u00e9","f":1.10,"e":1e400,"dup":1,"dup":2}',
            ),
            case(
                person,
                '{"platformId":"kept","note":"see platform_id in docs","s":"id is ' + person + '!"}',
                '{"platformId":"kept","note":"see platform_id in docs","s":"id is ' + masked + '!"}',
            ),
            case(
                person,
                r'{"s":"\u0050LT_secret9!\u00e9","' + person + '":1,"n":{"x":"a' + person + 'b"}}',
                '{"s":"' + masked + r'!\u00e9","' + masked + '":1,"n":{"x":"a' + masked + 'b"}}',
            ),
            case("u1", '{"a":"u1","b":"u12","u1":0}', '{"a":"**","b":"u12","**":0}'),
        ]
    }


def main():
    vectors = jwt_vectors()
    vectors |= qr_vectors(vectors["jwt_hs256"]["token"])
    vectors["face_payload_secret_key"] = face_payload("secret_key", "sec_0123456789")
    vectors["face_payload_api_key"] = face_payload("api_key", "frapi_0123456789")
    vectors |= device_vectors()
    vectors |= privacy_vectors()
    text = json.dumps(vectors, indent=1)
    target = HERE / "vectors.json"
    if "--check" not in sys.argv[1:]:
        target.write_text(text)
    elif target.read_text() != text:
        sys.exit("vectors.json is not what make_vectors.py makes")


if __name__ == "__main__":
    main()
