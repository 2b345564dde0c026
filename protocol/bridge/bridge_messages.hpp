#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "protocol/json.hpp"
#include "protocol/messages.hpp"
#include "protocol/party.hpp"

/// The older bridge on the wire: what each message looks like, and nothing about when it is sent.
namespace mdai::bridge {

/// What a message asks for.
enum class kind : std::uint8_t { ping, pong, status, to_hardware, to_app, to_backend, unknown };

/// The top-level members that decide about a message.
struct head {
  static constexpr std::string_view names[] = {"type", "data"};
  std::optional<json::value> found[2];

  const std::optional<json::value>& type() const { return found[0]; }
  bool has_type() const { return type() && type()->kind == json::kind::string; }
  bridge::kind kind() const;
  /// The bytes of `data`; "{}" without one.
  std::string_view data() const { return found[1] ? found[1]->text : std::string_view{"{}"}; }
};

/// "app" or "hardware".
constexpr std::string_view role(party p) { return p == party::mobile ? "app" : "hardware"; }

/// What hardware sends for the platform, in `data`.
struct backend_message {
  std::string platform_id; ///< what it calls the person, if it does
  result<messages::submission> submission;
};
/// Errors of the submission: missing_field, malformed_base64.
backend_message parse_to_backend(std::string_view data, unsigned max_depth);

// -- what the broker sends --------------------------------------------------------------------------------------------

std::string joined(party who);
/// The other side came or went.
std::string peer_status(party who, bool connected);
/// Who is here?
std::string status(bool hardware, bool app, std::int64_t expires_in_seconds);
/// `code` and `message` are what old clients read.
std::string error(std::string_view text, int code);
/// `type` with `data` as the bytes it was.
std::string wrapped(std::string_view type, std::string_view data);
/// `data` is a JSON object's text, or empty.
std::string backend_response(unsigned status_code, std::string_view data, milliseconds latency);
/// The `data` of a backend_response that does not come from the platform.
std::string no_answer(std::string_view why, bool pending);
/// A message without what makes it long: a backend_response without the platform's data, another with its type alone.
std::string abridged(std::string_view message);

} // namespace mdai::bridge
