#pragma once
#include <deque>
#include <functional>
#include <map>
#include <utility>

namespace mdai {

/// Tasks about one key, one after the other: who waits for the disk is not overtaken by the next. For one actor.
template <class Key>
class turns {
public:
  /// Runs `task` now, or when those of the same key before it are done. It must end with `done(key)`, then or later.
  void take(const Key& key, std::function<void()> task) {
    auto [it, first] = lines_.try_emplace(key);
    it->second.waiting.push_back(std::move(task));
    if (first)
      go_on(it);
  }
  void done(const Key& key) {
    auto it = lines_.find(key);
    it->second.busy = false;
    if (!it->second.beginning) // else whoever began it goes on: thousands may be done at once
      go_on(it);
  }

private:
  struct line {
    std::deque<std::function<void()>> waiting;
    bool busy = false;      ///< somebody has the turn
    bool beginning = false; ///< and its task has not returned yet
  };

  void go_on(typename std::map<Key, line>::iterator it) {
    auto& l = it->second;
    while (!l.busy && !l.waiting.empty()) {
      const auto task = std::move(l.waiting.front());
      l.waiting.pop_front();
      l.busy = l.beginning = true;
      task();
      l.beginning = false;
    }
    if (!l.busy)
      lines_.erase(it);
  }

  std::map<Key, line> lines_;
};

} // namespace mdai
