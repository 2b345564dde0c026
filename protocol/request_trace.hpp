#pragma once
#include <string>

namespace mdai {

/// The request that something happens for, as log lines name it and calls to the platform carry it on.
struct request_trace {
  std::string request_id;  ///< `[A-Za-z0-9._-]{1,128}`
  std::string traceparent; ///< the client's W3C header; empty: it sent none, or no valid one

  bool operator==(const request_trace&) const = default;
};

} // namespace mdai
