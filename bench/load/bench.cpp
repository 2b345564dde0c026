#include "bench/load/bench.hpp"

#include <cstdio>

#include <sys/resource.h>

namespace mdai::load {

sim::outcome<std::unique_ptr<bench>> bench::make(const options& o) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  auto server = site::resolve(o.target, o.whom);
  if (!server)
    return server.error();
  auto meter = server_meter::of(o.pids);
  if (!meter)
    return meter.error();
  return std::make_unique<bench>(o, std::move(*server), std::move(*meter));
}

int with_bench(const options& o, const std::function<sim::outcome<report>(bench&)>& work) {
  auto made = bench::make(o);
  auto done = made ? work(**made) : sim::outcome<report>{made.error()};
  if (done)
    return done->finish();
  std::fprintf(stderr, "mdai-load: %s\n", done.error().text.c_str());
  return 1;
}

} // namespace mdai::load
