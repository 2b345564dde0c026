#pragma once
#include <memory>
#include <optional>
#include <utility>

#include "actors/interfaces.hpp"

namespace mdai::test {

/// What came of an HTTP request; nothing yet while it is empty.
using http_answer = std::shared_ptr<std::optional<transport::http_response>>;

/// Hands a request to one of the actors behind HTTP, as the router would for `route`; the answer comes in run().
inline http_answer call(const api_actor& whom, std::string_view route, transport::http_request request) {
  request.path = route;
  request.host = "broker.test";
  request.request_id = "rid-1";
  auto out = std::make_shared<std::optional<transport::http_response>>();
  transport::http_responder responder{[out](transport::http_response answer) { *out = std::move(answer); }};
  caf::anon_send(whom, http_exchange{std::make_shared<const transport::http_request>(std::move(request)),
                                     std::make_shared<const transport::http_responder>(std::move(responder)), route});
  return out;
}

} // namespace mdai::test
