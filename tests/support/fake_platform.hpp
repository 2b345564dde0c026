#pragma once
#include <deque>
#include <functional>
#include <string>

#include "transport/http_client.hpp"

namespace mdai::test {

/// The platform behind the broker: keeps every call until the test answers it, or answers by `script` at
/// once.
class fake_platform final : public transport::http_caller {
public:
  struct call {
    transport::client_request request;
    milliseconds timeout;
    callback done; ///< empty: answered

    void answer(unsigned status, std::string body = {}, std::string retry_after = {}) {
      transport::http_response r;
      r.status = status;
      r.body = std::move(body);
      if (!retry_after.empty())
        r.headers.set("Retry-After", retry_after);
      std::exchange(done, nullptr)(std::move(r));
    }
    void fail(errc why) { std::exchange(done, nullptr)(why); }
  };

  void send(transport::client_request request, milliseconds timeout, callback done) override {
    calls.push_back({std::move(request), timeout, std::move(done)});
    if (script)
      script(calls.back());
  }

  std::deque<call> calls;
  std::function<void(call&)> script;
};

} // namespace mdai::test
