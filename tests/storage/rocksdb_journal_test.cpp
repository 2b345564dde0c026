#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <rocksdb/db.h>
#include <rocksdb/iostats_context.h>
#include <rocksdb/perf_level.h>
#include <sys/stat.h>

#include "tests/storage/child_process.hpp"
#include "tests/storage/numbered_records.hpp"
#include "tests/storage/scratch_directory.hpp"

using namespace mdai;
using namespace mdai::storage;
using testing::Test;

namespace {

class rocksdb_journal : public Test {
protected:
  std::unique_ptr<journal> open(const std::string& secret = test_secret,
                                const std::vector<std::string>& previous = {}) {
    auto opened = try_open(secret, previous);
    EXPECT_TRUE(opened) << why_;
    return opened ? std::move(*opened) : nullptr;
  }
  result<std::unique_ptr<journal>> try_open(const std::string& secret = test_secret,
                                            const std::vector<std::string>& previous = {}) {
    return open_rocksdb_journal(directory_, sealer{secret, previous}, why_);
  }
  void put(journal& j, column where, const std::string& key, const std::string& value) {
    write_batch batch;
    batch.put(where, key, value);
    ASSERT_TRUE(j.commit(batch));
  }
  /// RocksDB itself, without sealing: what a stranger with access to the disk could do.
  void with_raw_database(const std::function<void(rocksdb::DB&, std::vector<rocksdb::ColumnFamilyHandle*>&)>& act) {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, directory_, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names)
      families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, directory_, families, &handles, &db).ok());
    act(*db, handles);
    for (auto* handle : handles)
      db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  static rocksdb::ColumnFamilyHandle* family(std::vector<rocksdb::ColumnFamilyHandle*>& handles, column c) {
    return *std::find_if(handles.begin(), handles.end(), [&](auto* h) { return h->GetName() == name(c); });
  }
  void expect_why(std::initializer_list<std::string> parts) {
    for (const auto& part : parts)
      EXPECT_NE(why_.find(part), std::string::npos) << "no \"" << part << "\" in: " << why_;
  }

  scratch_directory scratch_;
  std::string directory_ = scratch_ / "parent/journal";
  std::string why_;
};

std::string content(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

} // namespace

TEST_F(rocksdb_journal, KeepsEverythingOverAReopening) {
  {
    auto j = open();
    for (std::uint64_t n = 1; n <= 40; ++n)
      ASSERT_TRUE(j->commit(numbered_batch(n)));
  }
  auto j = open();
  for (std::uint64_t n = 1; n <= 40; ++n)
    EXPECT_EQ(*j->get(column::sessions, numbered_key(n)), numbered_value(n));
  EXPECT_EQ((*j->get(column::images, numbered_key(32)))->size(), 60'000u);
}

TEST_F(rocksdb_journal, MakesItsDirectoryAndParentsForItsOwnerOnly) {
  open();
  for (const auto& path : {directory_, scratch_ / "parent"}) {
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u) << path;
  }
}

TEST_F(rocksdb_journal, RefusesAFileInItsPlace) {
  std::ofstream{scratch_ / "broker.db"} << "SQLite format 3";
  directory_ = scratch_ / "broker.db";
  EXPECT_EQ(try_open().error(), errc::journal_unavailable);
  expect_why({directory_, "is a file"});
}

TEST_F(rocksdb_journal, RefusesAFileInAParentsPlace) {
  std::ofstream{scratch_ / "file"} << "x";
  directory_ = scratch_ / "file/journal";
  EXPECT_EQ(try_open().error(), errc::journal_unavailable);
  expect_why({directory_, "Not a directory"});
}

TEST_F(rocksdb_journal, RefusesADirectoryWithoutPermission) {
  auto locked = scratch_ / "locked";
  ASSERT_EQ(::mkdir(locked.c_str(), 0), 0);
  child_process child{{MDAI_JOURNAL_CHILD, "open_unprivileged", locked + "/journal"}};
  why_ = child.read_all();
  EXPECT_EQ(child.wait(), static_cast<int>(errc::journal_unavailable));
  expect_why({locked, "Permission denied"});
}

TEST_F(rocksdb_journal, RefusesADirectoryThatThisProcessUses) {
  auto first = open();
  EXPECT_EQ(try_open().error(), errc::journal_in_use);
  expect_why({directory_, "in use"});
  put(*first, column::sessions, "k", "v");
}

TEST_F(rocksdb_journal, RefusesADirectoryThatAnotherProcessUsesUntilThatIsGone) {
  child_process child{{MDAI_JOURNAL_CHILD, "hold", directory_}};
  acknowledged open_there;
  ASSERT_TRUE(child.read(open_there));
  EXPECT_EQ(try_open().error(), errc::journal_in_use);
  expect_why({directory_, "in use"});
  child.kill();
  child.wait();
  open();
}

TEST_F(rocksdb_journal, RefusesAWrongKeyAndStaysAsItWas) {
  put(*open(), column::sessions, "k", "v");
  EXPECT_EQ(try_open("quite another storage key of 32 bytes").error(), errc::wrong_storage_key);
  expect_why({directory_, "another key", "STORAGE_KEY"});
  EXPECT_EQ(*open()->get(column::sessions, "k"), "v");
}

TEST_F(rocksdb_journal, ReadsRecordsUnderAPreviousKeyAndLetsGoOfItAfterThem) {
  const std::string next = "the storage key after the rotation";
  put(*open(), column::sessions, "old", "1");
  {
    auto j = open(next, {test_secret});
    EXPECT_EQ(*j->get(column::sessions, "old"), "1");
    put(*j, column::sessions, "new", "2");
  }
  auto j = open(next);
  EXPECT_EQ(*j->get(column::sessions, "new"), "2");
  EXPECT_EQ(j->get(column::sessions, "old").error(), errc::wrong_storage_key);
}

TEST_F(rocksdb_journal, RefusesAFormatItDoesNotKnow) {
  put(*open(), column::meta, "format", std::string("\0\0\0\2", 4));
  EXPECT_EQ(try_open().error(), errc::unknown_record_version);
  expect_why({directory_, "format 2"});
}

TEST_F(rocksdb_journal, RefusesADamagedFormatRecord) {
  put(*open(), column::meta, "format", "?");
  EXPECT_EQ(try_open().error(), errc::corrupt_record);
  expect_why({directory_, "damaged"});
}

TEST_F(rocksdb_journal, RefusesColumnsOfANewerBroker) {
  open();
  with_raw_database([](rocksdb::DB& db, auto& handles) {
    rocksdb::ColumnFamilyHandle* added = nullptr;
    ASSERT_TRUE(db.CreateColumnFamily({}, "holograms", &added).ok());
    handles.push_back(added);
  });
  EXPECT_EQ(try_open().error(), errc::unknown_record_version);
  expect_why({directory_, "newer broker", "holograms"});
}

TEST_F(rocksdb_journal, RefusesADirectoryWhoseManifestIsGone) {
  put(*open(), column::sessions, "k", "v");
  for (const auto& entry : std::filesystem::directory_iterator{directory_})
    if (entry.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::remove(entry.path());
  EXPECT_EQ(try_open().error(), errc::corrupt_record);
  expect_why({directory_, "cannot be opened"});
}

TEST_F(rocksdb_journal, WritesNoPlainTextToTheDisk) {
  const std::string person = "PLT_who_must_not_be_read";
  {
    auto j = open();
    put(*j, column::sessions, "k", person);
    put(*j, column::images, "k", person + std::string(10'000, 'x'));
  }
  open(); // the log's replay writes tables and blob files too
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{directory_}) {
    EXPECT_EQ(content(entry.path()).find(person), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 5u);
}

TEST_F(rocksdb_journal, NoticesARecordMovedToAnotherKey) {
  put(*open(), column::sessions, "mine", "1");
  with_raw_database([](rocksdb::DB& db, auto& handles) {
    std::string sealed;
    ASSERT_TRUE(db.Get({}, family(handles, column::sessions), "mine", &sealed).ok());
    ASSERT_TRUE(db.Put({}, family(handles, column::sessions), "theirs", sealed).ok());
    ASSERT_TRUE(db.Put({}, family(handles, column::scans), "mine", sealed).ok());
  });
  auto j = open();
  EXPECT_EQ(*j->get(column::sessions, "mine"), "1");
  EXPECT_EQ(j->get(column::sessions, "theirs").error(), errc::unseal_failed);
  EXPECT_EQ(j->get(column::scans, "mine").error(), errc::unseal_failed);
}

TEST_F(rocksdb_journal, StopsAScanAtARecordThatDoesNotOpen) {
  {
    auto j = open();
    for (auto key : {"a", "b", "c"})
      put(*j, column::sessions, key, key);
  }
  with_raw_database([](rocksdb::DB& db, auto& handles) {
    ASSERT_TRUE(db.Put({}, family(handles, column::sessions), "b", "not sealed").ok());
  });
  std::string seen;
  auto scanned = open()->scan(column::sessions, "", "", [&](auto key, auto) {
    seen += key;
    return true;
  });
  EXPECT_EQ(scanned.error(), errc::corrupt_record);
  EXPECT_EQ(seen, "a");
}

TEST_F(rocksdb_journal, GivesTheSpaceOfErasedImagesBack) {
  auto j = open();
  const std::string image(1u << 20, 'i');
  for (std::uint64_t n = 1; n <= 400; ++n) { // each lives while two more come
    write_batch batch;
    batch.put(column::images, numbered_key(n), image);
    batch.erase(column::images, numbered_key(n - 2));
    ASSERT_TRUE(j->commit(batch));
  }
  EXPECT_LT(j->disk_bytes(), 200u << 20);
  EXPECT_GT(j->disk_bytes(), 2u << 20);
}

TEST_F(rocksdb_journal, SyncsEveryCommit) {
  auto j = open();
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTime);
  for (int i = 0; i < 3; ++i) {
    rocksdb::get_iostats_context()->Reset();
    put(*j, column::sessions, "k", "v");
    EXPECT_GT(rocksdb::get_iostats_context()->fsync_nanos, 0u);
  }
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

TEST_F(rocksdb_journal, KeepsEveryAcknowledgedRecordOverADiskThatFails) {
  for (auto how : {"limited_files", "full_disk", "failing_syncs"}) {
    directory_ = scratch_ / how;
    std::vector<std::uint64_t> kept;
    {
      child_process child{{MDAI_JOURNAL_CHILD, how, directory_}};
      for (acknowledged a; child.read(a);)
        kept.push_back(a.number);
      ASSERT_EQ(child.wait(), 0) << how;
    }
    ASSERT_GT(kept.size(), 99u) << how;
    auto j = open();
    for (auto n : kept)
      EXPECT_EQ(*j->get(column::sessions, numbered_key(n)), numbered_value(n)) << how << ' ' << n;
  }
}
