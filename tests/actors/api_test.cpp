#include "actors/api.hpp"
#include "protocol/qr.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

class Api : public actor_test {
protected:
  using response = std::shared_ptr<std::optional<transport::http_response>>;

  /// A request with this bearer; empty: with none.
  response ask(const std::string& bearer, const std::string& query = {}, const std::string& qr_of = {}) {
    auto request = std::make_shared<transport::http_request>();
    request->method = "GET";
    request->path = qr_of.empty() ? "/api/mobile/create-session" : "/api/mobile/session/" + qr_of + "/qr.svg";
    request->query = query;
    request->host = "broker.test";
    request->request_id = "rid-1";
    if (!qr_of.empty())
      request->params["id"] = qr_of;
    if (!bearer.empty())
      request->headers.set("Authorization", "Bearer " + bearer);
    auto out = std::make_shared<std::optional<transport::http_response>>();
    transport::http_responder responder{[out](transport::http_response answer) { *out = std::move(answer); }};
    caf::anon_send(w.env.apis[0],
                   http_exchange{request, std::make_shared<const transport::http_responder>(std::move(responder))});
    w.run();
    return out;
  }
  /// The platform answers every validation at once, like this.
  void platform_says(unsigned status, std::string body = valid) {
    w.platform->script = [=](fake_platform::call& call) { call.answer(status, body); };
  }
  static nlohmann::json body(const response& got) { return nlohmann::json::parse((*got)->body); }
  void break_platform() {
    platform_says(500);
    for (int i = 0; i < 10; ++i)
      ask("t");
    w.platform->script = nullptr;
    w.platform->calls.clear();
  }

  static constexpr auto valid = R"({"success":true,"platform_id":"PLT_secret9","user_id":"u"})";
};

TEST_F(Api, CreatesASessionForABearerThatThePlatformKnows) {
  auto got = ask("user-token");
  ASSERT_EQ(w.platform->calls.size(), 1u);
  auto& call = last_call();
  EXPECT_EQ(call.request.method, "GET");
  EXPECT_EQ(call.request.where.target, "/validate");
  EXPECT_EQ(call.request.headers.get("Authorization"), "Bearer user-token");
  EXPECT_EQ(call.request.headers.get("X-Request-Id"), "rid-1");
  EXPECT_EQ(call.timeout, 10s);
  EXPECT_FALSE(*got);
  call.answer(200, valid);
  w.run();
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->status, 200u);
  EXPECT_EQ((*got)->headers.get("Cache-Control"), "no-store");
  auto b = body(got);
  EXPECT_EQ(b["success"], true);
  EXPECT_EQ(b["expires_in"], 180);
  EXPECT_EQ(b["ws_url"], "ws://broker.test/ws/mobile");
  EXPECT_FALSE(b.contains("qr_svg"));
  auto session = w.look(*object_id::parse(b["session_id"].get<std::string>()));
  EXPECT_EQ(session.platform_id, "PLT_secret9");
  EXPECT_EQ(w.stored(session), session);
  EXPECT_EQ(b["ws_token"], w.token(session, party::mobile));
  auto opened = open_qr(w.env.now()->qr_key, b["qr_encrypted"].get<std::string>());
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->token, w.token(session, party::device));
}

TEST_F(Api, TranslatesWhatThePlatformSays) {
  struct translation {
    unsigned platform;
    std::string body;
    unsigned status;
  };
  const translation cases[] = {
      {200, R"({"success":false})", 401},
      {401, "", 401},
      {403, "", 401},
      {500, "", 503},
      {503, "", 503},
      {200, "no", 502},
      {200, R"({"success":true})", 502},
      {200, R"({"success":true,"platform_id":""})", 502},
  };
  for (auto& c : cases) {
    platform_says(c.platform, c.body);
    auto got = ask("t");
    ASSERT_TRUE(*got);
    EXPECT_EQ((*got)->status, c.status) << c.platform << " " << c.body;
    EXPECT_EQ(body(got)["success"], false);
    EXPECT_EQ(body(got)["request_id"], "rid-1");
  }
  for (auto [error, status] :
       {std::pair{errc::timed_out, 504u}, {errc::connect_failed, 503u}, {errc::connection_lost, 503u}}) {
    w.platform->script = [error = error](fake_platform::call& call) { call.fail(error); };
    auto got = ask("t");
    EXPECT_EQ((*got)->status, status);
  }
}

TEST_F(Api, WithoutABearerIs401AndThePlatformIsNotAsked) {
  auto got = ask("");
  EXPECT_EQ((*got)->status, 401u);
  EXPECT_TRUE(w.platform->calls.empty());
}

TEST_F(Api, AJournalThatFailsIs503WithRetryAfter) {
  platform_says(200);
  w.journal->fail_commits(true);
  auto got = ask("t");
  EXPECT_EQ((*got)->status, 503u);
  EXPECT_EQ((*got)->headers.get("Retry-After"), "2");
  EXPECT_EQ(w.rows(storage::column::sessions), 0u);
}

TEST_F(Api, DrawsTheQrForItsOwnerOnlyAndAStrangersSessionLooksLikeNone) {
  auto session = w.create();
  platform_says(200);
  auto mine = ask("t", {}, session.id.hex());
  EXPECT_EQ((*mine)->status, 200u);
  EXPECT_EQ((*mine)->content_type, "image/svg+xml");
  EXPECT_EQ((*mine)->headers.get("Cache-Control"), "no-store");
  platform_says(200, R"({"success":true,"platform_id":"PLT_other77"})");
  auto stranger = ask("t", {}, session.id.hex());
  auto unknown = ask("t", {}, object_id::make(w.wall()).hex());
  auto nonsense = ask("t", {}, "zzz");
  for (auto& got : {stranger, unknown, nonsense}) {
    EXPECT_EQ((*got)->status, 404u);
    EXPECT_EQ((*got)->body, (*stranger)->body);
  }
}

TEST_F(Api, AddsTheQrPictureWhenAsked) {
  platform_says(200);
  EXPECT_TRUE(body(ask("t", "qr=svg"))["qr_svg"].get<std::string>().starts_with("<"));
}

TEST_F(Api, ADeadPlatformIsAskedByOneWhileTheOthersWaitAndShareItsFailure) {
  break_platform();
  std::vector<response> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(ask("t"));
  ASSERT_EQ(w.platform->calls.size(), 1u);
  last_call().answer(500);
  w.run();
  EXPECT_EQ(w.platform->calls.size(), 1u);
  for (auto& got : waiting) {
    ASSERT_TRUE(*got);
    EXPECT_EQ((*got)->status, 503u);
  }
}

TEST_F(Api, TheFirstSignOfLifeLetsEverybodyThrough) {
  break_platform();
  std::vector<response> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(ask("t"));
  ASSERT_EQ(w.platform->calls.size(), 1u);
  platform_says(200);
  last_call().answer(401);
  w.run();
  EXPECT_EQ(w.platform->calls.size(), 5u);
  EXPECT_EQ((*waiting[0])->status, 401u);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_EQ((*waiting[i])->status, 200u);
}

TEST_F(Api, EveryRequestOfACrowdIsAnsweredOnce) {
  for (int i = 0; i < 30; ++i) // more than it takes to call the platform dead, all in flight at once
    ask("t");
  std::vector<response> late;
  for (int i = 0; i < 10; ++i)
    late.push_back(ask("t"));
  while (std::any_of(w.platform->calls.begin(), w.platform->calls.end(), [](auto& c) { return !!c.done; }))
    for (std::size_t i = 0; i < w.platform->calls.size(); ++i)
      if (w.platform->calls[i].done) {
        w.platform->calls[i].fail(errc::connect_failed);
        w.run();
      }
  for (auto& got : late)
    EXPECT_EQ((*got)->status, 503u);
}

} // namespace
} // namespace mdai::test
