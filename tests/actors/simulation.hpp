#pragma once
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/actor_world.hpp"

namespace mdai::test {

/// The whole broker under a storm of random events: phones, kiosks, a moody platform, a disk that fails,
/// sessions that throw, a process that dies and starts again. Everything follows from the seed, the order in
/// which actors run included. Each message that a client hears, and each state between two events, is held
/// against what the broker promises.
class simulation {
public:
  explicit simulation(std::uint64_t seed);
  ~simulation();

  void step();
  /// The world heals and time passes: nothing may be left open.
  void finish();
  /// The first promise that was broken, and what led to it; empty: none.
  const std::string& broken() const { return broken_; }

private:
  struct session {
    session_record record; ///< as it was created
    unsigned crashes = 0;  ///< in this life of the process
    wall_time crashed_at{};
    bool final_told = false;
    std::set<std::string> bodies; ///< that the platform has seen under this session's key
  };
  struct client {
    socket_ptr socket;
    std::size_t session;
    party who;
    std::string device_id;
    bool seated = false;
    std::map<std::size_t, unsigned> last_number; ///< heard of each client of the other side
  };

  // What happens.
  void create();
  void connect();
  void speak();
  void drop();
  void answer_platform();
  void turn_disk();
  void crash_session();
  void crash_process();
  void pass_time();
  void run_some();

  // What must hold.
  void hear(std::size_t client_index, const std::string& text);
  void check();
  void check_devices();
  void check_results();
  void check_rest();
  void broke(const std::string& promise);

  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  void start(storage::memory_journal journal, wall_time wall);
  void note(std::string what);
  void answer(fake_platform::call& call);
  client* pick_open();
  object_id next_id();

  std::mt19937_64 random_;
  std::mt19937_64 dice_;
  std::unique_ptr<actor_world> world_;
  std::vector<session> sessions_;
  std::deque<client> clients_;
  std::uint32_t ids_ = 0;
  unsigned numbers_ = 0;
  bool disk_fails_ = false;
  std::deque<std::string> history_;
  std::string broken_;
};

} // namespace mdai::test
