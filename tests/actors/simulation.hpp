#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/actor_world.hpp"

namespace mdai::test {

/// The whole broker under a storm of random events: phones, kiosks, older apps and hardware, challenges, a moody
/// platform, a disk that fails, sessions that throw, a process that dies and starts again. Everything follows from the
/// seed, the order in which actors run included. Each message that a client hears, and each state between two events,
/// is held against what the broker promises.
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
    std::map<std::string, std::set<std::string>> bodies{}; ///< that the platform has seen under each of its keys
    std::vector<std::string> people{};                     ///< whom an older app may name

    bool is_bridge() const { return record.dialect == dialect_id::bridge; }
  };
  struct client {
    socket_ptr socket;
    std::size_t session;
    party who;
    std::string device_id;
    bool seated = false;
    std::map<std::size_t, unsigned> last_number; ///< heard of each client of the other side
  };
  struct posed_challenge {
    object_id id;
    std::string right; ///< its answer
    wall_time expires_at;
    unsigned opened = 0, wrong = 0; ///< how often that was told, in all lives of the process
  };
  struct answered_challenge {
    std::size_t which;
    bool right;
    wall_time at;
    std::shared_ptr<answer<challenge_answer>> reply;
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
  void pose_challenge();
  void answer_challenge();

  // What must hold.
  void hear(std::size_t client_index, const std::string& text);
  void hear_session(client& c, const nlohmann::json& message, const std::string& text, const session_record& stored);
  void hear_bridge(client& c, const nlohmann::json& message, const std::string& text, const session_record& stored);
  void check();
  void check_devices();
  void check_bridges();
  void check_challenges();
  void check_reply(posed_challenge& c, const answered_challenge& a);
  void check_results();
  void check_rest();
  void check_spent_challenges();
  void broke(const std::string& promise);

  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  void start(storage::memory_journal journal, wall_time wall);
  void note(std::string what);
  void answer(fake_platform::call& call);
  client* pick_open();
  socket_ptr open_bridge(const session_record& r, party who);
  std::string session_words(const client& c, std::size_t from);
  std::string bridge_words(const client& c, std::size_t from);
  bool settled(const session& s) const;
  std::optional<challenge_record> stored(const posed_challenge& c) const;
  object_id next_id();

  std::mt19937_64 random_;
  std::mt19937_64 dice_;
  std::unique_ptr<actor_world> world_;
  std::vector<session> sessions_;
  std::deque<client> clients_;
  std::vector<posed_challenge> challenges_;
  std::deque<answered_challenge> answers_; ///< that have not come
  std::uint32_t ids_ = 0;
  unsigned numbers_ = 0;
  bool disk_fails_ = false;
  std::deque<std::string> history_;
  std::string broken_;
};

} // namespace mdai::test
