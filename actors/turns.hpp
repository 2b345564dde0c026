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
    auto [it, first] = waiting_.try_emplace(key);
    if (first)
      task();
    else
      it->second.push_back(std::move(task));
  }
  void done(const Key& key) {
    auto it = waiting_.find(key);
    if (it->second.empty()) {
      waiting_.erase(it);
      return;
    }
    auto next = std::move(it->second.front());
    it->second.pop_front();
    next();
  }
  bool busy(const Key& key) const { return waiting_.contains(key); }

private:
  std::map<Key, std::deque<std::function<void()>>> waiting_; ///< behind the one that has its turn
};

} // namespace mdai
