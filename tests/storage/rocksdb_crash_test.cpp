// What is left after a process was killed, power was lost, or the disk changed a byte.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/storage/child_process.hpp"
#include "tests/storage/numbered_records.hpp"
#include "tests/storage/scratch_directory.hpp"

using namespace mdai;
using namespace mdai::storage;
namespace fs = std::filesystem;

namespace {

result<std::unique_ptr<journal>> try_open(const std::string& directory) {
  std::string why;
  return open_rocksdb_journal(directory, sealer{test_secret}, why);
}

/// How many records are there: 1, 2, … without a gap, intact, each in both columns.
std::uint64_t survivors(journal& j) {
  auto count = [&](column c) {
    std::uint64_t n = 0;
    auto scanned = j.scan(c, "", "", [&](auto key, auto value) {
      ++n;
      EXPECT_EQ(key, numbered_key(n));
      EXPECT_EQ(value, numbered_value(n));
      return key == numbered_key(n);
    });
    EXPECT_TRUE(scanned) << scanned.error().message();
    return n;
  };
  auto sessions = count(column::sessions);
  EXPECT_EQ(sessions, count(column::scans)) << "half a batch";
  return sessions;
}

/// Commits from `first` on in a child, which is killed after `count` acknowledgements. Answers all that came.
std::vector<acknowledged> commit_until_killed(const std::string& directory, std::uint64_t first, std::size_t count) {
  std::vector<acknowledged> seen;
  child_process child{{MDAI_JOURNAL_CHILD, "append", directory, std::to_string(first)}};
  for (acknowledged a; child.read(a);) {
    seen.push_back(a);
    if (seen.size() == count)
      child.kill();
  }
  return seen;
}

/// A journal as a killed process left it, with all its records in the log; each test damages a copy.
class damaged_log : public testing::Test {
protected:
  static void SetUpTestSuite() {
    pristine_ = std::make_unique<scratch_directory>();
    acknowledged_ = commit_until_killed(*pristine_ / "journal", 1, 150);
  }
  static void TearDownTestSuite() { pristine_.reset(); }

  void SetUp() override { ASSERT_GE(acknowledged_.size(), 150u); }

  static std::uint64_t log_bytes() { return fs::file_size(newest_log(*pristine_ / "journal")); }
  /// How many acknowledged records stand in the log's first `bytes`.
  static std::uint64_t acknowledged_within(std::uint64_t bytes) {
    std::uint64_t n = 0;
    for (const auto& a : acknowledged_)
      n += a.log_bytes <= bytes ? 1 : 0;
    return n;
  }
  /// Opens a copy whose log was changed by `damage`.
  static result<std::uint64_t> survivors_of(const std::function<void(const fs::path& log)>& damage) {
    scratch_directory scratch;
    fs::copy(*pristine_ / "journal", scratch / "journal", fs::copy_options::recursive);
    damage(newest_log(scratch / "journal"));
    auto opened = try_open(scratch / "journal");
    if (!opened)
      return opened.error();
    auto left = survivors(**opened);
    EXPECT_TRUE((*opened)->commit(numbered_batch(left + 1))) << "what survived takes new records";
    opened->reset();
    auto again = try_open(scratch / "journal");
    EXPECT_TRUE(again);
    EXPECT_EQ(survivors(**again), left + 1);
    return left;
  }
  static void overwrite(const fs::path& log, std::uint64_t from, const std::string& bytes) {
    std::fstream file{log, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(from));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file.good());
  }

  static inline std::unique_ptr<scratch_directory> pristine_;
  static inline std::vector<acknowledged> acknowledged_;
};

} // namespace

TEST(crash, KeepsEveryAcknowledgedRecordOverTwentyKills) {
  scratch_directory scratch;
  auto directory = scratch / "journal";
  std::mt19937 random{11};
  std::uint64_t there = 0;
  for (int round = 0; round < 20; ++round) {
    auto seen = commit_until_killed(directory, there + 1, 1 + random() % 120);
    ASSERT_FALSE(seen.empty());
    auto opened = try_open(directory);
    ASSERT_TRUE(opened) << opened.error().message();
    there = survivors(**opened);
    ASSERT_GE(there, seen.back().number) << "round " << round;
    ASSERT_LE(there, seen.back().number + 1) << "one batch at most was under way";
  }
}

TEST_F(damaged_log, KeepsEverythingWhenWhole) {
  auto left = survivors_of([](const auto&) {});
  ASSERT_TRUE(left);
  EXPECT_GE(*left, acknowledged_.size());
}

TEST_F(damaged_log, CutAnywhereKeepsWhatWasAcknowledgedBeforeTheCut) {
  std::mt19937 random{12};
  std::vector<std::uint64_t> cuts{0, 1, 6, 7, 32'767, 32'768, 32'769, log_bytes() - 1};
  for (int i = 0; i < 24; ++i)
    cuts.push_back(random() % log_bytes());
  for (std::size_t i = 0; i < acknowledged_.size(); i += 30)
    for (int around : {-1, 0, 1, 7})
      cuts.push_back(acknowledged_[i].log_bytes + static_cast<std::uint64_t>(around));
  for (auto cut : cuts) {
    auto left = survivors_of([&](const auto& log) { fs::resize_file(log, std::min(cut, fs::file_size(log))); });
    ASSERT_TRUE(left) << "cut at " << cut << ": " << left.error().message();
    EXPECT_GE(*left, acknowledged_within(cut)) << "cut at " << cut;
    EXPECT_LE(*left, acknowledged_within(cut) + 1) << "cut at " << cut;
  }
}

TEST_F(damaged_log, WhoseLastBatchIsGarbageKeepsTheOthers) {
  // As after a power loss: the file has its length, the last batch's blocks never reached the disk.
  for (std::size_t i : {1u, 2u, 40u, 77u, 110u, 148u}) {
    auto from = acknowledged_[i - 1].log_bytes;
    auto to = acknowledged_[i].log_bytes;
    for (char filler : {'\0', '\xa5'})
      for (std::uint64_t torn :
           {to - from, (to - from) / 2, std::uint64_t{8}}) { // one byte might be the right one by chance
        auto left = survivors_of([&](const auto& log) {
          fs::resize_file(log, to);
          overwrite(log, to - torn, std::string(torn, filler));
        });
        ASSERT_TRUE(left) << "batch " << i << ", " << torn << " bytes of " << int{filler};
        EXPECT_EQ(*left, i);
      }
  }
}

TEST_F(damaged_log, WithAFlippedByteNeverGivesAWrongValue) {
  std::mt19937 random{14};
  for (int i = 0; i < 30; ++i) {
    auto at = random() % log_bytes();
    auto left = survivors_of([&](const auto& log) {
      std::ifstream in{log, std::ios::binary};
      in.seekg(static_cast<std::streamoff>(at));
      auto byte = static_cast<char>(in.get() ^ 0x55);
      overwrite(log, at, std::string(1, byte));
    });
    EXPECT_TRUE(left || left.error() == errc::corrupt_record) << "flipped at " << at;
  }
}

TEST_F(damaged_log, WithWholeBatchesBehindTheDamageIsRefused) {
  // Acknowledged records stand behind it: that was no crash, and opening would lose them without a word.
  for (std::uint64_t at : {std::uint64_t{3'000}, log_bytes() / 3, log_bytes() / 2}) {
    auto left = survivors_of([&](const auto& log) { overwrite(log, at, std::string(16, '\x5a')); });
    ASSERT_FALSE(left) << "damaged at " << at << ", " << *left << " left";
    EXPECT_EQ(left.error(), errc::corrupt_record);
  }
}
