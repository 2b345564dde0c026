#include "actors/admin_api.hpp"

#include <charconv>

#include "actors/admin_page.hpp"

namespace mdai {

std::optional<admin_page> admin_page::of(const transport::http_request& request) {
  admin_page page;
  page.after = request.query_value("after").value_or("");
  auto text = request.query_value("limit").value_or("");
  if (text.empty())
    return page;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page.limit);
  if (error != std::errc{} || end != text.data() + text.size() || page.limit < 1 || page.limit > most)
    return std::nullopt;
  return page;
}

transport::http_response admin_page::answer(const char* name, nlohmann::ordered_json items, const std::string& next) {
  nlohmann::ordered_json out{{name, std::move(items)}, {"next", nullptr}};
  if (!next.empty())
    out["next"] = next;
  return no_store(json_answer(200, out.dump()));
}

api_actor::behavior_type admin_api_state::make_behavior() {
  return {[this](const http_exchange& x) { on_exchange(x); }};
}

void admin_api_state::on_exchange(const http_exchange& x) {
  if (x.route.starts_with("/admin/clients"))
    return on_client(x);
  x.route.starts_with("/admin/sessions") ? on_session(x) : on_device(x);
}

} // namespace mdai
