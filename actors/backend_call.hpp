#pragma once
#include "actors/interfaces.hpp"
#include "transport/http_client.hpp"

namespace mdai {

/// One HTTP call to the platform, on the loop of its client.
struct backend_call_state {
  using interface = backend_call_actor;
  static inline const char* name = "mdai.backend_call";

  backend_call_state(interface::pointer self, transport::http_caller& client)
      : self_(self)
      , client_(client) {}
  interface::behavior_type make_behavior();

private:
  caf::result<backend::reply> on_request(const backend_request& x);
  void on_answered(const backend_answered& x);

  interface::pointer self_;
  transport::http_caller& client_;
  caf::typed_response_promise<backend::reply> answer_;
};

} // namespace mdai
