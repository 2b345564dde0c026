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
  using task = std::function<void()>;

  /// Runs `t` now, or when those of the same key before it are done. It must end with `done(key)`, then or later.
  void take(const Key& key, task t) {
    auto [it, first] = lanes_.try_emplace(key);
    if (first)
      run(it, std::move(t));
    else
      it->second.waiting.push_back(std::move(t));
  }
  void done(const Key& key) {
    auto it = lanes_.find(key);
    it->second.is_free = true;
    if (!it->second.is_running)
      run_next(it);
  }
  bool busy(const Key& key) const { return lanes_.contains(key); }

private:
  struct lane {
    std::deque<task> waiting; ///< behind the one that has its turn
    bool is_running = false;  ///< a task is on the stack, and the loop that looks for the next one under it
    bool is_free = false;     ///< the one that had its turn is done
  };
  using lanes = std::map<Key, lane>;

  // In a loop: however many wait who are done at once, the stack does not grow.
  void run(typename lanes::iterator it, task t) {
    auto& l = it->second;
    l.is_running = true;
    for (;;) {
      l.is_free = false;
      t();
      if (!l.is_free || l.waiting.empty())
        break;
      t = std::move(l.waiting.front());
      l.waiting.pop_front();
    }
    l.is_running = false;
    if (l.is_free)
      lanes_.erase(it);
  }
  void run_next(typename lanes::iterator it) {
    if (it->second.waiting.empty()) {
      lanes_.erase(it);
      return;
    }
    auto next = std::move(it->second.waiting.front());
    it->second.waiting.pop_front();
    run(it, std::move(next));
  }

  lanes lanes_;
};

} // namespace mdai
