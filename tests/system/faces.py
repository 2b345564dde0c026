"""Tenants of the face product over REST. Every answer is held against the schema that the broker serves."""
import json
import re
import subprocess

import jsonschema

from harness import BROKER, DEADLINE, BrokerCase

UNION = {"success", "error", "error_code", "message", "detail", "request_id"}  # the fields of every error
SIGN_IN = ("/api/core/auth/client/", "/api/core/auth/client", "/api/auth/client/", "/api/auth/client")
SETTINGS = {"MDAI_FACE_ENABLED": "true"}
JSON = {"Content-Type": "application/json"}


class Schema:
    """What /api/schema/ says, as a judge of answers."""

    def __init__(self, broker):
        self.text = broker.get("/api/schema/")[2]
        self.api = json.loads(self.text)
        self.resolver = jsonschema.RefResolver.from_schema(self.api)
        self.seen = set()  # (method, path, status)

    def item(self, path):
        """The described path that this one is an instance of."""
        path = path.split("?")[0].rstrip("/")
        fitting = [p for p in self.api["paths"] if re.fullmatch(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(p.rstrip("/"))), path)]
        return min(fitting, key=lambda p: p.count("{"), default=None)

    def judge(self, method, path, status, headers, body):
        described = self.item(path)
        operation = self.api["paths"].get(described, {}).get(method.lower()) if described else None
        if not operation:
            return
        assert str(status) in operation["responses"], f"{method} {described} answers {status}, which the schema does not know: {body}"
        response = operation["responses"][str(status)]
        if "$ref" in response:
            response = self.resolver.resolve(response["$ref"])[1]
        self.seen.add((method, described, status))
        if "content" not in response:
            assert body == b"", body
            return
        kind, content = next(iter(response["content"].items()))
        assert headers["Content-Type"].split(";")[0] == kind, headers["Content-Type"]
        for name in response.get("headers", {}):
            assert headers[name], f"{name} is missing"
        if kind == "application/json":
            jsonschema.Draft202012Validator(content["schema"], resolver=self.resolver).validate(json.loads(body))


def verb(broker, *arguments, **settings):
    """(exit code, what it said, what it complained about) of the command line, with the broker's settings and these on top."""
    env = {**broker.env, **settings}
    done = subprocess.run([BROKER, *arguments], env=env, cwd=broker.home, capture_output=True, text=True, timeout=DEADLINE, check=False)
    return done.returncode, done.stdout, done.stderr


def create_client(broker, name="Acme", *options):
    """A tenant as the operator's command line makes it."""
    code, out, err = verb(broker, "client", "create", name, "--json", *options)
    assert code == 0, err
    return Tenant(broker, json.loads(out))


class Tenant:
    def __init__(self, broker, made, schema=None):
        self.broker, self.id = broker, made["client_id"]
        self.api_key, self.secret = made["api_key"], made["api_secret"]
        self.schema = schema or Schema(broker)
        self.headers = {"X-API-Key": self.api_key}

    def raw(self, method, path, body=None, headers=None, **kw):
        """(status, headers, bytes); `body` may be a text that is no JSON."""
        headers = dict(self.headers if headers is None else headers)
        if body is not None:
            headers = {**JSON, **headers}
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        status, got, answer = self.broker.request(method, path, headers, body, **kw)
        self.schema.judge(method, path, status, got, answer)
        return status, got, answer

    def call(self, method, path, body=None, headers=None, **kw):
        """(status, JSON)."""
        status, _, answer = self.raw(method, path, body, headers, **kw)
        return status, json.loads(answer) if answer else None

    def post(self, path, body, headers=None, **kw):
        return self.call("POST", path, body, headers, **kw)

    def get(self, path, headers=None, **kw):
        return self.call("GET", path, None, headers, **kw)

    def sign_in(self, secret_name="api_secret", path="/api/core/auth/client/"):
        status, answer = self.post(path, {"api_key": self.api_key, secret_name: self.secret}, {})
        assert status == 200, answer
        self.headers = {"Authorization": "JWT " + answer["access_token"]}
        return answer

    def enrol(self, user="ann", **metadata):
        status, answer = self.post("/api/auth/enrollment/", {"user_id": user, "metadata": metadata})
        assert status == 201, answer
        return answer

    def authenticate(self, user=None, **body):
        status, answer = self.post("/api/auth/authentication/", {"user_id": user, **body})
        assert status == 201, answer
        return answer

    def status(self, identity):
        status, answer = self.get(f"/api/auth/sessions/{identity}/status/")
        assert status == 200, answer
        return answer


class FaceCase(BrokerCase):
    """A broker with one tenant, `acme`, that each test finds signed in by its key."""
    settings = SETTINGS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.schema = Schema(cls.broker)
            cls.made = create_client(cls.broker, "Acme", "--tier", "gold", "--feature", "liveness")
        except BaseException:
            cls.tearDownClass()  # unittest does not, and the broker would stay
            raise

    def setUp(self):
        super().setUp()
        made = self.made
        self.acme = Tenant(self.broker, {"client_id": made.id, "api_key": made.api_key, "api_secret": made.secret}, self.schema)

    def error(self, answer, expected_status, text=None, **fields):
        status, body = answer
        self.assertEqual(status, expected_status, body)
        self.assertLessEqual(UNION, set(body), body)
        self.assertIs(body["success"], False)
        self.assertEqual(len({body["error"], body["message"], body["detail"]}), 1)
        if text:
            self.assertEqual(body["detail"], text)
        for name, says in fields.items():
            self.assertEqual(body[name], [says] if says else body[name], body)
            self.assertIsInstance(body[name], list)
        return body
