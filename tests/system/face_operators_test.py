"""REST of the face product against the real binary, as its operator sees it: tenants apart from each other, verbs, URLs, what survives and
what is erased, the description."""
import base64
import glob
import hashlib
import json
import re
import unittest
import uuid

import jsonschema

from faces import SETTINGS, SIGN_IN, FaceCase, Schema, Tenant, create_client, verb
from harness import BrokerCase
from operations import FreshBrokerCase, log_events, metric


class Isolation(FaceCase):
    def test_a_tenant_sees_nothing_of_another(self):
        other = create_client(self.broker, "Other")
        made = self.acme.enrol("shared")
        for identity in (made["session_id"], made["session_token"], made["enrollment_id"]):
            self.error(other.get(f"/api/auth/sessions/{identity}/status/"), 404)
            self.error(other.call("DELETE", f"/api/auth/session/{identity}/"), 404)
        self.error(other.get("/api/clients/users/shared/"), 404)
        self.error(other.call("DELETE", "/api/clients/users/shared/"), 404)
        self.error(other.post("/api/auth/authentication/", {"user_id": "shared"}), 404)
        self.assertEqual(other.post("/api/clients/users/", {"external_user_id": "shared", "profile": {"of": "other"}})[0], 201)
        self.assertEqual(self.acme.get("/api/clients/users/shared/")[1]["profile"], {})
        self.assertEqual(self.acme.status(made["session_id"])["status"], "pending")

    def test_a_suspended_tenant_is_nobody_until_it_is_resumed(self):
        other = create_client(self.broker, "Suspended", "--id", "suspended-1")
        token = other.sign_in()["token"]
        self.assertEqual(verb(self.broker, "client", "suspend", "suspended-1")[0], 0)
        for headers in ({"X-API-Key": other.api_key}, {"Authorization": "JWT " + token}):
            self.error(other.post("/api/auth/enrollment/", {"user_id": "x"}, headers), 401, "Invalid client")
        self.error(other.post(SIGN_IN[0], {"api_key": other.api_key, "api_secret": other.secret}, {}), 401, "Invalid credentials")
        self.assertEqual(verb(self.broker, "client", "resume", "suspended-1")[0], 0)
        self.assertEqual(other.post("/api/auth/enrollment/", {"user_id": "x"})[0], 201)

    def test_rate_limits_are_each_tenants_own(self):
        slow = create_client(self.broker, "Slow", "--per-hour", "3", "--per-day", "100")
        self.assertEqual(slow.sign_in()["rate_limits"], {"per_hour": 3, "per_day": 100})
        for _ in range(3):
            slow.enrol()
        status, headers, body = slow.raw("POST", "/api/auth/enrollment/", {"user_id": "x"})
        self.error((status, json.loads(body)), 429)
        self.assertTrue(1000 < int(headers["Retry-After"]) <= 1200, headers["Retry-After"])
        self.acme.enrol()
        self.assertGreater(metric(self.broker, "mdai_face_calls_limited_total"), 0)


class Operators(FaceCase):
    def test_the_verbs(self):
        code, out, err = verb(self.broker, "client", "create", "Bank of Ü", "--id", "bank", "--per-hour", "10")
        self.assertEqual(code, 0, err)
        keys = dict(line.split(None, 1) for line in out.splitlines())
        self.assertEqual(set(keys), {"client_id", "api_key", "api_secret"})
        self.assertRegex(keys["api_key"], r"^frapi_[\w-]{43}$")
        self.assertIn("not shown again", err)
        bank = Tenant(self.broker, keys, self.schema)
        self.assertEqual(bank.sign_in()["client_name"], "Bank of Ü")
        for words in (["list"], ["list", "--json"], ["show", "bank"]):
            code, out, _ = verb(self.broker, "client", *words)
            self.assertEqual(code, 0)
            self.assertIn("bank", out)
            self.assertNotIn(keys["api_key"], out)
            self.assertNotIn(keys["api_secret"], out)
        self.assertIn("suspended", verb(self.broker, "client", "suspend", "bank")[1])
        self.assertIn("active", verb(self.broker, "client", "resume", "bank")[1])
        for wrong in (["create", "Again", "--id", "bank"], ["create", "Bad", "--id", "a b"], ["show", "nobody"], ["suspend", "nobody"]):
            code, _, err = verb(self.broker, "client", *wrong)
            self.assertEqual(code, 1, wrong)
            self.assertTrue(err.startswith("error: "), err)

    def test_the_admin_routes_want_the_operator(self):
        for method, path in (("GET", "/admin/clients"), ("POST", "/admin/clients"), ("POST", f"/admin/clients/{self.acme.id}/suspend")):
            self.assertEqual(self.broker.request(method, path, port=self.broker.admin_port)[0], 401)
            self.assertEqual(self.broker.request(method, path, {"Authorization": "Bearer " + self.broker.admin_token})[0], 404)

    def test_nothing_secret_or_personal_is_logged(self):
        self.acme.sign_in("secret_key")
        made = self.acme.enrol("Mrs Personal", device_info="a private phone")
        self.acme.post("/api/clients/users/", {"external_user_id": "Mr Personal", "profile": {"note": "private"}})
        self.acme.call("DELETE", "/api/clients/users/Mr%20Personal/")
        self.acme.post("/api/auth/enrollment/", {"user_id": "Bad\nPersonal"})
        log = self.broker.log_text()
        for secret in ("Personal", "private", self.acme.secret, self.acme.api_key, made["session_token"], self.acme.headers["Authorization"][4:]):
            self.assertNotIn(secret, log)
        self.assertTrue([e for e in log_events(self.broker, "face_session_created") if e["session_id"] == made["session_id"]])


class Urls(FaceCase):
    settings = {**SETTINGS, "MDAI_SERVER_TRUSTED_PROXIES": "127.0.0.1"}

    def url(self, headers, **kw):
        return self.acme.post("/api/auth/enrollment/", {"user_id": "url"}, {**self.acme.headers, **headers}, **kw)[1]["websocket_url"]

    def test_the_host_that_the_client_called(self):
        self.assertTrue(self.url({"Host": "faces.example.com"}).startswith("ws://faces.example.com/ws/auth/process-image/sess_"))
        self.assertTrue(self.url({"Host": "faces.example.com", "X-Forwarded-Proto": "https"}).startswith("wss://faces.example.com/"))
        self.assertTrue(self.url({"X-Forwarded-Host": "outer.example.com", "X-Forwarded-Proto": "https"}).startswith("wss://outer.example.com/"))
        self.assertTrue(self.url({}, tls=True).startswith(f"wss://127.0.0.1:{self.broker.tls_port}/"))


class NoProxies(FaceCase):
    def test_strangers_headers_do_not_count(self):
        status, made = self.acme.post("/api/auth/enrollment/", {"user_id": "url"}, {**self.acme.headers, "Host": "a.example", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"})
        self.assertTrue(made["websocket_url"].startswith("ws://a.example/"), made)


class PublicUrl(FaceCase):
    settings = {**SETTINGS, "MDAI_SERVER_PUBLIC_URL": "https://broker.example.com/"}

    def test_the_configured_url_stands_above_all(self):
        self.assertTrue(self.acme.enrol()["websocket_url"].startswith("wss://broker.example.com/ws/auth/process-image/sess_"))


class Durability(FreshBrokerCase):
    settings = SETTINGS

    def test_what_was_acknowledged_survives_a_kill(self):
        acme = create_client(self.broker, "Acme")
        made = [acme.enrol(f"user-{i}", n=i) for i in range(5)]
        other = create_client(self.broker, "Other")
        verb(self.broker, "client", "suspend", other.id)
        self.broker.restart()
        self.assertEqual(acme.sign_in()["client_id"], acme.id)
        for i, session in enumerate(made):
            self.assertEqual(acme.status(session["session_token"])["metadata"], {"n": i})
            self.assertEqual(acme.get(f"/api/clients/users/user-{i}/")[0], 200)
        self.assertEqual(other.post("/api/auth/enrollment/", {"user_id": "x"})[0], 401)

    def test_an_erased_person_is_in_no_file(self):
        acme = create_client(self.broker, "Acme")
        sessions = [acme.enrol("gone") for _ in range(20)]
        self.broker.restart()  # the log becomes tables
        sessions += [acme.enrol("gone") for _ in range(20)]
        kept = acme.enrol("kept")

        def in_files(session):
            needle = uuid.UUID(session["session_id"]).bytes
            files = [f for kind in ("*.sst", "*.log", "*.blob") for f in glob.glob(self.broker.home + "/journal/" + kind)]
            return sum(open(f, "rb").read().count(needle) for f in files)

        for session in (sessions[0], sessions[-1], kept):
            self.assertGreater(in_files(session), 0)
        self.assertEqual(acme.call("DELETE", "/api/clients/users/gone/")[0], 204)
        self.assertEqual([in_files(s) for s in sessions], [0] * 40)
        self.assertGreater(in_files(kept), 0)
        self.broker.restart()
        self.assertEqual(acme.get("/api/clients/users/gone/")[0], 404)
        self.assertEqual(acme.get(f"/api/auth/sessions/{sessions[0]['session_id']}/status/")[0], 404)
        self.assertEqual(acme.status(kept["session_id"])["status"], "pending")


class Development(FreshBrokerCase):
    settings = {**SETTINGS, "MDAI_MODE": "development", "MDAI_FACE_CLIENTS": "dev:frapi_dev:dev-secret, two:key-two:s2"}

    def test_tenants_of_the_settings(self):
        dev = Tenant(self.broker, {"client_id": "dev", "api_key": "frapi_dev", "api_secret": "dev-secret"})
        dev.sign_in()
        made = dev.enrol()
        two = Tenant(self.broker, {"client_id": "two", "api_key": "key-two", "api_secret": "s2"})
        two.enrol()
        self.broker.restart()
        self.assertEqual(dev.status(made["session_id"])["status"], "pending")

    def test_production_refuses_them(self):
        code, _, err = verb(self.broker, "serve", MDAI_MODE="production")
        self.assertEqual(code, 1)
        self.assertIn("MDAI_FACE_CLIENTS is for development", err)


class Off(BrokerCase):
    def test_none_of_it_is_served(self):
        for method, path in (("POST", SIGN_IN[0]), ("POST", "/api/auth/enrollment/"), ("GET", "/api/auth/sessions/x/status/"), ("POST", "/api/clients/users/")):
            self.assertEqual(self.broker.request(method, path, {"Content-Type": "application/json"}, "{}")[0], 404, path)
        code, _, err = verb(self.broker, "client", "create", "Acme")
        self.assertEqual(code, 1)
        self.assertIn("face.enabled", err)
        self.assertNotIn("/api/auth/enrollment/", Schema(self.broker).api["paths"])


class Documentation(FaceCase):
    def test_health_under_all_its_names(self):
        for path in ("/health", "/health/", "/api/health", "/api/health/", "/api/core/health", "/api/core/health/"):
            status, answer = self.acme.get(path, {})
            service = None if path == "/api/health" else "mdai-broker"  # phones know that one, without more fields
            self.assertEqual((status, answer["status"], answer.get("service")), (200, "healthy", service))

    def test_the_schema_and_the_page(self):
        for path in ("/api/schema", "/api/schema/"):
            self.assertEqual(self.acme.raw("GET", path, headers={})[2], self.schema.text)
        for path in ("/docs", "/docs/", "/api/docs", "/api/docs/"):
            status, headers, body = self.acme.raw("GET", path, headers={})
            self.assertEqual(status, 200)
            policy = headers["Content-Security-Policy"]
            for element in ("script", "style"):
                text = re.search(f"<{element}>(.*?)</{element}>".encode(), body, re.S).group(1)
                self.assertIn("'sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode() + "'", policy)

    def test_examples_of_bodies_are_what_the_schema_says(self):
        checked = 0
        for path, item in self.schema.api["paths"].items():
            for operation in item.values():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json") if isinstance(operation, dict) else None
                if content and "example" in content:
                    jsonschema.Draft202012Validator(content["schema"], resolver=self.schema.resolver).validate(content["example"])
                    checked += 1
        for name, schema in self.schema.api["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            if "example" in schema:
                jsonschema.Draft202012Validator(schema, resolver=self.schema.resolver).validate(schema["example"])
                checked += 1
        self.assertGreater(checked, 10)

    def test_operators_answers_fit_it_too(self):
        admin = {"Authorization": "Bearer " + self.broker.admin_token}
        for path in ("/admin/clients", f"/admin/clients/{self.acme.id}", "/admin/clients/nobody", "/admin/sessions", "/api/devices", "/actors", "/metrics", "/healthz", "/readyz"):
            self.acme.raw("GET", path, headers=admin, port=self.broker.admin_port)
        self.assertEqual(self.acme.post("/admin/clients", {"client_name": "Via REST"}, admin, port=self.broker.admin_port)[0], 201)
        self.assertEqual(self.acme.post("/admin/clients", {"rate_limits": {"per_hour": -1}}, admin, port=self.broker.admin_port)[0], 400)
        for path in ("/api/status", "/healthz", "/readyz"):
            self.acme.raw("GET", path, headers={})


if __name__ == "__main__":
    unittest.main(verbosity=2)
