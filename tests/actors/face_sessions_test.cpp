#include "actors/face_sessions.hpp"

#include <gtest/gtest.h>

#include "tests/support/face_actors.hpp"

namespace mdai::test {
namespace {

using namespace std::chrono_literals;

constexpr auto steady = std::chrono::steady_clock::time_point{};

face::session_record expiring_at(std::int64_t ms, const uuid& person = {}) {
  face::session_record r;
  r.session_id = uuid::make();
  r.enrollment_id = uuid::make();
  r.token = "sess_" + r.session_id.text();
  r.person = person;
  r.expires_at = from_unix_ms(ms);
  return r;
}

TEST(FaceSessions, AreFoundByEachOfTheirIdsUntilTheyAreErased) {
  face_sessions all;
  const auto person = uuid::make();
  const auto one = expiring_at(1, person), other = expiring_at(1, person);
  all.add(one, steady);
  all.add(other, steady);
  for (const auto& id : {one.session_id.text(), one.enrollment_id.text(), one.token})
    EXPECT_EQ(all.find_any(id)->record.token, one.token);
  EXPECT_EQ(all.of_person(person).size(), 2u);
  all.erase(one.session_id);
  for (const auto& id : {one.session_id.text(), one.enrollment_id.text(), one.token})
    EXPECT_EQ(all.find_any(id), nullptr);
  EXPECT_EQ(all.of_person(person), std::vector{other.session_id});
  all.erase(other.session_id);
  EXPECT_TRUE(all.of_person(person).empty());
}

TEST(FaceSessions, TheOldestGoWhenThereAreTooManyButNoneThatGoesOn) {
  face_actors f;
  face_sessions all;
  for (int i = 0; i < 10; ++i)
    all.add(expiring_at(i), steady);
  EXPECT_TRUE(all.purge(from_unix_ms(2), 100).empty());
  EXPECT_EQ(all.size(), 8u);
  const auto early = all.purge(from_unix_ms(2), 5);
  ASSERT_EQ(early.size(), 3u);
  EXPECT_EQ(early[0].expires_at, from_unix_ms(2));
  EXPECT_EQ(all.size(), 5u);
  auto live = f.enrolment_of("u-1");
  auto stream = f.w.ask<found_face_stream>(f.w.env.face_registry, find_face_stream{live.token});
  f.w.run();
  all.for_each([&](face_sessions::entry& e) { e.stream = stream->value->stream; });
  all.purge(from_unix_ms(2), 0);
  EXPECT_EQ(all.size(), 5u);
}

} // namespace
} // namespace mdai::test
