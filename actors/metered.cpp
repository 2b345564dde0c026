#include "actors/metered.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace mdai {
namespace {

struct catalogue {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<actor_counters>, std::less<>> types;
};

catalogue& all() {
  static catalogue instance;
  return instance;
}

} // namespace

actor_counters& counters_of(std::string_view name) {
  auto& c = all();
  std::lock_guard lock{c.mutex};
  auto it = c.types.find(name);
  if (it == c.types.end())
    it = c.types.emplace(name, std::make_unique<actor_counters>()).first;
  return *it->second;
}

void for_each_actor_type(const std::function<void(std::string_view, const actor_counters&)>& visit) {
  auto& c = all();
  std::lock_guard lock{c.mutex};
  for (auto& [name, counters] : c.types)
    visit(name, *counters);
}

} // namespace mdai
