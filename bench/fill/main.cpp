// Fills a journal with living sessions, and ends as a crash does: nothing is closed or flushed. A broker that starts on
// it has to recover them all.
#include <cstdio>
#include <memory>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "storage/records.hpp"
#include "storage/rocksdb_journal.hpp"

namespace mdai {
namespace {

constexpr std::int64_t sessions_in_a_commit = 512; ///< as a busy broker's group commit

session_record make_session(wall_time now, seconds left) {
  session_record out;
  out.id = object_id::make(now);
  out.created_at = now;
  out.expires_at = now + left;
  out.platform_id = "PLT_0123456789ABCDEF";
  return out;
}

result<void> commit_sessions(storage::journal& j, std::int64_t count, seconds left) {
  const auto now = wall_now();
  storage::write_batch batch;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto r = make_session(now, left);
    batch.put(storage::column::sessions, storage::session_key(r), storage::encode(r));
  }
  return j.commit(batch);
}

int fail(const std::string& why) {
  std::fprintf(stderr, "mdai-journal-fill: %s\n", why.c_str());
  return 1;
}

int fill(const std::string& directory, const std::string& key, std::int64_t count, seconds left) {
  std::string why;
  auto opened = storage::open_rocksdb_journal(directory, storage::sealer{key}, why);
  if (!opened)
    return fail(why);
  const auto& j = *opened;
  for (std::int64_t todo = count; todo > 0; todo -= sessions_in_a_commit)
    if (!commit_sessions(*j, std::min(todo, sessions_in_a_commit), left))
      return fail(j->last_error());
  std::printf("%lld sessions in %s\n", static_cast<long long>(count), directory.c_str());
  std::fflush(stdout);
  ::_exit(0);
}

} // namespace
} // namespace mdai

int main(int argc, char** argv) {
  CLI::App app{"Fills a journal with living sessions and ends as a crash does.", "mdai-journal-fill"};
  std::string directory, key;
  std::int64_t count = 1'000'000, left = 86'400;
  app.add_option("--path", directory, "The journal's directory, the broker's storage.path")->required();
  app.add_option("--key", key, "The broker's storage.key")->required();
  app.add_option("--count", count, "Sessions")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--seconds", left, "How long they live from now on")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return mdai::fill(directory, key, count, mdai::seconds{left});
}
