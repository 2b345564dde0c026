#include "protocol/face/client_token.hpp"
#include "tests/actors/face_fixture.hpp"

namespace mdai::test {
namespace {

// -- signing in and who calls -----------------------------------------------------------------------------------------

TEST_F(face_test, ATenantSignsInUnderEveryName) {
  for (auto& body : {json{{"api_key", "frapi_acme"}, {"api_secret", "acme-secret"}},
                     json{{"api_key", "frapi_acme"}, {"secret_key", "acme-secret"}},
                     json{{"client_id", "acme"}, {"api_secret", "acme-secret"}},
                     json{{"client_id", "acme"}, {"secret_key", "acme-secret"}},
                     json{{"client_id", "acme"}, {"api_key", "frapi_acme"}, {"secret_key", "acme-secret"}}})
    for (auto route : {"/api/core/auth/client", "/api/auth/client"}) {
      auto got = post(route, body);
      ASSERT_EQ(status(got), 200u) << body;
      auto answer = this->body(got);
      EXPECT_EQ(answer["token"], answer["access_token"]);
      EXPECT_EQ(answer["token"], answer["jwt_token"]);
      EXPECT_EQ(answer["token_type"], "JWT");
      EXPECT_EQ(answer["expires_in"], 3600);
      EXPECT_EQ(answer["client_id"], "acme");
      EXPECT_EQ(answer["client_name"], "acme");
      EXPECT_EQ(answer["api_key"], "frapi_acme");
      EXPECT_EQ(answer["features"], json::object());
      EXPECT_EQ(answer["rate_limits"], (json{{"per_hour", 0}, {"per_day", 0}}));
      EXPECT_TRUE(answer["expires_at"].is_string());
      EXPECT_EQ((*got)->headers.get("Cache-Control"), "no-store");
    }
}

TEST_F(face_test, WrongCredentialsAreToldInAllWords) {
  for (auto& wrong : {json{{"api_key", "frapi_acme"}, {"api_secret", "other-secret"}},
                      json{{"api_key", "frapi_nobody"}, {"api_secret", "acme-secret"}},
                      json{{"client_id", "nobody"}, {"secret_key", "acme-secret"}},
                      json{{"client_id", "other"}, {"api_key", "frapi_acme"}, {"secret_key", "acme-secret"}}}) {
    auto got = sign_in(wrong);
    EXPECT_EQ(status(got), 401u) << wrong;
    auto answer = body(got);
    EXPECT_EQ(answer["non_field_errors"], json{"Invalid credentials"});
    for (auto field : {"error", "message", "detail"})
      EXPECT_EQ(answer[field], "Invalid credentials");
    EXPECT_EQ(answer["error_code"], "INVALID_CREDENTIALS");
    EXPECT_EQ(answer["success"], false);
    EXPECT_EQ(answer["request_id"], "rid-1");
  }
}

TEST_F(face_test, WhatIsMissingInASignInIsNamed) {
  for (auto& [sent, field] :
       std::vector<std::pair<json, std::string>>{{json::object(), "api_key"},
                                                 {{{"api_key", "frapi_acme"}}, "api_secret"},
                                                 {{{"api_secret", "x"}}, "api_key"},
                                                 {{{"api_key", 7}, {"api_secret", "x"}}, "api_key"},
                                                 {{{"api_key", "frapi_acme"}, {"api_secret", nullptr}}, "api_secret"},
                                                 {{{"api_key", "frapi_acme"}, {"secret_key", true}}, "secret_key"}}) {
    auto got = sign_in(sent);
    EXPECT_EQ(status(got), 400u) << sent;
    EXPECT_TRUE(body(got)[field].is_array()) << sent;
  }
  for (auto text : {"", "{", "[]", "\"text\"", "{\"api_key\":\xff}"})
    EXPECT_EQ(status(call("/api/auth/client", "POST", text)), 400u) << text;
}

TEST_F(face_test, ACallIsTheTenantsUnderEachOfFiveForms) {
  auto token = body(sign_in({{"api_key", "frapi_acme"}, {"api_secret", "acme-secret"}}))["token"].get<std::string>();
  for (auto& form : {headers{{"Authorization", "JWT " + token}}, headers{{"Authorization", "Bearer " + token}},
                     headers{{"Authorization", "Bearer frapi_acme"}}, headers{{"Authorization", "JWT frapi_acme"}},
                     headers{{"X-API-Key", "frapi_acme"}}, headers{{"Authorization", "bearer  " + token + " "}},
                     headers{{"Authorization", "Basic x"}, {"X-API-Key", "frapi_acme"}}}) {
    as = form;
    EXPECT_EQ(status(enrol()), 201u) << form.begin()->second;
  }
}

TEST_F(face_test, AStrangerIsToldWhy) {
  auto token = body(sign_in({{"api_key", "frapi_acme"}, {"api_secret", "acme-secret"}}))["token"].get<std::string>();
  w.advance(1h + 1s);
  const std::pair<headers, const char*> cases[] = {
      {{}, "Authentication credentials were not provided."},
      {{{"Authorization", "JWT"}}, "Authentication credentials were not provided."},
      {{{"Authorization", "Basic YTpi"}}, "Authentication credentials were not provided."},
      {{{"X-API-Key", "frapi_nobody"}}, "Invalid API key"},
      {{{"X-API-Key", "something"}}, "Invalid API key"},
      {{{"Authorization", "Bearer frapi_nobody"}}, "Invalid API key"},
      {{{"Authorization", "JWT frapi_nobody"}}, "Invalid API key"},
      {{{"Authorization", "JWT " + token}}, "JWT token expired"},
      {{{"Authorization", "Bearer a.b.c"}}, "Invalid JWT token"},
      {{{"Authorization", "JWT nonsense"}}, "Invalid JWT token"},
      {{{"Authorization", "JWT " + w.token(w.create(), party::mobile)}}, "Invalid JWT token"},
      {{{"Authorization", "JWT " + face::mint_client_token(w.env.now()->tokens, {"gone", face::key_source::api_key, "j",
                                                                                 0, 4'000'000'000})}},
       "Invalid client"},
  };
  for (auto& [form, text] : cases) {
    as = form;
    auto got = enrol();
    EXPECT_EQ(status(got), 401u) << text;
    EXPECT_EQ(body(got)["detail"], text);
    EXPECT_EQ((*got)->headers.get("WWW-Authenticate"), "Bearer");
  }
}

// -- beginning --------------------------------------------------------------------------------------------------------

TEST_F(face_test, AnEnrolmentBeginsWithTheDefaultsOfTheContract) {
  auto got = enrol();
  ASSERT_EQ(status(got), 201u);
  auto answer = body(got);
  auto token = answer["session_token"].get<std::string>();
  EXPECT_EQ(token.size(), 48u);
  EXPECT_TRUE(token.starts_with("sess_"));
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), token.npos);
  EXPECT_TRUE(uuid::parse(answer["session_id"].get<std::string>()));
  EXPECT_TRUE(uuid::parse(answer["enrollment_id"].get<std::string>()));
  EXPECT_NE(answer["session_id"], answer["enrollment_id"]);
  EXPECT_EQ(answer["status"], "pending");
  EXPECT_EQ(answer["target_samples"], 3);
  EXPECT_EQ(answer["expires_in"], 300);
  EXPECT_EQ(answer["websocket_url"], "ws://broker.test/ws/auth/process-image/" + token + "/");
  EXPECT_EQ(answer["key_source"], "api_key");
  EXPECT_TRUE(answer["message"].is_string());
  ASSERT_EQ(script->seeds.size(), 1u);
  auto& r = script->seeds[0].record;
  EXPECT_EQ(r.required_blinks, 1u);
  EXPECT_EQ(r.type, face::session_type::webcam);
  EXPECT_TRUE(r.require_liveness);
  EXPECT_FALSE(r.person.none());
}

TEST_F(face_test, AnAuthenticationIsOfOnePersonOrOfAll) {
  ASSERT_EQ(status(enrol()), 201u);
  auto one = authenticate();
  ASSERT_EQ(status(one), 201u);
  EXPECT_EQ(body(one)["session_type"], "verification");
  EXPECT_EQ(body(one)["status"], "active");
  EXPECT_FALSE(body(one).contains("enrollment_id"));
  for (auto& anybody : {json::object(), json{{"user_id", nullptr}}, json{{"user_id", ""}}}) {
    auto all = authenticate(anybody);
    ASSERT_EQ(status(all), 201u) << anybody;
    EXPECT_EQ(body(all)["session_type"], "identification");
  }
  EXPECT_EQ(script->seeds[1].record.person, script->seeds[0].record.person);
  EXPECT_TRUE(script->seeds[2].record.person.none());
}

TEST_F(face_test, TheNameOfTheSecretDecidesWhatResultsAreEncryptedUnder) {
  auto with = [&](const char* name) {
    auto token = body(sign_in({{"api_key", "frapi_acme"}, {name, "acme-secret"}}))["token"].get<std::string>();
    as = {{"Authorization", "JWT " + token}};
    return body(enrol())["key_source"];
  };
  EXPECT_EQ(with("secret_key"), "secret_key");
  EXPECT_EQ(with("api_secret"), "api_key");
  as = {{"X-API-Key", "frapi_acme"}};
  EXPECT_EQ(body(enrol())["key_source"], "api_key");
  auto digest = [](const crypto::key256& k) { return std::string{reinterpret_cast<const char*>(k.data()), k.size()}; };
  EXPECT_EQ(digest(script->seeds[0].payload_key), crypto::sha256("acme-secret"));
  EXPECT_EQ(digest(script->seeds[1].payload_key), crypto::sha256("frapi_acme"));
  EXPECT_EQ(digest(script->seeds[2].payload_key), crypto::sha256("frapi_acme"));
}

TEST_F(face_test, WhatAClientAsksForReachesTheStream) {
  ASSERT_EQ(
      status(enrol({{"user_id", "ann"},
                    {"session_type", "mobile"},
                    {"metadata", {{"target_samples", 20}, {"required_blinks", 0}, {"device_info", {{"os", "x"}}}}}})),
      201u);
  ASSERT_EQ(status(authenticate({{"user_id", "ann"},
                                 {"session_type", "api"},
                                 {"require_liveness", false},
                                 {"metadata", {{"min_frames_required", 1}, {"required_blinks", 10}}}})),
            201u);
  auto &e = script->seeds[0].record, &a = script->seeds[1].record;
  EXPECT_EQ(e.frames_wanted, 20u);
  EXPECT_EQ(e.required_blinks, 0u);
  EXPECT_EQ(e.type, face::session_type::mobile);
  EXPECT_EQ(a.frames_wanted, 1u);
  EXPECT_EQ(a.required_blinks, 10u);
  EXPECT_FALSE(a.require_liveness);
  EXPECT_EQ(a.type, face::session_type::api);
}

TEST_F(face_test, TheOperatorsMinimaStandAboveAClientsWishes) {
  auto s = w.env.now()->settings;
  s.face.min_samples = 5;
  s.face.min_frames = 4;
  s.face.min_blinks = 2;
  s.face.liveness_optional = false;
  w.reload(s);
  EXPECT_EQ(body(enrol())["target_samples"], 5);
  ASSERT_EQ(status(authenticate({{"user_id", "ann"}, {"require_liveness", false}})), 201u);
  auto& a = script->seeds[1].record;
  EXPECT_EQ(a.frames_wanted, 4u);
  EXPECT_EQ(a.required_blinks, 2u);
  EXPECT_TRUE(a.require_liveness);
}

TEST_F(face_test, OddBodiesAreRefusedByTheNameOfTheField) {
  auto nested = std::string(40, '[') + std::string(40, ']');
  const std::pair<std::string, const char*> cases[] = {
      {R"({})", "user_id"},
      {R"({"user_id":null})", "user_id"},
      {R"({"user_id":""})", "user_id"},
      {R"({"user_id":"  "})", "user_id"},
      {R"({"user_id":7})", "user_id"},
      {R"({"user_id":true})", "user_id"},
      {R"({"user_id":["a"]})", "user_id"},
      {R"({"user_id":{"a":1}})", "user_id"},
      {R"({"user_id":")" + std::string(101, 'x') + R"("})", "user_id"},
      {R"({"user_id":"a\u0000b"})", "user_id"},
      {R"({"user_id":"a\nb"})", "user_id"},
      {R"({"user_id":"a","session_type":"kiosk"})", "session_type"},
      {R"({"user_id":"a","session_type":3})", "session_type"},
      {R"({"user_id":"a","metadata":[]})", "metadata"},
      {R"({"user_id":"a","metadata":"x"})", "metadata"},
      {R"({"user_id":"a","metadata":{"target_samples":0}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":21}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":-1}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":3.0}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":"3"}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":true}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"target_samples":99999999999999999999}})", "target_samples"},
      {R"({"user_id":"a","metadata":{"required_blinks":11}})", "required_blinks"},
      {R"({"user_id":"a","metadata":{"required_blinks":[]}})", "metadata"},
      {R"({"user_id":"a","metadata":{"x":)" + nested + "}}", "metadata"},
      {R"({"user_id":"a","metadata":{"x":")" + std::string(17'000, 'x') + R"("}})", "metadata"},
  };
  EXPECT_EQ(body(call("/api/auth/enrollment", "POST", {}))["user_id"].size(), 1u) << "no body has no fields";
  for (auto& [sent, field] : cases) {
    auto got = call("/api/auth/enrollment", "POST", sent);
    EXPECT_EQ(status(got), 400u) << sent.substr(0, 100);
    EXPECT_TRUE(body(got)[field].is_array()) << sent.substr(0, 100) << (*got)->body;
    EXPECT_EQ(body(got)["error_code"], "VALIDATION_ERROR");
  }
  EXPECT_EQ(body(authenticate({{"require_liveness", "yes"}}))["require_liveness"].size(), 1u);
  EXPECT_EQ(body(authenticate({{"metadata", {{"min_frames_required", 0}}}}))["min_frames_required"].size(), 1u);
  EXPECT_TRUE(script->seeds.empty());
  // At their borders they are fine.
  EXPECT_EQ(status(enrol({{"user_id", std::string(100, 'x')}})), 201u);
  std::string umlauts;
  for (int i = 0; i < 100; ++i)
    umlauts += "ü";
  EXPECT_EQ(status(enrol({{"user_id", umlauts}, {"metadata", nullptr}, {"session_type", nullptr}})), 201u);
}

TEST_F(face_test, AnUnknownUserIsMadeOrRefused) {
  EXPECT_EQ(status(authenticate({{"user_id", "bob"}})), 404u);
  EXPECT_EQ(status(user("bob")), 404u);
  EXPECT_EQ(status(enrol({{"user_id", "bob"}})), 201u);
  EXPECT_EQ(status(user("bob")), 200u);
  EXPECT_EQ(status(authenticate({{"user_id", "bob"}})), 201u);
  auto s = w.env.now()->settings;
  s.face.auto_create_users = false;
  w.reload(s);
  auto got = enrol({{"user_id", "eve"}});
  EXPECT_EQ(status(got), 400u);
  EXPECT_EQ(body(got)["user_id"], json{"User not found or inactive"});
  EXPECT_EQ(status(enrol({{"user_id", "bob"}})), 201u);
}

TEST_F(face_test, AUserWhoMayNotIsInactive) {
  ASSERT_EQ(status(post("/api/clients/users", {{"external_user_id", "eve"}, {"face_auth_enabled", false}})), 201u);
  EXPECT_EQ(body(enrol({{"user_id", "eve"}}))["user_id"], json{"User not found or inactive"});
  EXPECT_EQ(status(authenticate({{"user_id", "eve"}})), 404u);
}

// -- watching and cancelling ------------------------------------------------------------------------------------------

TEST_F(face_test, TheStatusIsFoundUnderThreeIds) {
  auto made = body(enrol({{"user_id", "ann"}, {"metadata", {{"device_info", "x"}}}}));
  for (auto id : {"session_id", "session_token", "enrollment_id"}) {
    auto got = status_of(made[id].get<std::string>());
    ASSERT_EQ(status(got), 200u) << id;
    auto answer = body(got);
    EXPECT_EQ(answer["session_id"], made["session_id"]);
    EXPECT_EQ(answer["session_token"], made["session_token"]);
    EXPECT_EQ(answer["status"], "pending");
    EXPECT_EQ(answer["session_type"], "enrollment");
    EXPECT_EQ(answer["enrollment_status"], "pending");
    EXPECT_EQ(answer["completed_at"], nullptr);
    EXPECT_EQ(answer["reason"], nullptr);
    EXPECT_EQ(answer["frames_processed"], 0);
    EXPECT_EQ(answer["metadata"], (json{{"device_info", "x"}}));
    EXPECT_EQ(answer["expires_at"], made["expires_at"]);
  }
  complete(made["session_token"]);
  auto after = body(status_of(made["session_id"]));
  EXPECT_EQ(after["status"], "completed");
  EXPECT_EQ(after["enrollment_status"], "completed");
  EXPECT_TRUE(after["completed_at"].is_string());
  EXPECT_EQ(body(user("ann"))["is_enrolled"], true);
}

TEST_F(face_test, MetadataComesBackByteForByte) {
  const std::string kept = R"({"big":12345678901234567890123,"key \u0041":1.50,"a":1,"a":2 })";
  auto made = body(call("/api/auth/enrollment", "POST", R"({"user_id":"ann","metadata":)" + kept + "}"));
  auto got = status_of(made["session_id"]);
  EXPECT_NE((*got)->body.find("\"metadata\":" + kept), std::string::npos) << (*got)->body;
}

TEST_F(face_test, ACancelledSessionIsOver) {
  auto made = body(enrol());
  auto got = cancel(made["session_token"]);
  EXPECT_EQ(status(got), 200u);
  EXPECT_EQ(body(got)["success"], true);
  EXPECT_TRUE(body(got)["message"].is_string());
  EXPECT_EQ(body(status_of(made["session_id"]))["status"], "cancelled");
  EXPECT_EQ(status(cancel(made["session_token"])), 200u); // once more does no harm
  auto other = body(enrol());
  complete(other["session_token"]);
  EXPECT_EQ(status(cancel(other["session_token"])), 409u);
  EXPECT_EQ(status(cancel("sess_nobody")), 404u);
}

TEST_F(face_test, TenantsSeeNothingOfEachOther) {
  auto made = body(enrol());
  ASSERT_EQ(status(post("/api/clients/users", {{"external_user_id", "bob"}})), 201u);
  as = {{"X-API-Key", "frapi_other"}};
  for (auto id : {"session_id", "session_token", "enrollment_id"}) {
    EXPECT_EQ(status(status_of(made[id])), 404u);
    EXPECT_EQ(status(cancel(made[id])), 404u);
  }
  EXPECT_EQ(status(user("ann")), 404u);
  EXPECT_EQ(status(user("bob", "DELETE")), 404u);
  EXPECT_EQ(status(authenticate()), 404u);
  EXPECT_EQ(status(post("/api/clients/users", {{"external_user_id", "bob"}})), 201u); // another bob
  as = {{"X-API-Key", "frapi_acme"}};
  EXPECT_EQ(body(status_of(made["session_id"]))["status"], "pending");
  EXPECT_EQ(status(user("bob")), 200u);
}

// -- users ------------------------------------------------------------------------------------------------------------

TEST_F(face_test, AUserIsKeptAsWritten) {
  auto got = call("/api/clients/users", "POST", R"({"external_user_id":"dept/bob","profile":{"n":1.0}})");
  ASSERT_EQ(status(got), 201u);
  auto answer = body(got);
  EXPECT_EQ(answer["external_user_id"], "dept/bob");
  EXPECT_EQ(answer["face_auth_enabled"], true);
  EXPECT_EQ(answer["is_enrolled"], false);
  EXPECT_EQ(answer["enrollment_completed_at"], nullptr);
  EXPECT_NE((*got)->body.find(R"("profile":{"n":1.0})"), std::string::npos);
  auto found = send_to(w, "/api/clients/users", "GET", {}, as, {}, "external_user_id=dept%2Fbob");
  w.run();
  EXPECT_EQ(body(found), answer);
  EXPECT_EQ(status(call("/api/clients/users", "GET")), 400u);
  auto again = call("/api/clients/users", "POST", R"({"external_user_id":"dept/bob"})");
  EXPECT_EQ(status(again), 400u);
  EXPECT_TRUE(body(again)["external_user_id"].is_array());
  EXPECT_TRUE(body(post("/api/clients/users", {{"external_user_id", "x"}, {"profile", 1}}))["profile"].is_array());
  EXPECT_TRUE(body(post("/api/clients/users", {{"profile", json::object()}}))["external_user_id"].is_array());
}

} // namespace
} // namespace mdai::test
