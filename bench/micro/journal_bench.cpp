// The journal on this machine's disk (TMPDIR): synced commits of session records, and what a restart reads.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

#include "storage/records.hpp"
#include "storage/rocksdb_journal.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

class scratch_journal {
public:
  scratch_journal() {
    auto pattern = (std::filesystem::temp_directory_path() / "mdai-bench-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::runtime_error("no scratch directory");
    directory_ = pattern;
    reopen();
  }
  ~scratch_journal() {
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }
  void reopen() {
    journal_.reset();
    std::string why;
    auto opened = open_rocksdb_journal(directory_, sealer{"a storage key for benchmarks, 32 bytes"}, why);
    if (!opened)
      throw std::runtime_error(why);
    journal_ = std::move(*opened);
  }
  journal& operator*() { return *journal_; }
  journal* operator->() { return journal_.get(); }

private:
  std::string directory_;
  std::unique_ptr<journal> journal_;
};

session_record make_session(wall_time now) {
  return {object_id::make(now),
          now,
          now + milliseconds{180'000},
          "PLT_0123456789abcdef",
          "RDK_001",
          session_status::open,
          false,
          {}};
}

void commit_sessions(journal& j, std::int64_t count, wall_time now) {
  write_batch batch;
  for (std::int64_t i = 0; i < count; ++i) {
    auto r = make_session(now);
    batch.put(column::sessions, session_key(r), encode(r));
  }
  if (auto committed = j.commit(batch); !committed)
    throw std::runtime_error(j.last_error());
}

double resident_mib() {
  std::ifstream statm{"/proc/self/statm"};
  long pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages * ::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// One synced commit of `range` sessions.
void commit(benchmark::State& state) {
  scratch_journal j;
  for (auto _ : state)
    commit_sessions(*j, state.range(0), wall_now());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// One synced commit of an image of `range` bytes, and its erasure.
void commit_image(benchmark::State& state) {
  scratch_journal j;
  const std::string image(static_cast<std::size_t>(state.range(0)), 'i');
  for (auto _ : state) {
    write_batch put, erase;
    auto key = outbox_key(object_id::make(wall_now()));
    put.put(column::images, key, image);
    erase.erase(column::images, key);
    if (!j->commit(put) || !j->commit(erase))
      throw std::runtime_error(j->last_error());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.counters["disk_mib"] = static_cast<double>(j->disk_bytes()) / (1 << 20);
}

/// A restart with `range` living sessions: opens, and scans and decodes all of them.
void recover(benchmark::State& state) {
  scratch_journal j;
  const auto now = wall_now();
  for (std::int64_t left = state.range(0); left > 0; left -= 512)
    commit_sessions(*j, std::min<std::int64_t>(left, 512), now);
  for (auto _ : state) {
    j.reopen();
    std::int64_t found = 0;
    auto scanned = j->scan(column::sessions, time_key(now), {}, [&](auto, auto value) {
      found += decode_session(value).has_value() ? 1 : 0;
      return true;
    });
    if (!scanned || found != state.range(0))
      throw std::runtime_error("not every session came back");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["resident_mib"] = resident_mib();
}

BENCHMARK(commit)->Arg(1)->Arg(64)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(commit_image)->Arg(300 << 10)->Arg(8 << 20)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(recover)->Arg(100'000)->Arg(1'000'000)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
