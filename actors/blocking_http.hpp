#pragma once
#include <memory>
#include <thread>

#include "transport/http_client.hpp"

namespace mdai {

/// An HTTP client for threads that may wait, such as those of face workers: its connections live on a loop and a thread
/// of its own. Any thread but that one.
class blocking_http {
public:
  explicit blocking_http(transport::client_options options);
  ~blocking_http();
  blocking_http(const blocking_http&) = delete;
  blocking_http& operator=(const blocking_http&) = delete;

  /// Waits for the answer, at most about `deadline`. Errors: the client's.
  result<transport::http_response> exchange(transport::client_request request, milliseconds deadline);

private:
  transport::loop loop_{0};
  std::unique_ptr<transport::http_client> client_;
  std::thread thread_;
};

} // namespace mdai
