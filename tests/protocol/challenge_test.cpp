#include "protocol/challenge.hpp"

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"
#include "protocol/device_record.hpp"

namespace mdai {
namespace {

using verdict = challenge::verdict;

const std::string right(32, 'r');
const wall_time start = from_unix_ms(1'000'000), end = from_unix_ms(1'300'000), inside = from_unix_ms(1'299'999);

challenge_record fresh() {
  challenge_record r;
  r.created_at = start;
  r.expires_at = end;
  r.device_id = "TEE-1";
  r.digest = crypto::sha256(right);
  r.ssid = "Home";
  r.password = "secret";
  return r;
}

TEST(challenge, OpensOnceToTheRightAnswer) {
  challenge c{fresh()};
  EXPECT_EQ(c.judge(right, inside), verdict::right);
  EXPECT_TRUE(c.open()) << "until it is used";
  c.use();
  EXPECT_FALSE(c.open());
  EXPECT_EQ(c.judge(right, inside), verdict::used);
  EXPECT_EQ(c.judge("x", end), verdict::used) << "used stays used";
}

TEST(challenge, DiesOfTheThirdWrongAnswer) {
  for (auto& wrong : {std::string(32, 'w'), std::string{}, right.substr(1), right + 'r', crypto::sha256(right)}) {
    challenge c{fresh()};
    EXPECT_EQ(c.judge(wrong, start), verdict::wrong);
    EXPECT_EQ(c.judge(wrong, start), verdict::wrong);
    EXPECT_TRUE(c.open());
    EXPECT_EQ(c.record().wrong_answers, 2);
    EXPECT_EQ(c.judge(wrong, start), verdict::wrong);
    EXPECT_EQ(c.record().status, challenge_status::killed);
    EXPECT_EQ(c.judge(right, start), verdict::killed);
    EXPECT_EQ(c.judge(right, end), verdict::killed);
  }
}

TEST(challenge, TakesTheRightAnswerAfterTwoWrongOnes) {
  challenge c{fresh()};
  c.judge("a", start);
  c.judge("b", start);
  EXPECT_EQ(c.judge(right, start), verdict::right);
}

TEST(challenge, RunsOutAtItsTimeAndNotBefore) {
  challenge c{fresh()};
  EXPECT_FALSE(c.expire(inside));
  EXPECT_EQ(c.judge(right, end), verdict::expired) << "even when nobody has said so yet";
  EXPECT_EQ(c.record().wrong_answers, 0);
  EXPECT_TRUE(c.expire(end));
  EXPECT_FALSE(c.expire(end)) << "once";
  EXPECT_EQ(c.judge(right, start), verdict::expired) << "a clock that goes back brings nothing back";
}

TEST(challenge, ForgetsItsPasswordWhenItIsOver) {
  challenge used{fresh()}, killed{fresh()}, expired{fresh()};
  used.use();
  for (int i = 0; i < 3; ++i)
    killed.judge("wrong", start);
  expired.expire(end);
  for (auto c : {&used, &killed, &expired}) {
    EXPECT_EQ(c->record().ssid, "");
    EXPECT_EQ(c->record().password, "");
    EXPECT_EQ(c->record().device_id, "TEE-1");
  }
}

TEST(registration, OfTheSameKeyKeepsWhenItFirstCame) {
  const device_record bare{"TEE-1", "key", "", start, {}, std::string(32, 'x')}, later{"TEE-1", "key", "hw", end, {}};
  auto extended = continued(&bare, later, registration::extended);
  EXPECT_EQ(extended.hardware_id, "hw");
  EXPECT_EQ(extended.registered_at, start);
  EXPECT_EQ(extended.revoked_keys, bare.revoked_keys);
  EXPECT_EQ(continued(nullptr, later, registration::added), later);
}

TEST(registration, FitsWhatIsKnownOfTheDevice) {
  const device_record known{"TEE-1", "key", "hw", start, {}}, bare{"TEE-1", "key", "", start, {}};
  auto revoked = known;
  revoked.revoked_at = start;
  const device_record second{"TEE-1", "key2", "hw", end, {}}, third{"TEE-1", "key3", "hw", end, {}};
  auto renewed = continued(&revoked, second, registration::added);
  auto renewed_revoked = renewed;
  renewed_revoked.revoked_at = end;
  auto twice_renewed = continued(&renewed_revoked, third, registration::added);
  const struct {
    const char* name;
    const device_record* known;
    device_record wanted;
    registration expected;
  } cases[] = {
      {"new", nullptr, known, registration::added},
      {"the same again", &known, known, registration::known},
      {"the same without its hardware", &known, bare, registration::known},
      {"hardware comes later", &bare, known, registration::extended},
      {"other hardware", &known, {"TEE-1", "key", "hw2", end, {}}, registration::other_hardware},
      {"another key", &known, {"TEE-1", "key2", "hw", end, {}}, registration::other_key},
      {"another key after revocation", &revoked, {"TEE-1", "key2", "hw", end, {}}, registration::added},
      {"the revoked key", &revoked, known, registration::revoked},
      {"the revoked key, while another one is good", &renewed, known, registration::revoked},
      {"the revoked key, when another one was revoked too", &renewed_revoked, known, registration::revoked},
      {"the first of two revoked keys", &twice_renewed, known, registration::revoked},
      {"the second of two revoked keys", &twice_renewed, second, registration::revoked},
      {"the third key", &renewed_revoked, third, registration::added},
      {"the revoked key, other hardware", &revoked, {"TEE-1", "key", "hw2", end, {}}, registration::revoked},
  };
  for (auto& c : cases)
    EXPECT_EQ(judge_registration(c.known, c.wanted), c.expected) << c.name;
  EXPECT_TRUE(refused(registration::other_key) && refused(registration::other_hardware) &&
              refused(registration::revoked));
  EXPECT_FALSE(refused(registration::added) || refused(registration::known) || refused(registration::extended));
}

} // namespace
} // namespace mdai
