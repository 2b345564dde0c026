#include "bench/load/fleet.hpp"

namespace mdai::load {

talker& fleet::add(dialect kind, identity me, std::size_t message_bytes) {
  return members_.emplace_back(loop_, site_, state_, kind, std::move(me), message_bytes);
}

sim::outcome<void> fleet::open(std::size_t at_once, std::size_t per_address, progress& show) {
  using namespace std::chrono_literals;
  constexpr milliseconds patience = 10s, look = 100ms;
  std::size_t opened = 0, ready = 0;
  auto moved = clock::now();
  loop_.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    if (std::exchange(ready, state_.ready) != state_.ready)
      moved = now;
    if (ready == members_.size() || state_.failed > 0 || now - moved > patience)
      return std::nullopt;
    for (; opened < members_.size() && opened - ready < at_once; ++opened)
      members_[opened].open(site_.source(opened, per_address));
    show.tick("connecting", ready, members_.size());
    return now + look;
  });
  if (!failure().empty())
    return sim::failed(failure());
  if (ready < members_.size())
    return sim::failed(std::to_string(members_.size() - ready) + " of " + std::to_string(members_.size()) +
                       " connections did not become ready, and nothing happened for 10 s");
  return {};
}

void fleet::close() {
  for (auto& member : members_)
    member.close();
}

} // namespace mdai::load
