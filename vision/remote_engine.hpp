#pragma once
#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "protocol/breaker.hpp"
#include "vision/face_engine.hpp"

namespace mdai::vision {

/// One HTTP request to a remote engine (docs/face-remote.md).
struct remote_request {
  std::string_view method;       ///< "GET" or "POST"
  std::string_view target;       ///< below the engine's base URL, such as "/v1/engine"
  std::string_view content_type; ///< of the body; empty when there is none
  std::string_view body;
  std::chrono::milliseconds deadline; ///< for all of it
};

struct remote_response {
  unsigned status = 0;
  std::string body;
};

/// Makes the request and waits for the response, on the engine's thread. Errors: the network's.
using remote_exchange = std::function<result<remote_response>(const remote_request&)>;

/// What all workers know of a remote engine: after some failures in a row only one of them tries at a time, the others
/// answer at once. Any thread.
class remote_gate {
public:
  explicit remote_gate(unsigned failures)
      : breaker_(failures) {}
  /// Whether the caller may try; then it says what came of it.
  bool enter();
  void leave(bool success);

private:
  std::mutex mutex_;
  breaker breaker_;
};

struct remote_options {
  std::chrono::milliseconds deadline{2'000};                            ///< of one request
  std::shared_ptr<remote_gate> gate = std::make_shared<remote_gate>(5); ///< shared by the engines of one remote
};

/// Asks the remote engine who it is. On failure `why` is one sentence. Errors: `connect_failed`, `timed_out`,
/// `overloaded`, `malformed_response`.
result<std::unique_ptr<face_engine>> open_remote(const remote_options& options, remote_exchange exchange,
                                                 std::string& why);

} // namespace mdai::vision
