#include <algorithm>

#include "actors/admin_api.hpp"
#include "actors/admin_page.hpp"
#include "actors/face_body.hpp"
#include "actors/log.hpp"

/// Tenants of the face product, for operators.
namespace mdai {
namespace {

using json_object = nlohmann::ordered_json;
using need = field_reader::need;

/// Secrets are not among it, and the API key is one.
json_object shown(const face::tenant_record& r) {
  return {{"client_id", r.client_id},
          {"client_name", r.client_name},
          {"tier", r.tier},
          {"status", name(r.status)},
          {"features", json_object::parse(r.features, nullptr, false)},
          {"rate_limits", {{"per_hour", r.per_hour}, {"per_day", r.per_day}}},
          {"created_at", iso8601(r.created_at)}};
}

transport::http_response refusal(const transport::http_request& request, const caf::error& why) {
  if (why == errc::already_exists)
    return http_error(request, 409, "CLIENT_EXISTS", "There is a client of that client_id already");
  return why == errc::not_found ? http_error(request, 404, "CLIENT_NOT_FOUND", "Client not found")
                                : unavailable(request, "JOURNAL_UNAVAILABLE");
}

bool is_client_id(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

/// What the body asks for; `errors` says what cannot be.
create_client read_order(const nlohmann::json& body, const std::string& text, field_errors& errors) {
  constexpr std::uint32_t most_calls = 100'000'000;
  create_client order;
  field_reader fields{body, errors};
  order.client_id = fields.text("client_id", need::optional);
  if (!is_client_id(order.client_id))
    fields.fail("client_id", "Must be 1 to 64 letters, digits, dots, dashes or underscores.");
  order.client_name = fields.text("client_name", need::optional);
  order.tier = fields.text("tier", need::optional);
  if (fields.object("features"))
    order.features = kept_object(text, "features", errors).value_or("");
  if (auto limits = fields.object("rate_limits")) {
    field_reader inner{*limits, errors, "rate_limits"};
    order.per_hour = inner.number("per_hour", 0, most_calls, 0);
    order.per_day = inner.number("per_day", 0, most_calls, 0);
  }
  return order;
}

} // namespace

void admin_api_state::on_client(const http_exchange& x) {
  if (!env_.face_registry)
    return x.respond(http_error(*x.request, 409, "FACE_OFF", "face.enabled is off"));
  auto id = x.request->params.find("id");
  if (id == x.request->params.end())
    return x.request->method == "POST" ? create_client(x) : list_clients(x);
  if (x.route.ends_with("/suspend"))
    return set_client(x, id->second, face::tenant_status::suspended);
  if (x.route.ends_with("/resume"))
    return set_client(x, id->second, face::tenant_status::active);
  self_->request(env_.face_registry, caf::infinite, find_client{id->second})
      .then([x](const face::tenant_record& r) { x.respond(no_store(json_answer(200, shown(r).dump()))); },
            [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::list_clients(const http_exchange& x) {
  auto page = admin_page::of(*x.request);
  if (!page)
    return x.respond(invalid_page(*x.request));
  self_->request(env_.face_registry, caf::infinite, mdai::list_clients{page->after, page->limit + 1})
      .then(
          [x, limit = page->limit](const client_page& found) {
            auto items = json_object::array();
            for (auto& c : found.clients)
              if (items.size() < limit)
                items.push_back(shown(c));
            bool more = found.clients.size() > limit;
            x.respond(admin_page::answer("clients", std::move(items), more ? found.clients[limit - 1].client_id : ""));
          },
          [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

// The one answer that has the secrets.
void admin_api_state::create_client(const http_exchange& x) {
  auto body = json_body(*x.request);
  if (!body)
    return x.respond(body.error());
  field_errors errors;
  auto order = read_order(*body, x.request->body, errors);
  if (!errors.empty())
    return x.respond(errors.answer(*x.request));
  self_->request(env_.face_registry, caf::infinite, std::move(order))
      .then(
          [x](const created_client& made) {
            auto out = shown(made.client);
            out["api_key"] = made.client.api_key;
            out["api_secret"] = made.secret;
            x.respond(no_store(json_answer(201, out.dump())));
          },
          [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

void admin_api_state::set_client(const http_exchange& x, const std::string& client_id, face::tenant_status status) {
  self_->request(env_.face_registry, caf::infinite, set_client_status{client_id, status})
      .then([x](const face::tenant_record& r) { x.respond(no_store(json_answer(200, shown(r).dump()))); },
            [x](const caf::error& e) { x.respond(refusal(*x.request, e)); });
}

} // namespace mdai
