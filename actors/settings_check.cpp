#include "actors/settings_check.hpp"

#include <algorithm>
#include <initializer_list>

#include "actors/settings_addresses.hpp"
#include "actors/settings_secrets.hpp"
#include "actors/text_file.hpp"

namespace mdai::config {

namespace {

/// Collects findings about a `loaded`, each under the place its option comes from.
class checker {
public:
  explicit checker(loaded& l)
      : l_(l)
      , s_(l.values) {}

  void run() {
    listeners();
    tls_files();
    directories();
    limits();
    if (!s_.backend.ca_file.empty())
      readable("backend.ca_file", s_.backend.ca_file);
    if (s_.face.enabled)
      face_engine();
    if (!fine({"mode"}))
      return;
    if (s_.development())
      development_rules();
    else
      production_rules();
  }

private:
  bool fine(std::initializer_list<std::string_view> names) const {
    return std::none_of(names.begin(), names.end(), [&](auto name) { return l_.broken.contains(name); });
  }
  std::string about(std::string_view name, std::string_view says) const {
    return l_.origin_of(name).prefix(*find_option(name)) + " " + std::string{says};
  }
  void error(std::string_view name, std::string_view says) {
    if (fine({name}))
      l_.errors.push_back(about(name, says));
  }
  void warn(std::string_view name, std::string_view says) {
    if (fine({name}))
      l_.warnings.push_back(about(name, says));
  }

  void listeners() {
    if (fine({"server.port", "tls.port"}) && s_.server.port == 0 && s_.tls.port == 0)
      error("server.port", "is 0 and so is tls.port: there is nothing to listen on");
    same_port("tls.port", s_.tls.port, s_.server.host, "server.port", s_.server.port, s_.server.host);
    same_port("admin.port", s_.admin.port, s_.admin.host, "server.port", s_.server.port, s_.server.host);
    same_port("admin.port", s_.admin.port, s_.admin.host, "tls.port", s_.tls.port, s_.server.host);
  }

  void same_port(std::string_view name, unsigned port, const std::string& host, std::string_view other,
                 unsigned other_port, const std::string& other_host) {
    auto any = [](const std::string& h) { return h == "0.0.0.0" || h == "::"; };
    bool meet = host == other_host || any(host) || any(other_host);
    if (port != 0 && port == other_port && meet && fine({name, other}))
      error(name, "is the same port as " + std::string{other} + ": " + std::to_string(port));
  }

  void tls_files() {
    tls_file("tls.cert", s_.tls.cert);
    tls_file("tls.key", s_.tls.key);
  }
  void tls_file(std::string_view name, const std::string& file) {
    if (!file.empty())
      readable(name, file);
    else if (s_.tls.port != 0 && fine({"tls.port"}))
      error(name, "is missing, and tls.port is set");
  }
  void readable(std::string_view name, const std::string& file) {
    if (auto text = read_text_file(file); !text.has_value())
      error(name, "names '" + file + "', which cannot be read: " + text.error().message());
  }

  void directories() {
    std::error_code ignored;
    auto status = std::filesystem::status(s_.storage.path, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_directory(status))
      error("storage.path", "names '" + s_.storage.path + "', which is a file: a directory is wanted");
  }

  void limits() {
    const auto& l = s_.limits;
    if (l.silence_limit <= l.ping_interval && fine({"limits.ping_interval"}))
      warn("limits.silence_limit", "is not longer than limits.ping_interval: peers are pinged twice within it instead");
    if (l.unauthenticated_bytes > l.max_message_bytes && fine({"limits.max_message_bytes"}))
      warn("limits.unauthenticated_bytes", "is more than limits.max_message_bytes, which counts");
    if (s_.auth.timeout > s_.session.ttl && fine({"session.ttl"}))
      warn("auth.timeout", "is longer than session.ttl: a session may end first");
  }

  void face_engine() {
    if (s_.face.engine == settings::face_engine::onnx)
      for (auto [name, file] : {std::pair{"face.onnx_detector", &s_.face.onnx_detector},
                                std::pair{"face.onnx_recognizer", &s_.face.onnx_recognizer}})
        file->empty() ? error(name, "is missing, and face.engine is onnx") : readable(name, *file);
    if (s_.face.engine == settings::face_engine::remote && s_.face.remote_url.empty())
      error("face.remote_url", "is missing, and face.engine is remote");
  }

  void production_rules() {
    for (auto name : guarded_secrets())
      guard(name);
    secrets_differ();
    for (const auto& old : s_.auth.jwt_secrets_previous)
      if (auto weak = weakness(old); !weak.empty())
        error("auth.jwt_secrets_previous", "has one that " + weak + ", and its tokens would be accepted");
    for (const auto& old : s_.storage.keys_previous)
      if (old.size() < shortest_secret)
        error("storage.keys_previous", "has one that " + weakness(old));
    backend();
    for (const auto& key : s_.bridge.hardware_api_keys)
      guessable("bridge.hardware_api_keys", key, "has one that ");
    guessable("devices.registration_token", s_.devices.registration_token, "");
    if (!s_.face.clients.empty())
      error("face.clients", "is for development; make tenants with: mdai-broker client create");
    if (s_.auth.mobile_trust_body)
      warn("auth.mobile_trust_body", "is on: whoever reaches /api/auth/mobile can be anybody");
    if (s_.devices.registration == settings::registration_policy::open)
      warn("devices.registration", "is open: anybody can register a device");
    if (s_.devices.registration == settings::registration_policy::token && s_.devices.registration_token.empty() &&
        fine({"devices.registration"}))
      warn("devices.registration_token",
           "is missing, and devices.registration is token: only ADMIN_TOKEN registers devices");
  }

  void guard(std::string_view name) {
    if (auto weak = weakness(secret(name)); !weak.empty())
      error(name, weak + "; make one with: " + std::string{secret_recipe});
  }

  /// Said only: hardware that is built cannot be given another key today, and must not lose its broker over it.
  void guessable(std::string_view name, std::string_view key, std::string_view which) {
    if (auto weak = weakness(key); !key.empty() && !weak.empty())
      warn(name, std::string{which} + weak + "; better ones come from: " + std::string{secret_recipe});
  }

  std::string secret(std::string_view name) const { return find_option(name)->value->text(s_); }

  void secrets_differ() {
    auto names = guarded_secrets();
    for (std::size_t i = 0; i < names.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (auto mine = lower(secret(names[i])); !mine.empty() && mine == lower(secret(names[j]))) {
          error(names[i], "is the same secret as " + find_option(names[j])->known_as() +
                              "; make one of its own with: " + std::string{secret_recipe});
          break;
        }
  }

  void backend() {
    backend_url("backend.validate_url", s_.backend.validate_url);
    backend_url("backend.api_url", s_.backend.api_url);
    if (s_.backend.api_key.empty())
      error("backend.api_key", "is missing; the platform hands it out");
  }
  void backend_url(std::string_view name, const std::string& url) {
    if (url.empty())
      return error(name, "is missing; the platform hands it out");
    auto where = parse_web_address(url);
    if (where && where->scheme == "http" && !is_loopback(*where))
      warn(name, "is plain http to another machine: tokens and images cross the network unencrypted");
  }

  void development_rules() {
    web_address here{
        "http", s_.server.host.find(':') == std::string::npos ? s_.server.host : "[" + s_.server.host + "]", {}};
    if (!is_loopback(here))
      warn("server.host", "lets other machines in, and development mode trusts everybody");
  }

  loaded& l_;
  const settings& s_;
};

} // namespace

void check(loaded& l) { checker{l}.run(); }

} // namespace mdai::config
