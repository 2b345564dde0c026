#include "actors/backend_call.hpp"

#include "actors/metric.hpp"

namespace mdai {
namespace {

metric calls{metric::kind::counter, "mdai_backend_calls_total", "Calls to the platform"};
metric errors{metric::kind::counter, "mdai_backend_errors_total", "Calls without an answer, or answered 5xx"};
metric in_flight{metric::kind::gauge, "mdai_backend_calls_in_flight", "Calls that wait for their answer"};
timing call_seconds{"mdai_backend_call_seconds", "Time of one call to the platform"};

backend::reply to_reply(const result<transport::http_response>& r) {
  backend::reply reply;
  if (!r) {
    reply.error = r.error();
    return reply;
  }
  reply.status = r->status;
  reply.body = r->body;
  reply.retry_after = backend::parse_retry_after(r->headers.get("Retry-After"), wall_now());
  return reply;
}

} // namespace

backend_call_actor::behavior_type backend_call_state::make_behavior() {
  return {[this](const backend_request& x) { return on_request(x); },
          [this](const backend_answered& x) { on_answered(x); }};
}

caf::result<backend::reply> backend_call_state::on_request(const backend_request& x) {
  ++calls;
  ++in_flight;
  answer_ = self_->make_response_promise<backend::reply>();
  auto begin = std::chrono::steady_clock::now();
  client_.send(x.request, x.timeout,
               [me = backend_call_actor{self_}, begin](const result<transport::http_response>& r) {
                 --in_flight;
                 call_seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
                 if (!r || r->status >= 500)
                   ++errors;
                 caf::anon_send(me, backend_answered{to_reply(r)});
               });
  return answer_;
}

void backend_call_state::on_answered(const backend_answered& x) {
  answer_.deliver(x.reply);
  self_->quit();
}

} // namespace mdai
