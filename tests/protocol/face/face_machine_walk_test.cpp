#include <random>

#include <gtest/gtest.h>

#include "tests/support/face_world.hpp"

/// Whatever happens in whatever order, some things are always so.
namespace mdai::test {
namespace {

using namespace face;

class walk {
public:
  explicit walk(unsigned seed)
      : dice_(seed)
      , w_(record(seed), policy()) {}

  void run() {
    for (int i = 0; i < 400 && !w_.machine.over(); ++i) {
      step();
      ASSERT_NO_FATAL_FAILURE(check()) << "step " << i;
    }
    w_.machine.on_expire(w_.expires_at);
    while (!w_.machine.over()) {
      if (deciding())
        decide();
      w_.settle();
    }
    check();
  }

private:
  static session_record record(unsigned seed) {
    auto r = face_world::record_for(static_cast<session_kind>(seed % 3));
    r.frames_wanted = 1 + seed % 5;
    r.required_blinks = seed % 3;
    return r;
  }
  static stream_policy policy() {
    stream_policy p;
    p.frame_budget = 40;
    return p;
  }

  unsigned roll(unsigned n) { return std::uniform_int_distribution<unsigned>{0, n - 1}(dice_); }
  bool deciding() const { return w_.decisions.size() > decided_; }
  bool looking() const { return w_.frames.size() > looked_at_; }

  void step() {
    w_.pass(milliseconds{roll(120)});
    auto from = roll(8) ? w_.machine.attached() : 1 + roll(5);
    switch (roll(12)) {
    case 0:
      return w_.attach(++links_);
    case 1:
      return roll(4) ? void() : w_.machine.on_detach(from);
    case 2:
      return w_.stores.empty() ? void() : w_.stored(roll(6) != 0);
    case 3:
      return roll(20) ? void() : w_.machine.on_cancel(w_.now);
    case 4:
      return w_.say(roll(2) ? "nonsense" : R"({"type":"ping"})", from);
    case 5:
    case 6:
    case 7:
      return looking() ? look() : void();
    case 8:
      return deciding() ? decide() : void();
    default:
      return roll(3) ? w_.say(some_picture, from) : w_.machine.on_binary(from, payload{"x"}, w_.now);
    }
  }

  void look() {
    ++looked_at_;
    auto f = clean_frame(static_cast<float>(roll(100)) / 99.f);
    f.status = static_cast<frame_status>(roll(8) ? 2 : roll(2));
    f.obstacles[roll(4)] = roll(6) ? 0 : 0.9f;
    liveness_ = alive(liveness_.blinks + (roll(5) == 0), liveness_.motion_events + (roll(5) == 0));
    if (roll(12) == 0)
      w_.machine.on_worker_lost(w_.now);
    else if (roll(12) == 0)
      w_.machine.on_analyzed(roll(2) ? errc::invalid_image : errc::timed_out, liveness_, w_.now);
    else
      w_.machine.on_analyzed(f, liveness_, w_.now);
  }

  void decide() {
    ++decided_;
    w_.decided(static_cast<match_outcome::kind>(roll(3)), "anna", 0.9f);
  }

  void check() {
    auto& r = w_.machine.record();
    ASSERT_LE(w_.frames.size(), looked_at_ + 1) << "one frame at a time";
    ASSERT_LE(w_.decisions.size(), decided_ + 1) << "one decision at a time";
    ASSERT_TRUE(!deciding() || w_.journal.size() == w_.journaled_at_decision) << "it would stand behind the outcome";
    ASSERT_FALSE(looking() && deciding()) << "who is being judged is not looked at";
    ASSERT_LE(r.frames_counted, 40u);
    ASSERT_LE(r.frames_processed, r.frames_counted);
    for (auto& samples : w_.decisions)
      ASSERT_EQ(samples.size(), r.frames_wanted);
    for (auto& [link, texts] : w_.sent) {
      auto& silent_since = after_close_[link];
      if (w_.closed.contains(link) && !silent_since)
        silent_since = texts.size();
      ASSERT_TRUE(!silent_since || *silent_since == texts.size()) << "said something after its close";
    }
    if (w_.machine.over()) {
      ASSERT_EQ(w_.machine.attached(), 0u);
      ASSERT_TRUE(is_over(r.status));
      ASSERT_TRUE(r.completed_at.has_value());
    }
  }

  std::mt19937 dice_;
  face_world w_;
  liveness_reading liveness_{};
  link_id links_ = 0;
  std::size_t looked_at_ = 0, decided_ = 0;
  std::map<link_id, std::optional<std::size_t>> after_close_;
};

TEST(FaceMachine, KeepsItsPromisesOnAnyWalk) {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    walk{seed}.run();
    if (HasFatalFailure())
      return;
  }
}

} // namespace
} // namespace mdai::test
