#pragma once
#include <stdexcept>
#include <thread>

#include "tests/transport/support.hpp"

namespace mdai::transport::test {

/// Answers with what it understood of the request.
inline void describe(const http_request& request, const http_responder& respond) {
  http_response answer;
  answer.content_type = "text/plain";
  answer.body = request.method + "|" + request.path + "|" + request.query + "|" + request.body + "|" +
                request.client_address + "|" + (request.secure ? "secure" : "plain") + "|" + request.host;
  respond(std::move(answer));
}

/// Routes of every kind of handler.
inline void routes(router& r) {
  r.add("GET", "/say", describe);
  r.add("POST", "/say", describe);
  r.add("GET", "/item/{id}/part/{n}", [](http_request request, http_responder respond) {
    http_response answer;
    answer.body = request.params["id"] + "," + request.params["n"];
    respond(std::move(answer));
  });
  r.add("GET", "/forget", [](http_request, http_responder) {});
  r.add("GET", "/throw", [](http_request, http_responder) { throw std::runtime_error("secret"); });
  r.add("GET", "/thread",
        [](http_request, http_responder respond) { std::thread([respond] { respond({.status = 202}); }).detach(); });
  r.add("GET", "/split", [](http_request, http_responder respond) {
    http_response answer;
    answer.headers.add("X-Good", "yes");
    answer.headers.add("X-Bad", "a\r\nX-Injected: yes");
    respond(std::move(answer));
  });
  r.add("DELETE", "/say", [](http_request, http_responder respond) { respond({.status = 204}); });
  r.add_websocket("/ws", [](const http_request&) { return http_response{.status = 503}; });
}

/// The error_code of an answer's body.
inline std::string body_code(const response& r) {
  const auto at = r.body().find("\"error_code\":\"") + 14;
  return r.body().substr(at, r.body().find('"', at) - at);
}

} // namespace mdai::transport::test
