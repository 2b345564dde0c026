#include "protocol/backend_reply.hpp"

#include <gtest/gtest.h>

#include "protocol/json.hpp"

namespace mdai::backend {
namespace {

reply answered(unsigned status, std::string body = "") { return {{}, status, std::move(body), {}}; }
reply lost(errc why) { return {why, 0, {}, {}}; }

TEST(Validation, JudgesEveryKindOfAnswer) {
  const struct {
    reply r;
    unsigned status;
  } cases[] = {
      {answered(200, R"({"success":true,"platform_id":"PLT_1","user_id":"u"})"), 200},
      {answered(200, R"({"success":false,"platform_id":"PLT_1"})"), 401},
      {answered(200, R"({"success":"true","platform_id":"PLT_1"})"), 401},
      {answered(200, R"({"platform_id":"PLT_1"})"), 401},
      {answered(200, R"({"success":true})"), 502},
      {answered(200, R"({"success":true,"platform_id":""})"), 502},
      {answered(200, R"({"success":true,"platform_id":7})"), 502},
      {answered(200, "<html>"), 502},
      {answered(200, "[]"), 502},
      {answered(200), 502},
      {answered(302), 502},
      {answered(404), 502},
      {answered(401), 401},
      {answered(403, "whatever"), 401},
      {answered(429), 503},
      {answered(500), 503},
      {answered(503), 503},
      {lost(errc::connect_failed), 503},
      {lost(errc::connection_lost), 503},
      {lost(errc::timed_out), 504},
      {lost(errc::malformed_response), 502},
      {lost(errc::response_too_large), 502},
  };
  for (auto& c : cases)
    EXPECT_EQ(judge_validation(c.r).status, c.status) << c.r.status << " " << c.r.body << " " << c.r.error.message();
  EXPECT_EQ(judge_validation(cases[0].r).platform_id, "PLT_1");
}

TEST(Delivery, JudgesEveryKindOfAnswer) {
  using v = delivery::verdict;
  const struct {
    reply r;
    v what;
    bool success = false;
    const char* reason = "";
  } cases[] = {
      {answered(200, R"({"success":true})"), v::final, true},
      {answered(200, "{}"), v::final, true},
      {answered(201, R"({"status":"success"})"), v::final, true},
      {answered(200, R"({"success":false,"reason":"no match"})"), v::final, false, "no match"},
      {answered(200, R"({"status":"failed","message":"too old"})"), v::final, false, "too old"},
      {answered(200, R"({"success":true,"status":"rejected"})"), v::final, false, "Verification failed"},
      {answered(200, R"({"status":null})"), v::final, false, "Verification failed"},
      {answered(400, R"({"error":"bad image"})"), v::final, false, "bad image"},
      {answered(422), v::final, false, "Verification failed"},
      {answered(409, "not json"), v::final, false, "Verification failed"},
      {answered(200, "not json"), v::retry},
      {answered(200, "[]"), v::retry},
      {answered(204), v::retry},
      {answered(301), v::retry},
      {answered(401), v::retry},
      {answered(403), v::retry},
      {answered(408), v::retry},
      {answered(429), v::retry},
      {answered(500), v::retry},
      {answered(503, "{}"), v::retry},
      {lost(errc::connect_failed), v::retry},
      {lost(errc::timed_out), v::retry},
  };
  for (auto& c : cases) {
    auto d = judge_delivery(c.r);
    EXPECT_EQ(d.what, c.what) << c.r.status << " " << c.r.body;
    if (c.what == v::final) {
      EXPECT_EQ(d.outcome.success, c.success) << c.r.status << " " << c.r.body;
      EXPECT_EQ(d.outcome.reason, c.reason);
    }
  }
  EXPECT_TRUE(judge_delivery(answered(401)).key_refused);
  EXPECT_FALSE(judge_delivery(answered(500)).key_refused);
}

TEST(Delivery, KeepsTheBackendsObjectAsItCame) {
  auto d = judge_delivery(answered(200, " {\"n\":12345678901234567890, \"s\":\"\\u00e9\"}\r\n"));
  EXPECT_EQ(d.outcome.data, "{\"n\":12345678901234567890, \"s\":\"\\u00e9\"}");
}

TEST(Delivery, BodyHasTheStoredIdAndScoresOnlyWhenThereAreSome) {
  EXPECT_EQ(delivery_body("PLT_\"1", "aGk=", ""), R"({"platform_id":"PLT_\"1","image_base64":"aGk="})");
  EXPECT_EQ(delivery_body("P", "aGk=", R"({"confidence":0.950})"),
            R"({"platform_id":"P","image_base64":"aGk=","scores":{"confidence":0.950}})");
}

TEST(Delivery, TakesAnObjectThatNestsDeeperThanClientsMay) {
  auto nested = [](unsigned depth) {
    return R"({"success":true,"x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(judge_delivery(answered(200, nested(1000))).what, delivery::verdict::final);
  EXPECT_EQ(judge_delivery(answered(200, nested(json::deepest))).what, delivery::verdict::retry);
}

TEST(RetryAfter, TakesSecondsAndDatesAndNothingElse) {
  auto now = from_unix_ms(1'445'412'470'500); // 21 Oct 2015 07:27:50.5
  EXPECT_EQ(parse_retry_after("7", now), seconds{7});
  for (auto text : {"999999", "2147483648", "99999999999"})
    EXPECT_EQ(parse_retry_after(text, now), seconds{24 * 3600}) << text;
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), seconds{10});
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:27:00 GMT", now), seconds{0});
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2095 07:27:00 GMT", now), seconds{24 * 3600});
  for (auto text : {"", "-1", "soon", "7 ", "Wed, 21 Oct 2015 07:28:00 CET", "2015-10-21T07:28:00Z"})
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
}

} // namespace
} // namespace mdai::backend
