#include <gtest/gtest.h>

#include "tests/support/face_actors.hpp"

namespace mdai::test {
namespace {

using namespace std::chrono_literals;
using face::session_kind;
using face::session_status;

std::string plain(const nlohmann::json& last, const std::string& secret) {
  auto digest = crypto::sha256(secret);
  crypto::key256 key;
  std::copy(digest.begin(), digest.end(), key.begin());
  auto sealed = last.at("encrypted_data").at("encrypted_payload").get<std::string>();
  auto opened = crypto::open_cbc(key, *crypto::decode_base64(sealed));
  return opened ? *opened : "does not open";
}

TEST(FaceStream, EnrolsAPersonAndKnowsThemAgain) {
  face_actors f;
  auto enrolled = f.enrol("anna", "u-1");
  EXPECT_EQ(enrolled["type"], "enrollment_complete");
  EXPECT_EQ(f.w.rows(storage::column::templates), 1u);
  auto known = f.authenticate("anna", "u-1");
  EXPECT_EQ(known["authenticated"], true) << known;
  EXPECT_EQ(known["user_id"], "u-1");
  EXPECT_EQ(nlohmann::json::parse(plain(known, "acme-secret"))["id"], "u-1");
  auto named = f.authenticate("anna", "");
  EXPECT_EQ(named["user_id"], "u-1");
}

TEST(FaceStream, RefusesAnother) {
  face_actors f;
  f.enrol("anna", "u-1");
  EXPECT_EQ(f.authenticate("berta", "u-1")["message"], "Face does not match specified user");
  EXPECT_EQ(f.authenticate("berta", "")["message"], "Face not recognized");
}

TEST(FaceStream, TenantsKnowNothingOfEachOther) {
  face_actors f;
  f.enrol("anna", "u-1");
  EXPECT_EQ(f.authenticate("anna", "", "other")["message"], "Face not recognized");
  auto r = f.enrolment_of("u-2");
  auto asked = f.w.ask<face::session_record>(f.w.env.face_registry, find_face_session{"other", r.token});
  f.w.run();
  EXPECT_TRUE(asked->error == errc::not_found);
}

TEST(FaceStream, TheStatusIsWhatTheDiskHas) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  EXPECT_EQ(f.status(r).status, session_status::pending);
  auto c = f.connect(r);
  EXPECT_EQ(c.last()["type"], "connection_established");
  EXPECT_EQ(f.status(r).status, session_status::processing);
  c.show("anna");
  EXPECT_EQ(f.status(r).frames_processed, 1u);
  c.socket->drop();
  f.w.run();
  EXPECT_EQ(f.status(r).status, session_status::disconnected);
}

TEST(FaceStream, ASocketWithoutASessionIsToldWhy) {
  face_actors f;
  camera nobody{f.w, "sess_unknown"};
  EXPECT_EQ(nobody.last()["code"], 4404);
  EXPECT_EQ(nobody.closed(), close_code::unknown_session);
  auto r = f.enrolment_of("u-1");
  {
    auto c = f.connect(r);
    c.show_until_end("anna");
  }
  auto late = f.connect(r);
  EXPECT_EQ(late.last()["error"], "Session is completed");
  EXPECT_EQ(late.closed(), close_code::session_finished);
  auto other = f.enrolment_of("u-2");
  f.w.advance(301s);
  auto expired = f.connect(other);
  EXPECT_EQ(expired.last()["error"], "Session expired");
  EXPECT_EQ(expired.closed(), close_code::unauthorized);
}

TEST(FaceStream, ASuspendedTenantsCamerasGoAndMayNotComeBack) {
  face_actors f;
  auto r = f.enrolment_of("u-1", "other");
  auto c = f.connect(r);
  f.w.ask<face::tenant_record>(f.w.env.face_registry, set_client_status{"other", face::tenant_status::suspended});
  f.w.run();
  EXPECT_EQ(c.closed(), close_code::forbidden);
  auto again = f.connect(r);
  EXPECT_EQ(again.last()["code"], 4403);
  EXPECT_EQ(again.closed(), close_code::forbidden);
}

TEST(FaceStream, ExpiresAtItsMoment) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto c = f.connect(r);
  f.w.advance(299s);
  EXPECT_FALSE(c.closed());
  f.w.advance(1s);
  EXPECT_EQ(c.last()["error"], "Session expired");
  EXPECT_EQ(c.closed(), close_code::unauthorized);
  EXPECT_EQ(f.status(r).status, session_status::expired);
}

TEST(FaceStream, ANewerCameraTakesThePlaceAndLivenessIsKept) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto first = f.connect(r);
  for (int i = 0; i < 12; ++i)
    first.show("anna");
  EXPECT_EQ(first.last()["blinks_detected"], 1);
  auto second = f.connect(r);
  EXPECT_EQ(first.closed(), close_code::replaced);
  second.show("anna");
  EXPECT_EQ(second.last()["blinks_detected"], 1);
  EXPECT_EQ(second.last()["frames_processed"], 13);
}

TEST(FaceStream, AfterALostSocketItGoesOn) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  {
    auto c = f.connect(r);
    for (int i = 0; i < 12; ++i)
      c.show("anna");
    c.socket->drop();
    f.w.run();
  }
  auto c = f.connect(r);
  for (int i = 0; i < 13; ++i)
    c.show("anna:0"); // nothing but a rest
  c.show_until_end("anna", 30);
  EXPECT_EQ(c.last()["type"], "enrollment_complete");
}

TEST(FaceStream, IsCancelledByItsTenantAndByItsClient) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto c = f.connect(r);
  auto answer = f.w.ask<face::session_record>(f.w.env.face_registry, cancel_face_session{"acme", r.token});
  f.w.run();
  ASSERT_TRUE(answer->value);
  EXPECT_EQ(answer->value->status, session_status::cancelled);
  EXPECT_EQ(c.last()["code"], 4499);
  EXPECT_EQ(c.closed(), close_code::cancelled);
  auto other = f.connect(f.enrolment_of("u-1"));
  other.socket->say(R"({"type":"cancel"})");
  f.w.run();
  EXPECT_EQ(other.closed(), close_code::cancelled);
}

TEST(FaceStream, NothingIsAnnouncedThatIsNotJournaled) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  f.w.journal->fail_commits(true);
  auto refused = f.connect(r);
  EXPECT_EQ(refused.last()["code"], 4500);
  EXPECT_EQ(refused.closed(), close_code::internal);
  f.w.journal->fail_commits(false);
  f.w.advance(2s);
  auto c = f.connect(r);
  for (int i = 0; i < 20; ++i)
    if (i == 13)
      f.w.journal->fail_commits(true);
    else
      c.show("anna");
  EXPECT_FALSE(c.heard("enrollment_complete"));
  EXPECT_FALSE(c.closed());
  EXPECT_EQ(f.w.rows(storage::column::templates), 0u);
  f.w.journal->fail_commits(false);
  f.w.advance(2s);
  c.show_until_end("anna");
  EXPECT_TRUE(c.heard("enrollment_complete"));
}

TEST(FaceStream, SurvivesTheProcess) {
  face::session_record r;
  storage::memory_journal disk;
  wall_time then;
  {
    face_actors f;
    f.enrol("anna", "u-1");
    r = f.create(session_kind::verification, "u-1");
    auto c = f.connect(r);
    c.show("anna");
    disk = *f.w.journal; // as it is when the process is killed
    then = f.w.wall();
  }
  face_actors f{face_settings(), disk, then + 1s};
  EXPECT_EQ(f.status(r).status, session_status::disconnected);
  auto c = f.connect(r);
  EXPECT_EQ(c.last()["type"], "connection_established");
  c.show_until_end("anna");
  EXPECT_EQ(c.last()["authenticated"], true);
  EXPECT_EQ(f.authenticate("anna", "")["user_id"], "u-1");
}

TEST(FaceStream, WhatACameraSendsAtOnceWaits) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto handler = std::make_shared<face_socket>(f.w.env, r.token, request_trace{"r-1", {}});
  auto socket = std::make_shared<fake_socket>(*f.w.env.loops[0], handler);
  f.w.sockets.push_back(socket);
  handler->on_open(socket);
  socket->say(R"({"type":"ping"})");
  socket->say_binary("anna:0");
  EXPECT_TRUE(socket->sent.empty());
  f.w.run();
  EXPECT_EQ(socket->types(), (std::vector<std::string>{"pong", "connection_established", "frame_processed"}));
  EXPECT_EQ(socket->unconsumed, 0u);
}

TEST(FaceStream, FloodsAreToldAndThenClosed) {
  face_actors f;
  auto c = f.connect(f.enrolment_of("u-1"));
  for (int i = 0; i < 600 && c.socket->open(); ++i) {
    c.socket->say(R"({"type":"ping"})");
    f.w.run();
  }
  EXPECT_TRUE(c.heard("pong") && c.heard("error"));
  EXPECT_EQ(c.closed(), close_code::rate_limited);
}

TEST(FaceStream, IsDrainedLikeEverybody) {
  face_actors f;
  auto c = f.connect(f.enrolment_of("u-1"));
  for (auto& [id, connection] : f.w.env.connections[0].all())
    caf::anon_send(connection, go_away{});
  f.w.run();
  EXPECT_EQ(c.closed(), close_code::going_away);
  EXPECT_TRUE(f.w.env.connections[0].all().empty());
}

TEST(FaceStream, ThatDiesLeavesASessionToComeBackTo) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto c = f.connect(r);
  c.socket->throw_once = true;
  c.show("anna");
  EXPECT_EQ(c.closed(), close_code::internal);
  auto again = f.connect(r);
  again.show_until_end("anna");
  EXPECT_EQ(again.last()["type"], "enrollment_complete");
}

TEST(FaceStream, ThatExpiresWhileTheDiskTakesNothingIsKnownToHaveExpired) {
  face_actors f;
  auto r = f.enrolment_of("u-1");
  auto c = f.connect(r);
  f.w.journal->fail_commits(true);
  f.w.advance(f.w.env.now()->settings.face.session_ttl);
  EXPECT_EQ(*c.socket->closed, close_code::unauthorized);
  EXPECT_EQ(f.status(r).status, session_status::expired);
}

} // namespace
} // namespace mdai::test
