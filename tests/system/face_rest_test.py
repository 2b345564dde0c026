"""REST of the face product against the real binary: every alias, every credential, every error. Answers fit the schema (faces.py)."""
import base64
import glob
import hashlib
import json
import re
import unittest
import uuid
from urllib.parse import quote

import jsonschema

from faces import SETTINGS, Schema, Tenant, create_client, verb
from harness import BrokerCase
from operations import FreshBrokerCase, eventually, log_events, metric

UNION = {"success", "error", "error_code", "message", "detail", "request_id"}
SIGN_IN = ("/api/core/auth/client/", "/api/core/auth/client", "/api/auth/client/", "/api/auth/client")


class FaceCase(BrokerCase):
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


class SigningIn(FaceCase):
    def test_every_path_and_every_name(self):
        acme = self.acme
        for path in SIGN_IN:
            for who in ({"api_key": acme.api_key}, {"client_id": acme.id}):
                for name in ("api_secret", "secret_key"):
                    status, answer = acme.post(path, {**who, name: acme.secret}, {})
                    self.assertEqual(status, 200, answer)
                    self.assertEqual((answer["client_id"], answer["client_name"], answer["tier"]), (acme.id, "Acme", "gold"))
                    self.assertEqual((answer["token_type"], answer["expires_in"]), ("JWT", 3600))
                    self.assertEqual(len({answer["token"], answer["access_token"], answer["jwt_token"]}), 1)
                    self.assertEqual(answer["features"], {"liveness": True})
                    self.assertEqual(answer["api_key"], acme.api_key)
        header, claims, _ = answer["token"].split(".")
        self.assertEqual(json.loads(base64.urlsafe_b64decode(header + "=="))["alg"], "HS256")
        self.assertNotIn(acme.secret, base64.urlsafe_b64decode(claims + "==").decode())

    def test_wrong_credentials(self):
        for body in ({"api_key": self.acme.api_key, "api_secret": "wrong"}, {"api_key": "frapi_nobody", "api_secret": self.acme.secret},
                     {"client_id": "nobody", "secret_key": self.acme.secret}, {"client_id": "x", "api_key": self.acme.api_key, "secret_key": self.acme.secret}):
            for path in SIGN_IN:
                self.error(self.acme.post(path, body, {}), 401, "Invalid credentials", non_field_errors="Invalid credentials")

    def test_bodies_that_cannot_be(self):
        for body, field in (({}, "api_key"), ({"api_key": "x"}, "api_secret"), ({"api_secret": "x"}, "api_key"),
                            ({"api_key": ["x"], "api_secret": "x"}, "api_key"), ({"api_key": "x", "api_secret": 1}, "api_secret"),
                            ({"api_key": "x", "api_secret": ""}, "api_secret"), ({"api_key": "x" * 1000, "api_secret": "x"}, "api_key")):
            self.error(self.acme.post(SIGN_IN[0], body, {}), 400, **{field: None})
        for text in ("", "{", "[1]", '"x"', "null", "[" * 50_000, b'{"api_key":"\xff"}', '{"api_key":"a","api_secret":"b"} x'):
            self.error(self.acme.post(SIGN_IN[0], text, {}), 400)
        self.error(self.acme.post(SIGN_IN[0], "api_key=x", {"Content-Type": "application/x-www-form-urlencoded"}), 415)
        status, headers, _ = self.broker.get(SIGN_IN[0])
        self.assertEqual((status, headers["Allow"]), (405, "OPTIONS, POST"))


class Credentials(FaceCase):
    def test_all_forms_are_as_good(self):
        token = self.acme.sign_in()["token"]
        for headers in ({"Authorization": "JWT " + token}, {"Authorization": "Bearer " + token}, {"Authorization": "Bearer " + self.acme.api_key},
                        {"Authorization": "JWT " + self.acme.api_key}, {"X-API-Key": self.acme.api_key}, {"x-api-key": self.acme.api_key},
                        {"Authorization": "jwt " + token}):
            self.assertEqual(self.acme.post("/api/auth/enrollment/", {"user_id": "forms"}, headers)[0], 201, headers)

    def test_strangers_are_told_why(self):
        token = self.acme.sign_in()["token"]
        head, claims, signature = token.split(".")
        other = base64.urlsafe_b64encode(b'{"client_id":"x","role":"client"}').decode().rstrip("=")
        none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        session = self.broker.create().mobile_token
        for headers, text in (({}, "Authentication credentials were not provided."), ({"Authorization": "JWT "}, "Authentication credentials were not provided."),
                              ({"Authorization": "Basic eDp5"}, "Authentication credentials were not provided."),
                              ({"X-API-Key": "frapi_wrong"}, "Invalid API key"), ({"Authorization": "Bearer frapi_wrong"}, "Invalid API key"),
                              ({"Authorization": "JWT frapi_wrong"}, "Invalid API key"), ({"Authorization": "JWT a.b.c"}, "Invalid JWT token"),
                              ({"Authorization": "Bearer " + token[:-2]}, "Invalid JWT token"), ({"Authorization": "JWT garbage"}, "Invalid JWT token"),
                              ({"Authorization": f"JWT {head}.{other}.{signature}"}, "Invalid JWT token"),
                              ({"Authorization": f"JWT {none}.{claims}."}, "Invalid JWT token"), ({"Authorization": "JWT " + session}, "Invalid JWT token")):
            for method, path in (("POST", "/api/auth/enrollment/"), ("POST", "/api/auth/authentication"), ("GET", "/api/auth/sessions/x/status/"),
                                 ("DELETE", "/api/auth/session/x/"), ("GET", "/api/clients/users/ann/"), ("POST", "/api/clients/users/")):
                status, got, body = self.acme.raw(method, path, "{}" if method == "POST" else None, headers)
                self.error((status, json.loads(body)), 401, text)
                self.assertEqual(got["WWW-Authenticate"], "Bearer")

    def test_a_clients_token_opens_nothing_else(self):
        token = self.acme.sign_in()["token"]
        status, _, _ = self.broker.get("/api/mobile/create-session", {"Authorization": "Bearer " + token})
        self.assertEqual(status, 401)
        self.assertEqual(self.broker.request("GET", "/admin/clients", {"Authorization": "Bearer " + token}, port=self.broker.admin_port)[0], 401)


class ShortTokens(FaceCase):
    settings = {**SETTINGS, "MDAI_FACE_TOKEN_TTL": "1s"}

    def test_a_token_ends(self):
        answer = self.acme.sign_in()
        self.assertEqual(answer["expires_in"], 1)
        def expired():
            status, body = self.acme.get("/api/clients/users/ann/")
            return status == 401 and body
        self.error((401, eventually(expired, "the token expires")), 401, "JWT token expired")


class Sessions(FaceCase):
    def test_an_enrolment(self):
        for path in ("/api/auth/enrollment/", "/api/auth/enrollment"):
            status, answer = self.acme.post(path, {"user_id": "ann"})
            self.assertEqual(status, 201, answer)
            self.assertEqual((answer["status"], answer["target_samples"], answer["expires_in"], answer["key_source"]), ("pending", 3, 300, "api_key"))
            self.assertEqual(answer["websocket_url"], f"ws://127.0.0.1:{self.broker.port}/ws/auth/process-image/{answer['session_token']}/")
        self.assertEqual(self.acme.enrol("ann", target_samples=20)["target_samples"], 20)

    def test_an_authentication(self):
        self.acme.enrol("bob")
        for path in ("/api/auth/authentication/", "/api/auth/authentication"):
            for user, kind in (("bob", "verification"), (None, "identification"), ("", "identification")):
                status, answer = self.acme.post(path, {"user_id": user})
                self.assertEqual((status, answer["session_type"], answer["status"]), (201, kind, "active"))
        self.assertEqual(self.acme.post("/api/auth/authentication/", {})[1]["session_type"], "identification")
        self.error(self.acme.post("/api/auth/authentication/", {"user_id": "nobody"}), 404, user_id="User not found or inactive")

    def test_the_name_of_the_secret_is_remembered(self):
        for name, source in (("secret_key", "secret_key"), ("api_secret", "api_key")):
            self.acme.sign_in(name)
            self.assertEqual(self.acme.enrol()["key_source"], source)
            self.assertEqual(self.acme.authenticate()["key_source"], source)
        self.acme.headers = {"X-API-Key": self.acme.api_key}
        self.assertEqual(self.acme.enrol()["key_source"], "api_key")

    def test_fields_that_cannot_be(self):
        deep = {}
        for _ in range(40):
            deep = {"a": deep}
        for body, field in (({}, "user_id"), ({"user_id": None}, "user_id"), ({"user_id": ""}, "user_id"), ({"user_id": "x" * 101}, "user_id"),
                            ({"user_id": 5}, "user_id"), ({"user_id": ["x"]}, "user_id"), ({"user_id": "a\nb"}, "user_id"),
                            ({"user_id": "x", "session_type": "phone"}, "session_type"), ({"user_id": "x", "session_type": 1}, "session_type"),
                            ({"user_id": "x", "metadata": []}, "metadata"), ({"user_id": "x", "metadata": "{}"}, "metadata"),
                            ({"user_id": "x", "metadata": {"target_samples": 0}}, "target_samples"),
                            ({"user_id": "x", "metadata": {"target_samples": 21}}, "metadata"),
                            ({"user_id": "x", "metadata": {"target_samples": "3"}}, "target_samples"),
                            ({"user_id": "x", "metadata": {"target_samples": 2.5}}, "target_samples"),
                            ({"user_id": "x", "metadata": {"required_blinks": -1}}, "required_blinks"),
                            ({"user_id": "x", "metadata": {"required_blinks": 11}}, "required_blinks"),
                            ({"user_id": "x", "metadata": deep}, "metadata"), ({"user_id": "x", "metadata": {"a": "x" * 20_000}}, "metadata")):
            self.error(self.acme.post("/api/auth/enrollment/", body), 400, **{field: None})
        for body, field in (({"require_liveness": 1}, "require_liveness"), ({"require_liveness": "false"}, "require_liveness"),
                            ({"metadata": {"min_frames_required": 0}}, "min_frames_required"), ({"user_id": {}}, "user_id")):
            self.error(self.acme.post("/api/auth/authentication/", body), 400, **{field: None})
        self.assertEqual(self.acme.post("/api/auth/enrollment/", {"user_id": "ü" * 100, "session_type": "api", "more": 1})[0], 201)

    def test_the_status_under_three_ids(self):
        made = self.acme.enrol("eve", device_info={"os": "linux"}, custom=[1, 2.50])
        for identity in (made["session_id"], made["session_token"], made["enrollment_id"]):
            for slash in ("/", ""):
                status, answer = self.acme.get(f"/api/auth/sessions/{identity}/status{slash}")
                self.assertEqual(status, 200, answer)
                self.assertEqual((answer["session_id"], answer["status"], answer["enrollment_status"]), (made["session_id"], "pending", "pending"))
                self.assertEqual(answer["metadata"], {"device_info": {"os": "linux"}, "custom": [1, 2.5]})
        for unknown in ("x", "sess_x", str(uuid.uuid4()), made["session_id"][:-4] + "0000", "%20"):
            self.error(self.acme.get(f"/api/auth/sessions/{unknown}/status/"), 404, "Session not found")

    def test_cancelling(self):
        for slash in ("/", ""):
            made = self.acme.enrol()
            status, answer = self.acme.call("DELETE", f"/api/auth/session/{made['session_token']}{slash}")
            self.assertEqual((status, answer["success"]), (200, True), answer)
            self.assertEqual(self.acme.status(made["session_id"])["status"], "cancelled")
        self.error(self.acme.call("DELETE", "/api/auth/session/sess_unknown/"), 404)


class Users(FaceCase):
    def test_a_user_lives_and_is_erased(self):
        for slash in ("/", ""):
            name = "kim" + slash.replace("/", "-s")
            status, made = self.acme.post("/api/clients/users" + slash, {"external_user_id": name, "profile": {"n": 1}})
            self.assertEqual((status, made["is_enrolled"], made["profile"]), (201, False, {"n": 1}))
            self.error(self.acme.post("/api/clients/users" + slash, {"external_user_id": name}), 400, external_user_id=None)
            self.assertEqual(self.acme.get(f"/api/clients/users/{name}{slash}"), (200, made))
            self.assertEqual(self.acme.call("DELETE", f"/api/clients/users/{name}{slash}"), (204, None))
            self.error(self.acme.get(f"/api/clients/users/{name}{slash}"), 404, "User not found")
            self.error(self.acme.call("DELETE", f"/api/clients/users/{name}{slash}"), 404)
        for body in ({}, {"external_user_id": ""}, {"external_user_id": 1}, {"external_user_id": "x", "profile": []}, {"external_user_id": "x", "face_auth_enabled": "no"}):
            self.error(self.acme.post("/api/clients/users/", body), 400)

    def test_names_that_do_not_fit_into_a_path(self):
        for name in ("a/b", "ü ?&#", "a%2Fb", "..", "100%"):
            self.assertEqual(self.acme.post("/api/clients/users/", {"external_user_id": name})[0], 201, name)
            target = "/api/clients/users/?external_user_id=" + quote(name, safe="")
            self.assertEqual(self.acme.get(target)[1]["external_user_id"], name)
            if "/" not in name and name != "..":
                self.assertEqual(self.acme.get(f"/api/clients/users/{quote(name, safe='')}/")[1]["external_user_id"], name)
            self.assertEqual(self.acme.call("DELETE", target)[0], 204)
        self.error(self.acme.get("/api/clients/users/"), 400, external_user_id=None)

    def test_somebody_inactive(self):
        self.assertEqual(self.acme.post("/api/clients/users/", {"external_user_id": "idle", "face_auth_enabled": False})[0], 201)
        self.error(self.acme.post("/api/auth/enrollment/", {"user_id": "idle"}), 400, user_id="User not found or inactive")
        self.error(self.acme.post("/api/auth/authentication/", {"user_id": "idle"}), 404)


class KnownUsersOnly(FaceCase):
    settings = {**SETTINGS, "MDAI_FACE_AUTO_CREATE_USERS": "false"}

    def test_an_unknown_user_is_not_made(self):
        self.error(self.acme.post("/api/auth/enrollment/", {"user_id": "new"}), 400, user_id="User not found or inactive")
        self.assertEqual(self.acme.get("/api/clients/users/new/")[0], 404)
        self.assertEqual(self.acme.post("/api/clients/users/", {"external_user_id": "new"})[0], 201)
        self.acme.enrol("new")


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
