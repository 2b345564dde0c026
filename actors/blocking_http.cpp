#include "actors/blocking_http.hpp"

#include <future>

namespace mdai {

blocking_http::blocking_http(transport::client_options options)
    : client_(std::make_unique<transport::http_client>(loop_, std::move(options)))
    , thread_([this] { loop_.run(); }) {}

blocking_http::~blocking_http() {
  loop_.stop();
  thread_.join();
}

result<transport::http_response> blocking_http::exchange(transport::client_request request, milliseconds deadline) {
  using answer = result<transport::http_response>;
  auto promise = std::make_shared<std::promise<answer>>();
  auto answered = promise->get_future();
  loop_.post([this, promise, deadline, request = std::move(request)]() mutable {
    client_->send(std::move(request), deadline, [promise](answer a) { promise->set_value(std::move(a)); });
  });
  return answered.get(); // the client always answers in time
}

} // namespace mdai
