#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "protocol/crypto.hpp"
#include "storage/face_records.hpp"
#include "storage/rocksdb_journal.hpp"
#include "tests/storage/numbered_records.hpp"
#include "tests/storage/scratch_directory.hpp"

/// Whether anything of a person is left in the files after an erasure: their key, and the bytes that stood under it.
namespace mdai::storage {
namespace {

std::string fresh_key() { return user_key(uuid::make()); }

class scrubbed_journal : public testing::Test {
protected:
  void SetUp() override { reopen(); }
  void reopen() {
    journal_.reset();
    std::string why;
    auto opened = open_rocksdb_journal(directory_, sealer{test_secret}, why);
    ASSERT_TRUE(opened) << why;
    journal_ = std::move(*opened);
  }
  void put(column where, const std::string& key, const std::string& value) {
    write_batch batch;
    batch.put(where, key, value);
    ASSERT_TRUE(journal_->commit(batch));
  }
  void erase(column where, const std::string& key) {
    write_batch batch;
    batch.erase(where, key);
    ASSERT_TRUE(journal_->commit(batch));
  }
  /// In how many places those bytes stand, in any file.
  std::size_t places_of(const std::string& bytes) const {
    std::size_t count = 0;
    for (auto& file : std::filesystem::directory_iterator{directory_}) {
      std::ifstream in{file.path(), std::ios::binary};
      std::ostringstream all;
      all << in.rdbuf();
      auto text = all.str();
      for (auto at = text.find(bytes); at != text.npos; at = text.find(bytes, at + 1))
        ++count;
    }
    return count;
  }
  /// What stands behind a key in the files: some of the sealed value, which is random.
  std::string sealed_behind(const std::string& key) const {
    for (auto& file : std::filesystem::directory_iterator{directory_}) {
      if (file.path().filename().string().starts_with("MANIFEST")) // has keys without values
        continue;
      std::ifstream in{file.path(), std::ios::binary};
      std::ostringstream all;
      all << in.rdbuf();
      auto text = all.str();
      if (auto at = text.find(key); at != text.npos && text.size() > at + key.size() + 80)
        return text.substr(at + key.size() + 20, 60);
    }
    return {};
  }

  scratch_directory scratch_;
  std::string directory_ = scratch_ / "journal";
  std::unique_ptr<journal> journal_;
  std::string why_;
};

TEST_F(scrubbed_journal, HoldsNothingOfAPersonInAnyFile) {
  auto person = fresh_key();
  std::vector<std::string> traces;
  // In the log, in tables, in several states: a person lives on.
  for (int state = 0; state < 3; ++state) {
    put(column::users, person, "state " + std::to_string(state) + std::string(200, 'x'));
    put(column::templates, person, crypto::random_bytes(12'000));
    for (int i = 0; i < 300; ++i) // neighbours, which stay
      put(column::templates, fresh_key(), std::string(4'000, 'n'));
    traces.push_back(sealed_behind(person));
    if (state == 1)
      reopen();
  }
  for (auto& trace : traces)
    ASSERT_FALSE(trace.empty());
  ASSERT_GT(places_of(person), 2u);
  ASSERT_GT(places_of(traces.back()), 0u);
  erase(column::users, person);
  erase(column::templates, person);
  auto end = person + '\0';
  ASSERT_TRUE(journal_->scrub({{column::users, person, end}, {column::templates, person, end}}, why_));
  for (auto& trace : traces)
    EXPECT_EQ(places_of(trace), 0u);
  // RocksDB's list of files may still name the key as the border of a file that is gone: the key says nothing.
  reopen();
  EXPECT_EQ(*journal_->get(column::users, person), std::nullopt);
  EXPECT_EQ(*journal_->get(column::templates, person), std::nullopt);
}

TEST_F(scrubbed_journal, OfAWholeColumnHoldsWhatItStillHas) {
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i)
    put(column::face_sessions, keys.emplace_back(fresh_key()), "session " + std::to_string(i) + std::string(300, 's'));
  auto gone = sealed_behind(keys[7]);
  ASSERT_FALSE(gone.empty());
  write_batch batch;
  batch.erase_range(column::face_sessions, keys[7], keys[7] + '\0');
  ASSERT_TRUE(journal_->commit(batch));
  ASSERT_GT(places_of(gone), 0u);
  ASSERT_TRUE(journal_->scrub({{column::face_sessions, {}, {}}}, why_));
  EXPECT_EQ(places_of(gone), 0u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ((*journal_->get(column::face_sessions, keys[i])).has_value(), i != 7);
}

// The journal's thread does not wait while files are rewritten: nothing that it stores meanwhile is lost, and it keeps
// nothing of what is erased.
TEST_F(scrubbed_journal, StoresWhileItIsCleaned) {
  std::string gone;
  std::atomic<bool> over = false;
  std::vector<std::string> stored;
  std::vector<column> where;
  const auto person = fresh_key();
  put(column::templates, person, std::string(5'000, 'p'));
  gone = sealed_behind(person);
  ASSERT_FALSE(gone.empty());
  erase(column::templates, person);
  std::thread cleaner{[&] {
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(journal_->scrub({{column::templates, {}, {}}, {column::face_sessions, {}, {}}}, why_)) << why_;
    over = true;
  }};
  while (!over || stored.size() < 100) {
    where.push_back(static_cast<column>(1 + stored.size() % (column_count - 1)));
    put(where.back(), stored.emplace_back(fresh_key()), std::string(500, 's'));
  }
  cleaner.join();
  EXPECT_EQ(places_of(gone), 0u);
  reopen();
  for (std::size_t i = 0; i < stored.size(); ++i)
    ASSERT_EQ(*journal_->get(where[i], stored[i]), std::string(500, 's')) << i;
}

TEST_F(scrubbed_journal, WorksWithNothingInIt) {
  EXPECT_TRUE(journal_->scrub({{column::users, {}, {}}, {column::templates, "a", "b"}}, why_));
  EXPECT_TRUE(journal_->scrub({}, why_));
}

} // namespace
} // namespace mdai::storage
