#pragma once
#include <chrono>
#include <utility>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "protocol/dialect.hpp"

namespace mdai {

/// Finds a session (wakes it when it sleeps) and asks it something. Then exactly one of the two: `then(answer)` or
/// `fail(error)`. Errors: errc::not_found, errc::session_over, errc::journal_unavailable, and those of the request.
template <class Answer, class Self, class Request, class Then, class Fail>
void ask_session(Self* self, environment& env, const object_id& id, Request request, Then then, Fail fail) {
  self->request(env.supervisor_of(id), caf::infinite, find_session{id})
      .then(
          [=](const session_actor& session) {
            self->request(session, caf::infinite, request)
                .then([=](const Answer& x) mutable { then(x); },
                      [=](const caf::error& e) mutable {
                        // It reached its deadline in between.
                        fail(e == caf::sec::request_receiver_down ? caf::make_error(errc::session_over) : e);
                      });
          },
          [=](const caf::error& e) mutable { fail(e); });
}

/// There is no such session, or nothing happens in it any more.
inline bool is_gone(const caf::error& e) { return e == errc::not_found || e == errc::session_over; }

/// The same for its record, when something may still happen in it, else errc::session_over. One that nobody joins by
/// its id is not_found.
template <class Self, class Then, class Fail>
void look_at_live(Self* self, environment& env, const object_id& id, Then then, Fail fail) {
  ask_session<session_record>(
      self, env, id, look{},
      [=](const session_record& record) mutable {
        if (!dialect_of(record.dialect).ways.joined_by_id)
          return fail(caf::make_error(errc::not_found));
        is_active(record.status) ? then(record) : fail(caf::make_error(errc::session_over));
      },
      fail);
}

} // namespace mdai
