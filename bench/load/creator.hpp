#pragma once
#include <deque>
#include <string>
#include <vector>

#include "bench/load/bench.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/http.hpp"

namespace mdai::load {

/// A session as the answer to its creation has it.
struct created_session {
  std::string id, phone_token, sealed_code, expires_at;
};

/// The token that a kiosk finds in a QR code.
sim::outcome<std::string> scan_token(const std::string& sealed_code, const std::string& key_hex);

/// Creates sessions over kept-alive HTTP connections, each one's next request behind its last answer.
class session_creator {
public:
  session_creator(bench& with, std::size_t connections);
  ~session_creator();

  /// Creates `count` sessions. Fails at the first refusal, and when nothing comes for ten seconds.
  sim::outcome<void> create(std::size_t count);

  std::vector<created_session>& sessions() { return sessions_; }
  /// From request to answer.
  histogram& latencies() { return latencies_; }

private:
  class line;
  bool begin_one();
  void take(const http_response& answer, clock::time_point asked);
  void fail(const std::string& why);

  bench& with_;
  std::deque<line> lines_; ///< lines do not move
  std::vector<created_session> sessions_;
  histogram latencies_;
  std::size_t left_ = 0, under_way_ = 0, next_user_ = 0;
  std::string failure_;
};

} // namespace mdai::load
