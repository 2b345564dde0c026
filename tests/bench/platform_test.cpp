#include "bench/sim/platform.hpp"

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"

namespace mdai::sim {
namespace {

constexpr auto image = "the image's bytes";

platform_request validate_as(const std::string& bearer) {
  platform_request out;
  out.method = "GET";
  out.target = "/validate";
  out.authorization = "Bearer " + bearer;
  return out;
}

platform_request verify_under(const std::string& key, const std::string& bytes = image) {
  platform_request out;
  out.method = "POST";
  out.target = "/verify";
  out.idempotency_key = key;
  out.body = json{{"platform_id", "PLT_1"}, {"image_base64", crypto::base64(bytes)}}.dump();
  return out;
}

platform_request control(const std::string& method, const std::string& target, const std::string& body = {}) {
  platform_request out;
  out.method = method;
  out.target = target;
  out.body = body;
  return out;
}

json body_of(const platform_answer& a) { return json::parse(a.body, nullptr, false); }

/// A platform that was told `text` through POST /control.
platform programmed(const std::string& text) {
  platform out;
  EXPECT_EQ(out.handle(control("POST", "/control", text)).status, 200u) << text;
  return out;
}

std::uint64_t count(const platform& p, const char* name) { return p.report()["verify"][name].get<std::uint64_t>(); }

TEST(validate, GivesTheSamePersonTheSameIdEveryTime) {
  platform p;
  const auto first = body_of(p.handle(validate_as("user-ann"))), again = body_of(p.handle(validate_as("user-ann")));
  EXPECT_EQ(first["success"], true);
  EXPECT_EQ(first["user_id"], "ann");
  EXPECT_EQ(first["platform_id"].get<std::string>().substr(0, 4), "PLT_");
  EXPECT_EQ(first["platform_id"], again["platform_id"]);
  EXPECT_NE(first["platform_id"], body_of(p.handle(validate_as("user-bob")))["platform_id"]);
}

TEST(validate, RefusesEveryBearerThatNamesNoUser) {
  platform p;
  for (const auto* bearer : {"", "user-", "ann", "User-ann", "xuser-ann"}) {
    const auto a = p.handle(validate_as(bearer));
    EXPECT_EQ(a.status, 401u) << bearer;
    EXPECT_EQ(body_of(a)["success"], false) << bearer;
  }
}

TEST(validate, WantsTheBearerScheme) {
  platform p;
  auto request = validate_as("user-ann");
  request.authorization = "Basic user-ann";
  EXPECT_EQ(p.handle(request).status, 401u);
}

TEST(validate, CanForgetThePlatformId) {
  auto p = programmed(R"({"validate":{"mode":"no_platform_id"}})");
  const auto a = p.handle(validate_as("user-ann"));
  EXPECT_EQ(a.status, 200u);
  EXPECT_EQ(body_of(a)["success"], true);
  EXPECT_FALSE(body_of(a).contains("platform_id"));
}

TEST(verify, AcceptsAnImageAndWritesItDown) {
  platform p;
  auto request = verify_under("key-1");
  request.request_id = "r-7";
  const auto a = p.handle(request);
  EXPECT_EQ(a.status, 200u);
  EXPECT_EQ(body_of(a)["success"], true);
  const auto entry = p.report()["results"]["key-1"];
  EXPECT_EQ(entry["platform_id"], "PLT_1");
  EXPECT_EQ(entry["image_sha256"], crypto::hex(crypto::sha256(image)));
  EXPECT_EQ(entry["accepted"], true);
  EXPECT_EQ(entry["attempts"], 1);
  EXPECT_EQ(entry["request_id"], "r-7");
  EXPECT_EQ(count(p, "accepted"), 1u);
}

TEST(verify, AnswersTheSameKeyAndBodyWithTheFirstAnswer) {
  platform p;
  const auto first = p.handle(verify_under("key-1"));
  p.handle(control("POST", "/control", R"({"verify":{"mode":"reject"}})"));
  const auto again = p.handle(verify_under("key-1"));
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(count(p, "accepted"), 1u);
  EXPECT_EQ(count(p, "rejected"), 0u);
  EXPECT_EQ(count(p, "duplicates"), 1u);
  EXPECT_EQ(p.report()["results"]["key-1"]["answered_again"], 1);
}

TEST(verify, RefusesAnotherBodyUnderTheSameKey) {
  platform p;
  p.handle(verify_under("key-1"));
  EXPECT_EQ(p.handle(verify_under("key-1", "another image")).status, 409u);
  EXPECT_EQ(count(p, "conflicts"), 1u);
  EXPECT_EQ(p.report()["results"]["key-1"]["image_sha256"], crypto::hex(crypto::sha256(image)));
}

TEST(verify, RemembersTheBodyOfACallThatFailed) {
  auto p = programmed(R"({"verify":{"mode":"5xx","times":1}})");
  EXPECT_EQ(p.handle(verify_under("key-1")).status, 503u);
  EXPECT_EQ(p.handle(verify_under("key-1", "another image")).status, 409u);
  EXPECT_EQ(p.handle(verify_under("key-1")).status, 200u);
}

TEST(verify, KeepsDifferentKeysApart) {
  platform p;
  p.handle(verify_under("key-1"));
  p.handle(verify_under("key-2"));
  EXPECT_EQ(count(p, "distinct_keys"), 2u);
  EXPECT_EQ(count(p, "accepted"), 2u);
  EXPECT_EQ(count(p, "duplicates"), 0u);
}

TEST(verify, LosesTheAnswerButNotTheWork) {
  auto p = programmed(R"({"verify":{"mode":"lost","times":1}})");
  EXPECT_EQ(p.handle(verify_under("key-1")).act, platform_answer::action::close);
  EXPECT_EQ(count(p, "accepted"), 1u);
  const auto again = p.handle(verify_under("key-1"));
  EXPECT_EQ(again.act, platform_answer::action::answer);
  EXPECT_EQ(body_of(again)["success"], true);
  EXPECT_EQ(count(p, "accepted"), 1u);
}

TEST(verify, WantsItsApiKeyWhenItHasOne) {
  platform p{"secret"};
  auto request = verify_under("key-1");
  request.api_key = "wrong";
  EXPECT_EQ(p.handle(request).status, 401u);
  EXPECT_EQ(count(p, "wrong_api_key"), 1u);
  EXPECT_EQ(count(p, "distinct_keys"), 0u);
  request.api_key = "secret";
  EXPECT_EQ(p.handle(request).status, 200u);
}

TEST(verify, RefusesWhatIsNoVerification) {
  platform p;
  for (const auto* body : {"", "[]", "not json", R"({"platform_id":"PLT_1"})", R"({"image_base64":"aGk="})",
                           R"({"platform_id":1,"image_base64":"aGk="})", R"({"platform_id":"P","image_base64":"a"})",
                           R"({"platform_id":"P","image_base64":""})"}) {
    auto request = verify_under("key-1");
    request.body = body;
    EXPECT_EQ(p.handle(request).status, 400u) << body;
  }
  EXPECT_EQ(count(p, "malformed"), 8u);
  EXPECT_EQ(count(p, "distinct_keys"), 0u);
}

TEST(verify, RefusesACallWithoutAnIdempotencyKey) {
  platform p;
  EXPECT_EQ(p.handle(verify_under("")).status, 400u);
  EXPECT_EQ(count(p, "without_key"), 1u);
}

TEST(verify, KeepsTheScoresThatCame) {
  platform p;
  auto request = verify_under("key-1");
  auto body = json::parse(request.body);
  body["scores"] = {{"confidence", 0.9}};
  request.body = body.dump();
  p.handle(request);
  p.handle(verify_under("key-2"));
  EXPECT_EQ(p.report()["results"]["key-1"]["scores"]["confidence"], 0.9);
  EXPECT_TRUE(p.report()["results"]["key-2"]["scores"].is_null());
}

TEST(verify, ForgetsTheOldestKeyWhenItKnowsTooMany) {
  platform p{"", 2};
  for (const auto* key : {"key-1", "key-2", "key-3"})
    p.handle(verify_under(key));
  const auto books = p.report();
  EXPECT_EQ(books["results"].size(), 2u);
  EXPECT_FALSE(books["results"].contains("key-1"));
  EXPECT_EQ(books["verify"]["distinct_keys"], 3);
  EXPECT_EQ(books["verify"]["forgotten"], 1);
}

struct mode_case {
  const char* text;
  platform_answer::action act;
  unsigned status;
  const char* body; ///< a part of it; nullptr: none at all
};

TEST(modes, AnswerAsTheirNamesSay) {
  using action = platform_answer::action;
  const mode_case cases[] = {
      {R"({"mode":"ok"})", action::answer, 200, "\"success\":true"},
      {R"({"mode":"slow"})", action::answer, 200, "\"success\":true"},
      {R"({"mode":"down"})", action::close, 200, nullptr},
      {R"({"mode":"hang"})", action::hang, 200, nullptr},
      {R"({"mode":"5xx"})", action::answer, 503, "simulated failure"},
      {R"({"mode":"5xx","status":500})", action::answer, 500, "simulated failure"},
      {R"({"mode":"status","status":429})", action::answer, 429, "simulated failure"},
      {R"({"mode":"status","status":204})", action::answer, 204, nullptr},
      {R"({"mode":"401"})", action::answer, 401, "\"success\":false"},
      {R"({"mode":"403"})", action::answer, 403, "\"success\":false"},
      {R"({"mode":"reject"})", action::answer, 200, "\"success\":false"},
      {R"({"mode":"nonsense"})", action::answer, 200, "<html>"},
      {R"({"mode":"empty"})", action::answer, 200, nullptr},
      {R"({"mode":"redirect"})", action::answer, 302, nullptr},
  };
  for (const auto& c : cases)
    for (const auto* where : {"validate", "verify"}) {
      auto p = programmed(R"({")" + std::string{where} + R"(":)" + c.text + "}");
      const auto a = p.handle(where == std::string_view{"verify"} ? verify_under("key-1") : validate_as("user-ann"));
      EXPECT_EQ(a.act, c.act) << where << c.text;
      EXPECT_EQ(a.status, c.status) << where << c.text;
      if (c.body == nullptr)
        EXPECT_EQ(a.body, "") << where << c.text;
      else
        EXPECT_NE(a.body.find(c.body), std::string::npos) << where << c.text << a.body;
    }
}

TEST(modes, LastAsManyCallsAsTheyWereTold) {
  auto p = programmed(R"({"validate":{"mode":"5xx","times":2}})");
  EXPECT_EQ(p.handle(validate_as("user-ann")).status, 503u);
  EXPECT_EQ(p.handle(validate_as("user-ann")).status, 503u);
  EXPECT_EQ(p.handle(validate_as("user-ann")).status, 200u);
}

TEST(modes, LastForGoodWithoutANumber) {
  auto p = programmed(R"({"validate":{"mode":"403"}})");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(p.handle(validate_as("user-ann")).status, 403u);
}

TEST(modes, CarryTheirDelayAndRetryAfter) {
  auto p = programmed(R"({"verify":{"mode":"5xx","delay_ms":250,"retry_after":3}})");
  const auto a = p.handle(verify_under("key-1"));
  EXPECT_EQ(a.delay, milliseconds{250});
  EXPECT_EQ(a.retry_after, 3u);
  EXPECT_EQ(p.handle(validate_as("user-ann")).delay, milliseconds{0});
}

TEST(modes, CountThoseWhoFollowARedirect) {
  auto p = programmed(R"({"verify":{"mode":"redirect"}})");
  const auto a = p.handle(verify_under("key-1"));
  EXPECT_EQ(p.report()["redirects_followed"], 0);
  p.handle(control("GET", a.location));
  EXPECT_EQ(p.report()["redirects_followed"], 1);
}

TEST(control, RefusesWhatItDoesNotUnderstandAndChangesNothing) {
  platform p;
  for (const auto* body :
       {"", "[]", R"({"login":{"mode":"ok"}})", R"({"verify":"down"})", R"({"verify":{}})",
        R"({"verify":{"mode":"broken"}})", R"({"verify":{"mode":5}})", R"({"verify":{"mode":"ok","times":-1}})",
        R"({"verify":{"mode":"ok","delay_ms":600001}})", R"({"verify":{"mode":"status","status":99}})",
        R"({"validate":{"mode":"down"},"verify":{"mode":"broken"}})"})
    EXPECT_EQ(p.handle(control("POST", "/control", body)).status, 400u) << body;
  EXPECT_EQ(p.report()["validate"]["behaviour"], (json{{"mode", "ok"}}));
  EXPECT_EQ(p.report()["verify"]["behaviour"], (json{{"mode", "ok"}}));
}

TEST(control, ShowsWhatItWasTold) {
  auto p = programmed(R"({"validate":{"mode":"slow","delay_ms":20,"times":3}})");
  const auto shown = body_of(p.handle(control("GET", "/control")));
  EXPECT_EQ(shown["validate"]["behaviour"], (json{{"mode", "slow"}, {"delay_ms", 20}, {"times", 3}}));
}

TEST(control, ShowsOneKeyWhenAsked) {
  platform p;
  p.handle(verify_under("key-1"));
  p.handle(verify_under("key-2"));
  const auto results = body_of(p.handle(control("GET", "/control?x=1&key=key-2")))["results"];
  EXPECT_EQ(results.size(), 1u);
  EXPECT_TRUE(results.contains("key-2"));
}

TEST(control, ForgetsEverythingOnReset) {
  auto p = programmed(R"({"validate":{"mode":"down"}})");
  p.handle(verify_under("key-1"));
  p.handle(control("POST", "/control/reset"));
  EXPECT_EQ(p.report(), platform{}.report());
}

TEST(paths, AreRefusedWhenUnknownOrUnderTheWrongMethod) {
  platform p;
  EXPECT_EQ(p.handle(control("GET", "/elsewhere")).status, 404u);
  EXPECT_EQ(p.handle(control("GET", "/controls")).status, 404u);
  EXPECT_EQ(p.handle(control("POST", "/validate")).status, 405u);
  EXPECT_EQ(p.handle(control("GET", "/verify")).status, 405u);
  EXPECT_EQ(p.handle(control("DELETE", "/control")).status, 404u);
}

} // namespace
} // namespace mdai::sim
