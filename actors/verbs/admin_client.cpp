#include "actors/verbs/admin_client.hpp"

#include <ostream>

#include "protocol/crypto.hpp"
#include "transport/http_client.hpp"

namespace mdai {
namespace {

constexpr seconds patience{10};

/// The address to call for the one that is listened on.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0")
    return "127.0.0.1";
  if (host == "::")
    return "[::1]";
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

result<transport::http_response> exchange(transport::client_request request) {
  transport::loop loop{0};
  transport::http_client client{loop, {}};
  result<transport::http_response> got = errc::timed_out;
  loop.post([&] {
    client.send(std::move(request), patience, [&](result<transport::http_response> answer) {
      got = std::move(answer);
      loop.stop();
    });
  });
  loop.run();
  return got;
}

} // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain)
      out += static_cast<char>(c);
    else
      out += '%' + crypto::hex({reinterpret_cast<const char*>(&c), 1});
  }
  return out;
}

bool admin_client::fail(const std::string& what) {
  context_.err << "error: " << what << '\n';
  return false;
}

// Of the settings only those of the admin listener count: an operator's shell need not have the broker's other secrets.
std::string admin_client::address() {
  auto settings = config::read_sources(context_.sources);
  auto& admin = settings.values.admin;
  for (auto name : {"admin.host", "admin.port", "admin.token"})
    if (settings.broken.contains(name)) {
      print_errors(settings, context_.err);
      return {};
    }
  if (admin.token.empty())
    fail("ADMIN_TOKEN is not set: the broker would not know who asks");
  else if (admin.port == 0)
    fail("admin.port is 0: the broker has no admin listener");
  else
    token_ = admin.token;
  return token_.empty() ? "" : "http://" + reachable(admin.host) + ':' + std::to_string(admin.port);
}

std::optional<admin_client::json> admin_client::call(const std::string& method, const std::string& target,
                                                     const json* body_to_send) {
  auto base = address();
  if (base.empty())
    return std::nullopt;
  auto where = transport::url::parse(base + target);
  transport::client_request request;
  request.method = method;
  request.headers.set("Authorization", "Bearer " + token_);
  if (body_to_send) {
    request.headers.set("Content-Type", "application/json");
    request.body = body_to_send->dump(-1, ' ', false, json::error_handler_t::replace);
  }
  auto got =
      where ? (request.where = *where, exchange(std::move(request))) : result<transport::http_response>{where.error()};
  if (!got) {
    fail("no broker answers at " + base + ": " + got.error().message());
    return std::nullopt;
  }
  auto body = json::parse(got->body, nullptr, false);
  if (got->status >= 200 && got->status < 300 && body.is_object())
    return body;
  auto why = body.is_object() ? body.value("error", std::string{}) : std::string{};
  fail(got->status == 401 ? "the broker at " + base + " has another ADMIN_TOKEN"
       : why.empty()      ? base + " answered " + std::to_string(got->status) + "; is that a broker?"
                          : why);
  return std::nullopt;
}

bool admin_client::for_each(const std::string& target, const char* list, const std::function<void(const json&)>& show) {
  std::string after;
  do {
    auto page = call("GET", target + "?limit=200&after=" + percent_encoded(after));
    if (!page)
      return false;
    for (auto& item : (*page)[list])
      show(item);
    auto& next = (*page)["next"];
    after = next.is_string() ? next.get<std::string>() : "";
  } while (!after.empty());
  return true;
}

} // namespace mdai
