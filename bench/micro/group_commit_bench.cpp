// Creators who store one session after the other through the broker's persistence actor, on this machine's disk. With
// one creator each session has a sync to itself; many share them. Prints JSON for bench/compare.sh.
//   bench_group_commit DIRECTORY CREATORS SECONDS
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>

#include "actors/hosted.hpp"
#include "actors/outbox.hpp"
#include "actors/persistence.hpp"
#include "storage/records.hpp"
#include "storage/rocksdb_journal.hpp"

using namespace mdai;
using steady = std::chrono::steady_clock;

namespace {

struct plan {
  int creators;
  steady::time_point end;
};

struct outcome {
  std::vector<double> milliseconds; ///< that each store took
  bool failed = false;
};

store new_session() {
  const auto now = wall_now();
  session_record r;
  r.id = object_id::make(now);
  r.created_at = now;
  r.expires_at = now + seconds{180};
  r.platform_id = "PLT_0123456789ABCDEF";
  store out;
  out.batch.put(storage::column::sessions, storage::session_key(r), storage::encode(r));
  return out;
}

/// All creators in one actor, as they are on one loop of the broker.
struct crowd {
  caf::event_based_actor* self;
  persistence_actor persistence;
  plan what;
  std::promise<outcome> done;
  outcome found{};
  int busy = 0;

  void create() {
    const auto begin = steady::now();
    self->request(persistence, caf::infinite, new_session())
        .then([this, begin](const stored&) { next(begin, true); },
              [this, begin](const caf::error&) { next(begin, false); });
  }
  void next(steady::time_point begin, bool was_stored) {
    const auto now = steady::now();
    found.milliseconds.push_back(std::chrono::duration<double, std::milli>(now - begin).count());
    found.failed |= !was_stored;
    if (was_stored && now < what.end)
      return create();
    if (--busy == 0) {
      done.set_value(std::move(found));
      self->quit();
    }
  }
};

outcome measure(caf::actor_system& system, const persistence_actor& persistence, const plan& what) {
  std::promise<outcome> done;
  auto found = done.get_future();
  system.spawn<caf::detached>([&](caf::event_based_actor* self) {
    auto all = std::make_shared<crowd>(crowd{self, persistence, what, std::move(done)});
    self->attach_functor([all] {}); // lives as long as the actor
    for (all->busy = 0; all->busy < what.creators; ++all->busy)
      all->create();
  });
  return found.get();
}

void print(outcome found, int creators, double seconds) {
  auto& times = found.milliseconds;
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) { return times[static_cast<std::size_t>(share * double(times.size() - 1))]; };
  std::printf("{\"creators\": %d, \"stores\": %zu, \"stores_per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
              creators, times.size(), double(times.size()) / seconds, at(0.5), at(0.99));
}

int run(const std::string& directory, int creators, double seconds) {
  settings s;
  s.auth.jwt_secret = s.storage.key = "a secret for benchmarks, 32 bytes or more";
  s.qr.encryption_key = std::string(64, '0');
  s.backend.validate_url = s.backend.api_url = "http://127.0.0.1:1/";
  environment env;
  std::string why;
  auto opened = storage::open_rocksdb_journal(directory, storage::sealer{s.storage.key}, why);
  auto config = configuration::make(s);
  if (!opened || !config) {
    std::fprintf(stderr, "bench_group_commit: %s\n", opened ? config.error().message().c_str() : why.c_str());
    return 1;
  }
  env.config = *config;
  caf::actor_system_config system_config;
  system_config.add_message_types<caf::id_block::mdai>();
  system_config.add_message_types<caf::id_block::mdai_handles>();
  system_config.add_message_types<caf::id_block::mdai_face>();
  caf::actor_system system{system_config};
  env.system = &system;
  auto persistence = spawn_on<persistence_state, caf::detached>(
      system, nullptr, std::shared_ptr<storage::journal>{std::move(*opened)}, outbox_actor{}, env);

  const auto begin = steady::now();
  const auto length = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
  auto found = measure(system, persistence, {creators, begin + length});
  const std::chrono::duration<double> took = steady::now() - begin;
  caf::anon_send_exit(persistence, caf::exit_reason::user_shutdown);
  if (found.failed) {
    std::fprintf(stderr, "bench_group_commit: the journal failed\n");
    return 1;
  }
  print(std::move(found), creators, took.count());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const int creators = argc == 4 ? std::atoi(argv[2]) : 0;
  const double seconds = argc == 4 ? std::atof(argv[3]) : 0;
  if (creators < 1 || seconds <= 0) {
    std::fprintf(stderr, "usage: bench_group_commit DIRECTORY CREATORS SECONDS\n");
    return 2;
  }
  return run(argv[1], creators, seconds);
}
