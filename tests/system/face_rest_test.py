"""REST of the face product against the real binary, as clients use it: every alias, every credential, every error. Answers fit the
schema (faces.py)."""
import base64
import json
import unittest
import uuid
from urllib.parse import quote

from faces import SETTINGS, SIGN_IN, FaceCase
from operations import eventually


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
