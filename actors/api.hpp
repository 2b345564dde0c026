#pragma once
#include <deque>
#include <memory>
#include <string>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "protocol/breaker.hpp"

namespace mdai {

/// HTTP requests that need the platform and other actors: creating a session (also the older
/// bridge's), drawing its QR.
struct api_state {
  using interface = api_actor;
  static inline const char* name = "mdai.api";
  static constexpr bool essential = true;

  /// `loop_index`: the loop it lives on, whose HTTP client it uses.
  api_state(interface::pointer self, environment& env, std::size_t loop_index);
  interface::behavior_type make_behavior();

private:
  using user_handler = std::function<void(const backend::validation&)>;
  struct waiting_call {
    std::shared_ptr<const transport::http_request> request;
    std::string token;
    user_handler then;
  };

  void on_exchange(const http_exchange& x);
  void create(const http_exchange& x, const std::string& platform_id);
  /// POST /auth: hardware gets a bridge session and its token for an API key.
  void authorize_hardware(const http_exchange& x);
  void draw_qr(const http_exchange& x, const std::string& platform_id);

  /// Asks the platform whose token that is. `then` always runs, now or later.
  void validate(waiting_call call);
  void call_backend(waiting_call call);
  void release_waiting(bool hope, const backend::validation& shared);

  interface::pointer self_;
  environment& env_;
  std::size_t loop_index_;
  breaker breaker_;
  std::deque<waiting_call> waiting_; ///< behind the breaker's trial
};

} // namespace mdai
