#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/ids.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// What a challenge opens.
enum class challenge_kind : std::uint8_t { wifi = 0, websocket = 1 };
constexpr std::string_view name(challenge_kind k) { return k == challenge_kind::wifi ? "wifi" : "websocket"; }

/// Where a challenge stands. Values are written down: never renumber.
enum class challenge_status : std::uint8_t {
  open = 0,
  used = 1,    ///< answered rightly, once
  killed = 2,  ///< by wrong answers
  expired = 3, ///< nobody answered in time
};

/// All of a challenge. Of the 32 random bytes only the digest is kept; whatever is in here is encrypted at rest.
struct challenge_record {
  object_id id;
  challenge_kind kind = challenge_kind::wifi;
  challenge_status status = challenge_status::open;
  std::uint8_t wrong_answers = 0;
  wall_time created_at{};
  wall_time expires_at{};
  std::string device_id;
  std::string key_der;        ///< the key that it was sealed for: another one of the same device answers nothing
  std::string digest;         ///< SHA-256 of the right answer
  std::string ssid, password; ///< of a Wi-Fi; erased as soon as the challenge is over
  std::string session_id;     ///< 12 raw bytes: the session to join; empty: one is made

  bool operator==(const challenge_record&) const = default;
};

/// The life of one challenge, without I/O or clocks: it opens once, to one right answer, in time.
class challenge {
public:
  static constexpr unsigned max_wrong_answers = 3;
  static constexpr std::size_t answer_bytes = 32;

  enum class verdict {
    right,   ///< call `use` before anything is given out, and store
    wrong,   ///< counted: store
    used,    ///< it was answered before
    killed,  ///< too many answers were wrong
    expired, ///< too late
  };

  explicit challenge(challenge_record record)
      : record_(std::move(record)) {}

  /// Judges an answer, compared in constant time.
  verdict judge(std::string_view answer, wall_time now);
  /// The right answer is spent.
  void use() { end(challenge_status::used); }
  /// Answers whether it has run out just now: store.
  bool expire(wall_time now);

  bool open() const { return record_.status == challenge_status::open; }
  const challenge_record& record() const { return record_; }

private:
  void end(challenge_status status);

  challenge_record record_;
};

} // namespace mdai
