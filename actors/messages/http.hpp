#pragma once
#include <memory>
#include <string_view>
#include <utility>

#include "transport/http.hpp"
#include "transport/router.hpp"

/// Requests that actors answer.
namespace mdai {

/// A request on the loop it arrived on, and the way to answer it.
struct http_exchange {
  std::shared_ptr<const transport::http_request> request;
  std::shared_ptr<const transport::http_responder> responder;
  std::string_view route{}; ///< the pattern that matched, for actors that serve many

  void respond(transport::http_response r) const { (*responder)(std::move(r)); }
};

} // namespace mdai
