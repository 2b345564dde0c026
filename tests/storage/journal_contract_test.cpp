// What every journal promises, tried on each of them.
#include <gtest/gtest.h>

#include <random>

#include "storage/memory_journal.hpp"
#include "tests/storage/numbered_records.hpp"
#include "tests/storage/scratch_directory.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

class journal_contract : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    if (GetParam() == std::string_view{"memory"}) {
      journal_ = std::make_unique<memory_journal>();
      return;
    }
    std::string why;
    auto opened = open_rocksdb_journal(scratch_ / "journal", sealer{test_secret}, why);
    ASSERT_TRUE(opened) << why;
    journal_ = std::move(*opened);
  }
  journal& j() { return *journal_; }
  void commit(const write_batch& batch) { ASSERT_TRUE(j().commit(batch)); }
  void put(column where, const std::string& key, const std::string& value) {
    write_batch batch;
    batch.put(where, key, value);
    commit(batch);
  }
  pairs scan(column where, std::string_view from = {}, std::string_view to = {}) {
    pairs seen;
    EXPECT_TRUE(j().scan(where, from, to, [&](auto key, auto value) {
      seen.emplace_back(key, value);
      return true;
    }));
    return seen;
  }

private:
  scratch_directory scratch_;
  std::unique_ptr<journal> journal_;
};

INSTANTIATE_TEST_SUITE_P(each, journal_contract, testing::Values("memory", "rocksdb"),
                         [](const auto& parameter) { return std::string{parameter.param}; });

} // namespace

TEST_P(journal_contract, GivesBackWhatWasPut) {
  put(column::sessions, "k", std::string("v\0w", 3));
  EXPECT_EQ(*j().get(column::sessions, "k"), std::string("v\0w", 3));
  EXPECT_EQ(*j().get(column::sessions, "absent"), std::nullopt);
}

TEST_P(journal_contract, KeepsColumnsApart) {
  for (std::size_t c = 0; c < column_count; ++c)
    put(static_cast<column>(c), "k", std::to_string(c));
  for (std::size_t c = 0; c < column_count; ++c)
    EXPECT_EQ(*j().get(static_cast<column>(c), "k"), std::to_string(c));
}

TEST_P(journal_contract, AppliesABatchInItsOrder) {
  write_batch batch;
  batch.put(column::outbox, "a", "1");
  batch.put(column::outbox, "a", "2");
  batch.put(column::outbox, "b", "3");
  batch.erase(column::outbox, "b");
  batch.erase_range(column::outbox, "c", "d");
  batch.put(column::outbox, "c", "4");
  commit(batch);
  EXPECT_EQ(scan(column::outbox), (pairs{{"a", "2"}, {"c", "4"}}));
}

TEST_P(journal_contract, ErasesWhatIsThereAndWhatIsNot) {
  put(column::images, "k", "v");
  write_batch batch;
  batch.erase(column::images, "k");
  batch.erase(column::images, "absent");
  commit(batch);
  EXPECT_EQ(*j().get(column::images, "k"), std::nullopt);
}

TEST_P(journal_contract, ErasesARangeWithoutItsEnd) {
  for (auto key : {"a", "b", "b1", "c"})
    put(column::scans, key, "v");
  write_batch batch;
  batch.erase_range(column::scans, "b", "c");
  commit(batch);
  EXPECT_EQ(scan(column::scans), (pairs{{"a", "v"}, {"c", "v"}}));
}

TEST_P(journal_contract, ErasesNothingInAnEmptyOrBackwardRange) {
  for (auto key : {"a", "b", "c"})
    put(column::scans, key, "v");
  write_batch batch;
  batch.erase_range(column::scans, "b", "b");
  batch.erase_range(column::scans, "c", "a");
  commit(batch);
  EXPECT_EQ(scan(column::scans).size(), 3u);
}

TEST_P(journal_contract, ScansARangeInOrderWithoutItsEnd) {
  for (auto key : {"c", "a", "d", "b"})
    put(column::sessions, key, key);
  EXPECT_EQ(scan(column::sessions), (pairs{{"a", "a"}, {"b", "b"}, {"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(scan(column::sessions, "b", "d"), (pairs{{"b", "b"}, {"c", "c"}}));
  EXPECT_EQ(scan(column::sessions, "c"), (pairs{{"c", "c"}, {"d", "d"}}));
  EXPECT_EQ(scan(column::sessions, "e"), pairs{});
}

TEST_P(journal_contract, StopsAScanWhenTheVisitorHasEnough) {
  for (auto key : {"a", "b", "c"})
    put(column::sessions, key, key);
  std::string seen;
  EXPECT_TRUE(j().scan(column::sessions, "", "", [&](auto key, auto) {
    seen += key;
    return key != "b";
  }));
  EXPECT_EQ(seen, "ab");
}

TEST_P(journal_contract, TakesAnEmptyBatch) { EXPECT_TRUE(j().commit({})); }

TEST_P(journal_contract, TakesValuesOfEightMebibytes) {
  std::string image(8u << 20, 'i');
  put(column::images, "k", image);
  EXPECT_EQ(*j().get(column::images, "k"), image);
}

TEST_P(journal_contract, HasNothingToResumeWhenHealthy) {
  EXPECT_TRUE(j().resume());
  EXPECT_EQ(j().last_error(), "");
}

TEST_P(journal_contract, AgreesWithAMapAfterRandomWrites) {
  std::mt19937 random{7};
  std::map<std::string, std::string> model;
  auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 26)); };
  for (int i = 0; i < 200; ++i) {
    write_batch batch;
    for (auto n = random() % 5; n-- > 0;) {
      auto from = key();
      if (auto what = random() % 8; what < 5) {
        model[from] = std::to_string(i);
        batch.put(column::sessions, from, std::to_string(i));
      } else if (what < 7) {
        model.erase(from);
        batch.erase(column::sessions, from);
      } else {
        auto to = std::max(from, key());
        model.erase(model.lower_bound(from), model.lower_bound(to));
        batch.erase_range(column::sessions, from, to);
      }
    }
    commit(batch);
    ASSERT_EQ(scan(column::sessions), pairs(model.begin(), model.end())) << "after batch " << i;
  }
}

TEST(write_batch, TakesAnotherBehindItself) {
  write_batch first, second;
  first.put(column::outbox, "a", "1");
  second.erase(column::images, "b");
  first.append(std::move(second));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first.writes()[1].key, "b");
  EXPECT_EQ(first.writes()[1].where, column::images);
}

TEST(memory_journal, StoresNothingOfAFailedCommitAndStaysStoppedUntilResumed) {
  memory_journal j;
  write_batch batch;
  batch.put(column::sessions, "k", "v");
  j.fail_commits(true);
  EXPECT_EQ(j.commit(batch).error(), errc::journal_unavailable);
  EXPECT_EQ(j.resume().error(), errc::journal_unavailable);
  EXPECT_FALSE(j.last_error().empty());
  j.fail_commits(false);
  EXPECT_EQ(j.commit(batch).error(), errc::journal_unavailable);
  EXPECT_TRUE(j.resume());
  EXPECT_EQ(*j.get(column::sessions, "k"), std::nullopt);
  EXPECT_TRUE(j.commit(batch));
  EXPECT_EQ(j.commits(), 1u);
}

TEST(memory_journal, IsACrashImageWhenCopied) {
  memory_journal j;
  write_batch batch;
  batch.put(column::sessions, "k", "v");
  ASSERT_TRUE(j.commit(batch));
  auto image = j;
  batch.put(column::sessions, "later", "v");
  ASSERT_TRUE(j.commit(batch));
  EXPECT_EQ(*image.get(column::sessions, "later"), std::nullopt);
  EXPECT_EQ(*image.get(column::sessions, "k"), "v");
}
