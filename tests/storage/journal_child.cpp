// What the journal's tests do in a process that they kill or restrict: journal_child <what> <directory>
// [first number].
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>

#include <sys/resource.h>
#include <unistd.h>

#include "tests/storage/faulty_disk.hpp"
#include "tests/storage/numbered_records.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

void require(bool true_, const std::string& sentence) {
  if (true_)
    return;
  std::cerr << "journal_child: not so: " << sentence << std::endl;
  std::_Exit(1);
}

std::unique_ptr<journal> open_journal(const std::string& directory) {
  std::string why;
  auto opened = open_rocksdb_journal(directory, sealer{test_secret}, why);
  require(opened.has_value(), "the journal opens: " + why);
  return std::move(*opened);
}

void report(acknowledged what) {
  require(::write(STDOUT_FILENO, &what, sizeof what) == sizeof what, "the parent listens");
}

/// Commits records as fast as it can until it is killed.
[[noreturn]] void append(const std::string& directory, std::uint64_t first) {
  auto j = open_journal(directory);
  auto log = newest_log(directory);
  for (auto n = first;; ++n) {
    require(j->commit(numbered_batch(n)).has_value(), "a commit succeeds");
    report({n, std::filesystem::file_size(log)});
  }
}

/// Holds the journal open until it is killed.
[[noreturn]] void hold(const std::string& directory) {
  auto j = open_journal(directory);
  report({});
  for (;;)
    ::pause();
}

void limit_file_size(rlim_t bytes) {
  rlimit limit{};
  require(::getrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit is known");
  limit.rlim_cur = bytes;
  require(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit can be set");
}

std::uint64_t commit_some(journal& j, std::uint64_t first, std::uint64_t count) {
  for (auto n = first; n < first + count; ++n) {
    if (!j.commit(numbered_batch(n)))
      return n;
    report({n, 0});
  }
  return first + count;
}

void require_readable(journal& j, std::uint64_t n) {
  auto value = j.get(column::sessions, numbered_key(n));
  require(value && *value == numbered_value(n), "what was acknowledged can be read");
}

/// Commits until the disk, which has begun to fail, fails one; answers its number.
std::uint64_t commit_until_failure(journal& j, std::uint64_t first) {
  auto failed = commit_some(j, first, 10'000);
  require(failed < first + 10'000, "a commit fails");
  require(!j.last_error().empty(), "the operator is told");
  require(j.commit(numbered_batch(failed)).error() == errc::journal_unavailable, "commits go on failing");
  require_readable(j, failed - 1);
  return failed;
}

void require_recovery(journal& j, std::uint64_t next) {
  require(j.commit(numbered_batch(next)).error() == errc::journal_unavailable, "resume comes before a commit");
  require(j.resume().has_value(), "resume succeeds: " + j.last_error());
  require(j.last_error().empty(), "the journal is healthy again");
  require_readable(j, next - 1);
}

/// Files can be no larger than a limit for a while: the kernel's own refusal.
void limited_files(const std::string& directory) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto j = open_journal(directory);
  auto next = commit_some(*j, 1, 50);
  require(next == 51 && j->last_error().empty(), "commits succeed while there is room");
  limit_file_size(256 << 10);
  next = commit_until_failure(*j, next);
  require(j->resume().error() == errc::journal_unavailable, "resume fails while the disk is full");
  require_readable(*j, next - 1);
  limit_file_size(RLIM_INFINITY);
  require_recovery(*j, next);
  require(commit_some(*j, next, 50) == next + 50, "commits succeed again");
}

/// The disk is full again and again, at different bytes of whatever RocksDB writes then: logs, tables, lists,
/// images. Resuming finds room at first, but not enough, at different bytes too.
void full_disk(const std::string& directory) {
  auto j = open_journal(directory);
  std::uint64_t next = 1;
  std::mt19937 random{17};
  for (int round = 0; round < 6; ++round) {
    next = commit_some(*j, next, 20);
    faulty_disk::fill_after(random() % (1 << 20));
    next = commit_until_failure(*j, next);
    require(j->resume().error() == errc::journal_unavailable, "resume fails while the disk is full");
    require_readable(*j, next - 1);
    for (auto room : {0, 1, 700, 5'000, 40'000, 300'000}) {
      faulty_disk::fill_after(room, faulty_disk::allocations::succeed);
      if (j->resume())
        next = commit_until_failure(*j, next);
    }
    faulty_disk::heal();
    require_recovery(*j, next);
  }
}

/// Writes succeed, but the disk does not confirm them.
void failing_syncs(const std::string& directory) {
  auto j = open_journal(directory);
  std::uint64_t next = 1;
  for (int round = 0; round < 5; ++round) {
    next = commit_some(*j, next, 20);
    faulty_disk::fail_syncs();
    require(commit_until_failure(*j, next) == next, "the first commit without a sync fails");
    require(j->resume().error() == errc::journal_unavailable, "resume fails while syncs do");
    faulty_disk::heal();
    require_recovery(*j, next);
  }
}

/// Opens as a user who may do nothing, and answers the error's number.
int open_unprivileged(const std::string& directory) {
  if (::geteuid() == 0)
    require(::setgid(65534) == 0 && ::setuid(65534) == 0, "root may become nobody");
  std::string why;
  auto opened = open_rocksdb_journal(directory, sealer{test_secret}, why);
  std::cout << why;
  return opened ? 0 : opened.error().value();
}

} // namespace

int main(int count, char** arguments) {
  require(count >= 3, "there are two arguments");
  const std::string what = arguments[1];
  const std::string directory = arguments[2];
  if (what == "append")
    append(directory, std::strtoull(arguments[3], nullptr, 10));
  if (what == "hold")
    hold(directory);
  if (what == "open_unprivileged")
    return open_unprivileged(directory);
  if (what == "limited_files")
    limited_files(directory);
  else if (what == "full_disk")
    full_disk(directory);
  else if (what == "failing_syncs")
    failing_syncs(directory);
  else
    require(false, "the first argument is known");
}
