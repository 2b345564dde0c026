#include "storage/records.hpp"
#include "tests/support/actor_fixture.hpp"

namespace mdai::test {
namespace {

using storage::column;

class PersistenceActor : public actor_test {
protected:
  PersistenceActor() { w.run(); }
  std::shared_ptr<answer<stored>> put(std::string key, std::string value = "v") {
    store x;
    x.batch.put(column::meta, std::move(key), std::move(value));
    return w.ask<stored>(w.env.persistence, x);
  }
};

TEST_F(PersistenceActor, StoresAllThatWaitsInOneCommit) {
  auto before = w.journal->commits();
  std::vector<std::shared_ptr<answer<stored>>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(put("key" + std::to_string(i)));
  w.run();
  EXPECT_EQ(w.journal->commits(), before + 1);
  EXPECT_EQ(w.rows(column::meta), 100u);
  for (auto& a : answers)
    EXPECT_TRUE(a->value);
}

TEST_F(PersistenceActor, KeepsTheOrderOfWritesInsideACommit) {
  put("key", "old");
  put("key", "new");
  w.run();
  EXPECT_EQ(**w.journal->get(column::meta, "key"), "new");
}

TEST_F(PersistenceActor, AFailedCommitIsToldToEverybodyWhoWaitsAndTheNodeIsNotReady) {
  w.journal->fail_commits(true);
  auto first = put("a"), second = put("b");
  w.run();
  EXPECT_EQ(first->error, errc::journal_unavailable);
  EXPECT_EQ(second->error, errc::journal_unavailable);
  EXPECT_FALSE(w.env.ready.ready());
  EXPECT_EQ(w.rows(column::meta), 0u);
}

TEST_F(PersistenceActor, TriesUntilTheDiskWorksAgain) {
  w.journal->fail_commits(true);
  put("a");
  w.advance(10s);
  EXPECT_FALSE(w.env.ready.journal);
  w.journal->fail_commits(false);
  w.advance(1s);
  EXPECT_TRUE(w.env.ready.journal);
  auto again = put("a");
  w.run();
  EXPECT_TRUE(again->value);
  w.journal->fail_commits(true); // and a second failure is noticed like the first
  put("b");
  w.run();
  EXPECT_FALSE(w.env.ready.journal);
  w.journal->fail_commits(false);
  w.advance(1s);
  EXPECT_TRUE(w.env.ready.journal);
}

TEST_F(PersistenceActor, ReadsWhatIsStoredAndSaysWhenThereIsNothing) {
  put("key", "value");
  w.run();
  auto found = w.ask<std::string>(w.env.persistence, fetch{column::meta, "key"});
  auto none = w.ask<std::string>(w.env.persistence, fetch{column::meta, "other"});
  w.run();
  EXPECT_EQ(found->value, "value");
  EXPECT_EQ(none->error, errc::not_found);
}

TEST_F(PersistenceActor, AReadSeesEveryWriteThatWasAskedForBeforeIt) {
  put("key", "value");
  auto found = w.ask<std::string>(w.env.persistence, fetch{column::meta, "key"});
  w.run();
  EXPECT_EQ(found->value, "value");
}

TEST_F(PersistenceActor, HandsAResultToTheOutboxOnlyWhenItIsStored) {
  store x;
  x.batch.put(column::meta, "key", "value");
  outbox_record result;
  result.session_id = object_id::make(w.wall());
  result.created_at = w.wall();
  result.session_expires_at = w.wall() + 180s;
  x.result = deliver{std::move(result), payload{"aGVsbG8="}};
  w.journal->fail_commits(true);
  w.ask<stored>(w.env.persistence, x);
  w.run();
  EXPECT_TRUE(w.platform->calls.empty());
  w.journal->fail_commits(false);
  w.advance(1s);
  w.ask<stored>(w.env.persistence, x);
  w.run();
  EXPECT_EQ(w.platform->calls.size(), 1u);
}

TEST_F(PersistenceActor, PurgesEachColumnWhenItsRetentionIsOverAndNotBefore) {
  auto& s = w.env.now()->settings;
  auto old = w.wall();
  session_record session;
  session.id = object_id::make(old);
  session.expires_at = old;
  store x;
  x.batch.put(column::sessions, storage::session_key(session), storage::encode(session));
  x.batch.put(column::scans, storage::scan_key({session.id, "RDK_001", old, scan_outcome::paired}), "scan");
  x.batch.put(column::dead_letters, storage::dead_letter_key(old, session.id), "letter");
  x.batch.put(column::dead_images, storage::dead_letter_key(old, session.id), "image");
  x.batch.put(column::outbox, storage::outbox_key(session.id), "kept until it is delivered");
  w.ask<stored>(w.env.persistence, x);
  w.run();
  auto count = [&] {
    return std::vector{w.rows(column::sessions), w.rows(column::scans), w.rows(column::dead_letters),
                       w.rows(column::dead_images), w.rows(column::outbox)};
  };
  w.advance(s.session.retention);
  EXPECT_EQ(count(), (std::vector<std::size_t>{1, 1, 1, 1, 1}));
  w.advance(10min);
  EXPECT_EQ(count(), (std::vector<std::size_t>{0, 0, 1, 1, 1}));
  w.advance(s.outbox.dead_letter_retention);
  EXPECT_EQ(count(), (std::vector<std::size_t>{0, 0, 0, 0, 1}));
}

} // namespace
} // namespace mdai::test
