#include "actors/api.hpp"
#include "protocol/qr.hpp"
#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

/// Sessions that phones begin by themselves, and those that they join by name.
class Hybrid : public device_test {
protected:
  response authenticate(const json& wanted, const std::string& bearer = "user-token") {
    headers.clear();
    if (!bearer.empty())
      headers["Authorization"] = "Bearer " + bearer;
    auto out = send(w.env.apis[0], api_state::mobile_route, "POST", wanted.dump());
    w.run();
    return out;
  }
  response create(const std::string& query, const std::string& text = {}) {
    headers = {{"Authorization", "Bearer user-token"}};
    auto out = send(w.env.apis[0], "/api/mobile/create-session", "POST", text, {}, query);
    w.run();
    return out;
  }
  void platform_says(const std::string& platform_id) {
    w.platform->script = [=](fake_platform::call& call) {
      call.answer(200, json{{"success", true}, {"platform_id", platform_id}, {"user_id", "u"}}.dump());
    };
  }
  object_id id_of(const response& got) { return *object_id::parse(body(got)["session_id"].get<std::string>()); }
  /// One that a challenge has made for a device.
  std::string provisioned() {
    register_device();
    auto payload = challenge({{"type", "websocket"}});
    return body(answer(payload, solve(payload)))["websocket_session"]["session_id"];
  }
  static inline const json ann{{"user_id", "u"}, {"platform_id", "PLT_ann"}};
};

TEST_F(Hybrid, BeginsWithWhatBothSidesNeed) {
  platform_says("PLT_ann");
  auto got = authenticate(ann);
  ASSERT_EQ(status(got), 200u);
  EXPECT_EQ((*got)->headers.get("Cache-Control"), "no-store");
  auto b = body(got);
  auto session = w.look(id_of(got));
  EXPECT_TRUE(session.hybrid);
  EXPECT_EQ(session.platform_id, "PLT_ann");
  EXPECT_EQ(w.stored(session), session);
  EXPECT_EQ(b["success"], true);
  EXPECT_EQ(b["token"], w.token(session, party::mobile));
  EXPECT_EQ(b["expires_in"], 180);
  EXPECT_EQ(b["qr_payload"], (json{{"session_id", session.id.hex()},
                                   {"token", w.token(session, party::device)},
                                   {"ws_device_url", "ws://broker.test/ws/device"},
                                   {"type", "session"}}));
  EXPECT_EQ(open_qr(w.env.now()->qr_key, b["qr_encrypted"].get<std::string>())->token, w.token(session, party::device));
}

TEST_F(Hybrid, ThePlatformMustConfirmThePerson) {
  platform_says("PLT_bob");
  auto got = authenticate(ann);
  EXPECT_EQ(status(got), 403u);
  EXPECT_EQ(body(got)["error_code"], "PLATFORM_ID_MISMATCH");
  EXPECT_EQ(w.rows(storage::column::sessions), 0u);
  w.platform->script = [](fake_platform::call& call) { call.answer(401); };
  EXPECT_EQ(status(authenticate(ann)), 401u);
  w.platform->script = [](fake_platform::call& call) { call.fail(errc::connect_failed); };
  EXPECT_EQ(status(authenticate(ann)), 503u);
  w.platform->calls.clear();
  EXPECT_EQ(status(authenticate({{"user_id", "u"}})), 400u);
  EXPECT_EQ(status(authenticate(json::array())), 400u);
  EXPECT_EQ(status(authenticate(ann, "")), 401u);
  EXPECT_TRUE(w.platform->calls.empty()) << "what is wrong without it is not asked";
}

TEST_F(Hybrid, ABodyIsBelievedWhereTheOperatorSaysSo) {
  set([](settings& s) { s.auth.mobile_trust_body = true; });
  auto got = authenticate(ann, "");
  EXPECT_EQ(status(got), 200u);
  EXPECT_EQ(w.look(id_of(got)).platform_id, "PLT_ann");
  EXPECT_TRUE(w.platform->calls.empty());
  platform_says("PLT_bob");
  EXPECT_EQ(status(authenticate(ann)), 403u) << "a bearer that comes is asked about all the same";
}

TEST_F(Hybrid, AJournalThatFailsIs503) {
  platform_says("PLT_ann");
  w.journal->fail_commits(true);
  EXPECT_EQ(status(authenticate(ann)), 503u);
}

TEST_F(Hybrid, APhoneJoinsAProvisionedSessionByNamingIt) {
  platform_says("PLT_ann");
  auto name = provisioned();
  for (auto& [query, text] :
       {std::pair{"session_id=" + name, std::string{}}, std::pair{std::string{}, json{{"session_id", name}}.dump()}}) {
    auto got = create(query, text);
    ASSERT_EQ(status(got), 200u) << query << text;
    EXPECT_EQ(body(got)["session_id"], name);
  }
  auto session = w.look(*object_id::parse(name));
  EXPECT_EQ(session.platform_id, "PLT_ann");
  EXPECT_FALSE(session.hybrid);
  EXPECT_EQ(w.stored(session), session);
  platform_says("PLT_bob");
  EXPECT_EQ(status(create("session_id=" + name)), 404u) << "it is somebody else's now";
  EXPECT_EQ(status(create("session_id=000000000000000000000000")), 404u);
  EXPECT_EQ(status(create("session_id=zzz")), 404u);
  EXPECT_EQ(w.rows(storage::column::sessions), 1u);
}

TEST_F(Hybrid, APhoneJoinsAProvisionedSessionAsAHybridOne) {
  platform_says("PLT_ann");
  auto wanted = ann;
  wanted["session_id"] = provisioned();
  auto got = authenticate(wanted);
  ASSERT_EQ(status(got), 200u);
  EXPECT_EQ(body(got)["session_id"], wanted["session_id"]);
  EXPECT_TRUE(w.look(id_of(got)).hybrid);
}

TEST_F(Hybrid, AnOrdinarySessionDoesNotBecomeOneByItsName) {
  platform_says("PLT_ann");
  auto wanted = ann;
  wanted["session_id"] = body(create(""))["session_id"];
  auto got = authenticate(wanted);
  EXPECT_EQ(status(got), 200u);
  EXPECT_FALSE(w.look(id_of(got)).hybrid);
}

TEST_F(Hybrid, OfTwoPersonsThatJoinAtOnceOneWins) {
  auto name = *object_id::parse(provisioned());
  auto session = w.session(name);
  auto ann_wants = w.ask<session_record>(session, own_session{"PLT_ann", false});
  auto bob_wants = w.ask<session_record>(session, own_session{"PLT_bob", false});
  w.run();
  EXPECT_EQ(ann_wants->value.has_value() + bob_wants->value.has_value(), 1);
  auto& loser = ann_wants->value ? bob_wants : ann_wants;
  EXPECT_EQ(loser->error, errc::not_found);
}

TEST_F(Hybrid, AnOwnerThatIsNotStoredIsNone) {
  platform_says("PLT_ann");
  auto name = provisioned();
  w.journal->fail_commits(true);
  EXPECT_EQ(status(create("session_id=" + name)), 503u);
  w.journal->fail_commits(false);
  w.advance(2s);
  EXPECT_EQ(w.look(*object_id::parse(name)).platform_id, "");
  EXPECT_EQ(status(create("session_id=" + name)), 200u);
}

TEST_F(Hybrid, WhoWaitsForADiskThatHangsIsAnsweredAtTheDeadline) {
  auto id = *object_id::parse(provisioned());
  auto session = w.session(id);
  w.env.persistence = w.env.system->spawn([](persistence_actor::pointer self) -> persistence_actor::behavior_type {
    return {[self](const store&) -> caf::result<stored> { return self->make_response_promise<stored>(); },
            [self](const fetch&) -> caf::result<std::string> { return self->make_response_promise<std::string>(); },
            [self](const find_record&) -> caf::result<bool> { return self->make_response_promise<bool>(); },
            [](const flush_writes&) {},
            [](const purge_expired&) {},
            [](const resume_journal&) {}};
  });
  auto owner = w.ask<session_record>(session, own_session{"PLT_ann", true});
  auto end = w.ask<stored>(session, end_session{});
  w.run();
  EXPECT_FALSE(owner->arrived());
  EXPECT_FALSE(end->arrived());
  w.advance(200s);
  EXPECT_EQ(owner->error, errc::session_over);
  EXPECT_EQ(end->error, errc::session_over);
}

TEST_F(Hybrid, ItsResultIsToldTwiceAcrossARestartToo) {
  platform_says("PLT_ann");
  auto got = authenticate(ann);
  r = w.look(id_of(got));
  mobile = w.connect_mobile(r);
  device = w.connect_device(r);
  w.run();
  w.platform->script = [](fake_platform::call& call) { call.answer(200, R"({"success":true,"seen":"PLT_ann"})"); };
  device->say(R"({"type":"submit_result","image":"aGVsbG8=","passes":5})");
  w.run();
  EXPECT_EQ(mobile->types(), (types{"auth_success", "device_connected", "verification_result", "result"}));
  EXPECT_EQ(device->types(), (types{"auth_success", "mobile_connected", "verification_result", "result"}));
  EXPECT_EQ(device->last(), (json{{"type", "result"}, {"status", "success"}}));
  actor_world next{w.env.now()->settings, *w.journal, w.wall()};
  auto back = next.connect_mobile(r);
  next.run();
  EXPECT_EQ(back->types(), (types{"auth_success", "verification_result", "result"}));
  EXPECT_EQ(back->last(), (json{{"type", "result"}, {"status", "success"}, {"platform_id", "PLT_ann"}}));
}

} // namespace
} // namespace mdai::test
