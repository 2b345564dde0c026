#include <algorithm>
#include <array>

#include "actors/admin_api.hpp"
#include "actors/admin_page.hpp"
#include "actors/live_session.hpp"
#include "actors/log.hpp"

namespace mdai {
namespace {

using json_object = nlohmann::ordered_json;

std::string_view name_of(session_status s) {
  static constexpr std::array<std::string_view, 6> names = {"open",   "delivering", "completed",
                                                            "failed", "blocked",    "ended"};
  return names[static_cast<std::size_t>(s)];
}

/// Without the person's id: operators do not need it.
json_object shown(const session_report& v, wall_time now) {
  auto& r = v.record;
  json_object out{{"session_id", r.id.hex()},
                  {"dialect", name(r.dialect)},
                  {"status", name_of(r.status)},
                  {"created_at", iso8601(r.created_at)},
                  {"expires_at", iso8601(r.expires_at)},
                  {"expires_in", seconds_left(r, now)},
                  {"device_id", nullptr},
                  {"has_owner", !r.platform_id.empty()},
                  {"hybrid", r.hybrid},
                  {"multi_scan_detected", r.multi_scan_detected},
                  {"mobile_connected", v.mobile_connected},
                  {"device_connected", v.device_connected}};
  if (!r.device_id.empty())
    out["device_id"] = r.device_id;
  return out;
}

transport::http_response refusal(const transport::http_request& request, const caf::error& why) {
  if (why == errc::session_over)
    return http_error(request, 410, "SESSION_OVER", "The session is over");
  return why == errc::not_found ? http_error(request, 404, "SESSION_NOT_FOUND", "Session not found")
                                : unavailable(request, "JOURNAL_UNAVAILABLE");
}

} // namespace

/// A page of sessions while it comes together from all loops.
struct admin_api_state::gathered {
  std::size_t limit;
  std::size_t missing; ///< answers
  std::vector<object_id> ids;
  std::vector<json_object> items; ///< one for each id; null: it ended meanwhile
  std::string next;
};

void admin_api_state::on_session(const http_exchange& x) {
  if (x.route == "/admin/sessions")
    return list_sessions(x);
  auto id = object_id::parse(x.request->params.at("id"));
  if (!id)
    return x.respond(refusal(*x.request, caf::make_error(errc::not_found)));
  x.request->method == "GET" || x.request->method == "HEAD" ? show_session(x, *id) : end_session(x, *id);
}

void admin_api_state::list_sessions(const http_exchange& x) {
  auto page = admin_page::of(*x.request);
  auto after = page && !page->after.empty() ? object_id::parse(page->after) : result<object_id>{object_id{}};
  if (!page || !after)
    return x.respond(invalid_page(*x.request));
  auto all = std::make_shared<gathered>(gathered{page->limit, env_.supervisors.size(), {}, {}, {}});
  auto come = [this, x, all] {
    if (--all->missing == 0)
      describe_all(x, all);
  };
  for (auto& supervisor : env_.supervisors)
    self_->request(supervisor, caf::infinite, mdai::list_sessions{*after, page->limit + 1})
        .then(
            [all, come](const session_page& found) {
              all->ids.insert(all->ids.end(), found.ids.begin(), found.ids.end());
              come();
            },
            [come](const caf::error&) { come(); });
}

void admin_api_state::describe_all(const http_exchange& x, std::shared_ptr<gathered> all) {
  std::sort(all->ids.begin(), all->ids.end());
  if (all->ids.size() > all->limit) {
    all->ids.resize(all->limit);
    all->next = all->ids.back().hex();
  }
  auto respond = [x, all] {
    auto items = json_object::array();
    for (auto& item : all->items)
      if (!item.is_null())
        items.push_back(std::move(item));
    x.respond(admin_page::answer("sessions", std::move(items), all->next));
  };
  all->missing = all->ids.size();
  all->items.resize(all->ids.size());
  if (all->missing == 0)
    return respond();
  auto come = [all, respond] {
    if (--all->missing == 0)
      respond();
  };
  for (std::size_t i = 0; i < all->ids.size(); ++i)
    ask_session<session_report>(
        self_, env_, all->ids[i], describe{},
        [this, all, i, come](const session_report& v) {
          all->items[i] = shown(v, env_.wall());
          come();
        },
        [come](const caf::error&) { come(); });
}

void admin_api_state::show_session(const http_exchange& x, const object_id& id) {
  ask_session<session_report>(
      self_, env_, id, describe{},
      [this, x](const session_report& v) { x.respond(no_store(json_answer(200, shown(v, env_.wall()).dump()))); },
      [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::end_session(const http_exchange& x, const object_id& id) {
  ask_session<stored>(
      self_, env_, id, mdai::end_session{},
      [x, id](const stored&) {
        log::info("session_ended").with("session_id", id.hex()).with("request_id", x.request->request_id);
        x.respond(no_store(json_answer(200, json_object{{"success", true}, {"session_id", id.hex()}}.dump())));
      },
      [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

} // namespace mdai
