#include "storage/records.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

using storage::column;

class ErasingForGood : public actor_test {
protected:
  std::shared_ptr<answer<stored>> ask_to_erase(const std::string& key) {
    erase_for_good x;
    x.batch.erase(column::users, key);
    x.ranges = {{column::users, key, key + '\0'}, {column::face_sessions, {}, {}}};
    return w.ask<stored>(w.env.eraser, x);
  }
  std::shared_ptr<answer<stored>> erase(const std::string& key) {
    auto out = ask_to_erase(key);
    w.run();
    return out;
  }
  void SetUp() override {
    w.run();
    storage::write_batch batch;
    batch.put(column::users, "ann", "somebody");
    batch.put(column::users, "bob", "somebody else");
    ASSERT_TRUE(w.journal->commit(batch));
  }
  bool marked() const { return w.journal->get(column::meta, "scrub")->has_value(); }
};

TEST_F(ErasingForGood, AnswersWhenTheFilesAreRewritten) {
  EXPECT_TRUE(erase("ann")->value);
  EXPECT_EQ(w.journal->scrubs(), 1u);
  EXPECT_EQ(w.rows(column::users), 1u);
  EXPECT_FALSE(marked());
}

TEST_F(ErasingForGood, CleansOnceForAllThatWait) {
  const auto before = w.journal->commits();
  auto ann = ask_to_erase("ann"), bob = ask_to_erase("bob"), nobody = ask_to_erase("nobody");
  w.run();
  EXPECT_TRUE(ann->value && bob->value && nobody->value);
  EXPECT_EQ(w.journal->scrubs(), 1u);
  EXPECT_EQ(w.journal->commits() - before, 2u); // with the mark, and without it
  EXPECT_EQ(w.rows(column::users), 0u);
}

TEST_F(ErasingForGood, CleansWhatFailedTogetherWithTheNext) {
  w.journal->fail_scrubs(true);
  EXPECT_EQ(erase("ann")->error, errc::journal_unavailable);
  w.journal->fail_scrubs(false);
  EXPECT_TRUE(erase("bob")->value);
  EXPECT_FALSE(marked());
  w.advance(11min);
  EXPECT_EQ(w.journal->scrubs(), 1u);
}

TEST_F(ErasingForGood, IsFinishedLaterWhenTheFilesCannotBeRewrittenNow) {
  w.journal->fail_scrubs(true);
  EXPECT_EQ(erase("ann")->error, errc::journal_unavailable);
  EXPECT_EQ(w.rows(column::users), 1u); // what was erased stays erased
  EXPECT_TRUE(marked());
  w.journal->fail_scrubs(false);
  w.advance(11min);
  EXPECT_EQ(w.journal->scrubs(), 1u);
  EXPECT_FALSE(marked());
}

TEST_F(ErasingForGood, IsTriedAgainOnceForHoweverManyThatFailed) {
  w.journal->fail_scrubs(true);
  for (int i = 0; i < 5; ++i)
    erase("ann");
  const auto tried = w.journal->scrubs_tried();
  w.advance(6min);
  EXPECT_EQ(w.journal->scrubs_tried(), tried + 1);
}

TEST_F(ErasingForGood, WhatACrashHasLeftIsNotForgottenForWhatIsAskedFirst) {
  w.journal->fail_scrubs(true);
  erase("ann");
  auto disk = *w.journal;
  actor_world next{test_settings(), disk, w.wall()};
  erase_for_good x;
  x.batch.erase(column::devices, "d");
  x.ranges = {{column::devices, "d", "e"}};
  auto asked = next.ask<stored>(next.env.eraser, x); // before anything has run
  next.run();
  EXPECT_TRUE(asked->error);
  const auto columns = **next.journal->get(column::meta, "scrub");
  for (auto c : {column::users, column::face_sessions, column::devices})
    EXPECT_NE(columns.find(static_cast<char>(c)), columns.npos) << static_cast<int>(c);
}

TEST_F(ErasingForGood, IsFinishedByTheNextStartAfterACrash) {
  w.journal->fail_scrubs(true);
  erase("ann");
  auto disk = *w.journal;
  disk.fail_scrubs(false);
  actor_world next{test_settings(), disk, w.wall()};
  next.run();
  EXPECT_EQ(next.journal->scrubs(), 1u);
  EXPECT_FALSE(next.journal->get(column::meta, "scrub")->has_value());
}

TEST_F(ErasingForGood, ErasesNothingWhenTheDiskTakesNothing) {
  w.journal->fail_commits(true);
  EXPECT_EQ(erase("ann")->error, errc::journal_unavailable);
  EXPECT_EQ(w.rows(column::users), 2u);
  EXPECT_EQ(w.journal->scrubs(), 0u);
}

} // namespace
} // namespace mdai::test
