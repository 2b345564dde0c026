#include "actors/settings_table.hpp"

#include <algorithm>
#include <map>

#include "actors/settings_addresses.hpp"
#include "actors/settings_option.hpp"

namespace mdai::config {

namespace {

using namespace std::chrono_literals;
constexpr auto day = 24h;
constexpr std::int64_t KiB = 1 << 10, MiB = 1 << 20, GiB = 1 << 30;

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}
bool is_word(std::string_view text) { return !text.empty() && is_plain(text); }
bool is_url_or_empty(std::string_view text) { return text.empty() || is_http_url(text); }
bool is_key_or_empty(std::string_view text) {
  auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.empty() || (text.size() == 64 && std::all_of(text.begin(), text.end(), hex));
}

const std::string not_plain = "has control characters", not_word = "is empty or has control characters";
const text_of any_text{"text", is_plain, not_plain}, name_text{"text, not empty", is_word, not_word};
const text_of file_name{"file name", is_plain, not_plain}, directory_name{"directory name", is_word, not_word};
const text_of secret_text{"text", is_plain, not_plain};
const text_of hex_key{"key of 64 hexadecimal digits", is_key_or_empty};
const text_of http_url{"absolute http:// or https:// URL", is_url_or_empty};
const text_of listen_address{"IP address", is_address}, network{"IP address or CIDR block", is_network};
const text_of origin{"origin (scheme://host[:port], or *)", is_origin};
const list_of secrets{secret_text};

const choice<settings::run_mode> modes{
    {{"production", settings::run_mode::production}, {"development", settings::run_mode::development}}};
const choice<settings::scan_policy> scan_policies{
    {{"refuse", settings::scan_policy::refuse}, {"block", settings::scan_policy::block}}};
const choice<settings::log_format> log_formats{
    {{"json", settings::log_format::json}, {"text", settings::log_format::text}}};
const choice<settings::registration_policy> registrations{{{"open", settings::registration_policy::open},
                                                           {"token", settings::registration_policy::token},
                                                           {"closed", settings::registration_policy::closed}}};
const choice<settings::bridge_privacy> privacies{
    {{"strict", settings::bridge_privacy::strict}, {"compat", settings::bridge_privacy::compat}}};
// The last two are what other programs call warn and critical.
const choice<std::string> log_levels{{{"trace", "trace"},
                                      {"debug", "debug"},
                                      {"info", "info"},
                                      {"warn", "warn"},
                                      {"error", "error"},
                                      {"critical", "critical"},
                                      {"off", "off"},
                                      {"warning", "warn"},
                                      {"fatal", "critical"}}};

std::vector<option> make_options() {
  return {
      make(MDAI_AT(mode), modes,
           "Production refuses weak or missing secrets. Development makes them up, lets every origin in and "
           "looks for the backend on this machine."),

      make(MDAI_AT(server.host), listen_address, "Address that the plain listener and the TLS listener bind.",
           {.alias = "SERVER_HOST"}),
      make(MDAI_AT(server.port), port{}, "Plain HTTP and WebSocket, meant to stand behind a proxy. 0 turns it off.",
           {.alias = "SERVER_PORT"}),
      make(MDAI_AT(server.public_url), http_url,
           "Where clients reach this broker, such as https://broker.example.com. URLs given to clients begin "
           "with "
           "it; empty: with the request's Host."),
      make(MDAI_AT(server.loops), number{0, 256}, "I/O threads. 0: one per core."),
      make(MDAI_AT(server.trusted_proxies), list_of{network}, "Peers whose X-Forwarded-* headers count.",
           {.reloadable = true}),
      make(MDAI_AT(server.node), any_text, "This broker's name in logs and status. Empty: the host's name."),

      make(MDAI_AT(tls.port), port{}, "HTTPS and WSS. 0 turns it off."),
      make(MDAI_AT(tls.cert), file_name, "PEM file of the certificate and its chain. SIGHUP reads it anew."),
      make(MDAI_AT(tls.key), file_name, "PEM file of the certificate's private key. SIGHUP reads it anew."),

      make(MDAI_AT(session.ttl), duration{1s, day}, "How long a session lives from its creation, never longer."),
      make(MDAI_AT(session.retention), duration{1s, 365 * day}, "How long records stay after a session's end."),

      make(MDAI_AT(auth.timeout), duration{100ms, 5min}, "How long a new socket may take to send its auth message."),
      make(MDAI_AT(auth.jwt_secret), secret_text, "Signs session tokens (HS256). At least 32 bytes.",
           {.alias = "JWT_SECRET", .secret = true, .reloadable = true, .production_needs = true}),
      make(MDAI_AT(auth.jwt_secrets_previous), secrets,
           "Earlier secrets whose tokens are still accepted, so that a rotation logs nobody out.",
           {.secret = true, .reloadable = true}),
      make(MDAI_AT(auth.issuer), name_text, "The tokens' iss claim."),
      make(MDAI_AT(auth.role_bound_tokens), boolean{},
           "A QR code's token acts as a device only. false: one token for both sides, for old clients."),
      make(MDAI_AT(auth.mobile_trust_body), boolean{},
           "/api/auth/mobile without a bearer token believes the platform_id it is told: for development, or behind a "
           "gateway that has asked the platform.",
           {.reloadable = true}),

      make(MDAI_AT(qr.encryption_key), hex_key, "Encrypts QR codes (AES-256-CBC); kiosks hold the same key.",
           {.alias = "QR_ENCRYPTION_KEY", .secret = true, .production_needs = true}),

      make(MDAI_AT(backend.validate_url), http_url, "GET with the user's bearer token tells who the user is.",
           {.alias = "BACKEND_VALIDATE_URL", .production_needs = true}),
      make(MDAI_AT(backend.api_url), http_url, "POST takes verification results.",
           {.alias = "BACKEND_API_URL", .production_needs = true}),
      make(MDAI_AT(backend.api_key), secret_text, "Sent with results as x-api-key.",
           {.alias = "BACKEND_API_KEY", .secret = true, .reloadable = true, .production_needs = true}),
      make(MDAI_AT(backend.ca_file), file_name,
           "PEM bundle that the backend's certificate is verified against. Empty: the system's."),
      make(MDAI_AT(backend.validate_timeout), duration{100ms, 5min}, "For validating a user's token."),
      make(MDAI_AT(backend.timeout), duration{100ms, 10min}, "For delivering a result once."),
      make(MDAI_AT(backend.retry_window), duration{0s, 10min},
           "How long after its first failure a delivery is retried before the parties hear that it is "
           "pending."),
      make(MDAI_AT(backend.send_scores), boolean{}, "Adds the device's scores to a result."),
      make(MDAI_AT(backend.max_connections), number{1, 10'000}, "To one host; further calls wait their turn."),

      make(MDAI_AT(outbox.retention), duration{1s, 30 * day},
           "How long an undelivered result is retried before it becomes a dead letter."),
      make(MDAI_AT(outbox.dead_letter_retention), duration{1s, 365 * day}, "How long dead letters are kept."),

      make(MDAI_AT(verification.min_consecutive_passes), number{1, 1'000},
           "A result with fewer passes fails without a call to the backend.", {.reloadable = true}),

      make(MDAI_AT(multi_scan.policy), scan_policies,
           "When a second device scans a session's QR code: refuse it, or block the whole session."),

      make(MDAI_AT(limits.max_body_bytes), size{KiB, 64 * MiB}, "HTTP request body.", {.reloadable = true}),
      make(MDAI_AT(limits.max_header_bytes), size{KiB, MiB}, "HTTP request line and headers.", {.reloadable = true}),
      make(MDAI_AT(limits.max_message_bytes), size{KiB, 64 * MiB}, "WebSocket message on /ws/mobile and /ws/app.",
           {.reloadable = true}),
      make(MDAI_AT(limits.device_max_message_bytes), size{KiB, 256 * MiB},
           "WebSocket message on /ws/device and /ws/hardware.", {.reloadable = true}),
      make(MDAI_AT(limits.unauthenticated_bytes), size{KiB, MiB},
           "All that a socket may send before it is authenticated.", {.reloadable = true}),
      make(MDAI_AT(limits.send_queue_bytes), size{KiB, GiB},
           "May wait for one socket; past it the socket is closed (1013).", {.reloadable = true}),
      make(MDAI_AT(limits.max_json_depth), number{4, 1'000}, "Nesting of a message.", {.reloadable = true}),
      make(MDAI_AT(limits.messages_per_second), number{1, 1'000'000}, "From one connection, in the long run.",
           {.reloadable = true}),
      make(MDAI_AT(limits.message_burst), number{1, 1'000'000}, "From one connection, at once.", {.reloadable = true}),
      make(MDAI_AT(limits.bad_messages_in_a_row), number{1, 1'000}, "Then the connection is closed (1008).",
           {.reloadable = true}),
      make(MDAI_AT(limits.sockets_per_address), number{1, 1'000'000}, "Trusted proxies are exempt.",
           {.reloadable = true}),
      make(MDAI_AT(limits.http_timeout), duration{100ms, 10min},
           "For a whole request to arrive, and for an idle kept-alive connection.", {.reloadable = true}),
      make(MDAI_AT(limits.ping_interval), duration{100ms, 1h}, "Between the server's WebSocket pings.",
           {.reloadable = true}),
      make(MDAI_AT(limits.silence_limit), duration{100ms, day}, "A peer that sends nothing for this long is dropped.",
           {.reloadable = true}),

      make(MDAI_AT(storage.path), directory_name, "Directory of the journal; made when it is not there.",
           {.alias = "DB_PATH"}),
      make(MDAI_AT(storage.key), secret_text, "Encrypts what is stored. At least 32 bytes.",
           {.alias = "STORAGE_KEY", .secret = true, .production_needs = true}),
      make(MDAI_AT(storage.keys_previous), secrets, "Earlier keys that what is stored may still be encrypted under.",
           {.secret = true}),

      make(MDAI_AT(admin.host), listen_address, "Address that the admin listener binds."),
      make(MDAI_AT(admin.port), port{}, "Metrics, actors and administration. 0 turns it off."),
      make(MDAI_AT(admin.token), secret_text, "Bearer token of the admin listener. At least 32 bytes.",
           {.alias = "ADMIN_TOKEN", .secret = true, .reloadable = true, .production_needs = true}),
      make(MDAI_AT(admin.metrics_open), boolean{}, "/metrics needs no token."),

      make(MDAI_AT(log.level), log_levels, "The least important event that is logged.",
           {.alias = "LOG_LEVEL", .reloadable = true}),
      make(MDAI_AT(log.format), log_formats, "One JSON object per line, or text for people."),

      make(MDAI_AT(cors.allowed_origins), list_of{origin},
           "Browsers' origins that may call; same-origin always may. In development the default is *.",
           {.reloadable = true}),

      make(MDAI_AT(drain.period), duration{0s, 10min}, "Over which clients are told to go elsewhere after SIGTERM."),

      make(MDAI_AT(devices.master_secret), secret_text, "Every device's own key is derived from it. At least 32 bytes.",
           {.alias = "DEVICE_MASTER_SECRET", .secret = true, .production_needs = true}),
      make(MDAI_AT(devices.registration_token), secret_text,
           "Lets a device register when devices.registration is token.",
           {.alias = "REGISTRATION_TOKEN", .secret = true}),
      make(MDAI_AT(devices.registration), registrations,
           "Who may register a device: anybody, holders of the token, nobody. In development the default is "
           "open."),
      make(MDAI_AT(devices.challenge_ttl), duration{1s, day}, "How long a challenge can be answered."),
      make(MDAI_AT(devices.require_registration), boolean{},
           "On /ws/device only devices that are registered and not revoked.", {.reloadable = true}),
      make(MDAI_AT(devices.prove_identity), boolean{},
           "On /ws/device only devices that are registered and decrypt a challenge before auth_success; needs firmware "
           "that can.",
           {.reloadable = true}),

      make(MDAI_AT(bridge.hardware_api_keys), secrets, "API keys of hardware, each as good as the others.",
           {.alias = "HARDWARE_API_KEYS", .secret = true, .reloadable = true}),
      make(MDAI_AT(bridge.privacy), privacies,
           "What hardware sees of a person: an alias, or with compat the real platform_id, as the older system did. A "
           "session keeps what it began with.",
           {.reloadable = true}),
      make(MDAI_AT(bridge.ping_interval), duration{100ms, 1h}, "Between the ping messages to apps and hardware.",
           {.reloadable = true}),
  };
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    c = c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  return out;
}

} // namespace

std::string_view option::section() const {
  auto dot = name.find('.');
  return dot == name.npos ? std::string_view{} : name.substr(0, dot);
}

std::string_view option::key() const { return section().empty() ? name : name.substr(section().size() + 1); }

std::string option::environment() const { return "MDAI_" + upper(name); }

std::string option::known_as() const { return traits.alias.empty() ? environment() : std::string{traits.alias}; }

const std::vector<option>& options() {
  static const auto all = [] {
    auto of_broker = make_options(), of_face = face_options();
    of_broker.insert(of_broker.end(), of_face.begin(), of_face.end());
    return of_broker;
  }();
  return all;
}

const option* find_option(std::string_view name) {
  auto found = std::find_if(options().begin(), options().end(), [&](const option& o) { return o.name == name; });
  return found == options().end() ? nullptr : &*found;
}

const option* find_environment(std::string_view name) {
  static const auto by_name = [] {
    std::map<std::string, const option*, std::less<>> out;
    for (const auto& o : options()) {
      out.emplace(o.environment(), &o);
      out.emplace(o.known_as(), &o);
    }
    return out;
  }();
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const std::vector<std::string>& option_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& o : options())
      out.emplace_back(o.name);
    return out;
  }();
  return names;
}

std::string_view section_doc(std::string_view section) {
  static const std::map<std::string_view, std::string_view> docs{
      {"server", "The plain listener, and what holds for every listener."},
      {"tls", "The listener for HTTPS and WSS."},
      {"session", "The life of a session."},
      {"auth", "Session tokens."},
      {"qr", "QR codes."},
      {"backend", "The platform's backend."},
      {"outbox", "Results that could not be delivered yet."},
      {"verification", "When a result counts."},
      {"multi_scan", "One QR code, several devices."},
      {"limits", "What one client may use. SIGHUP changes all of them."},
      {"storage", "The journal: what survives the process."},
      {"admin", "The admin listener."},
      {"log", "Logs."},
      {"cors", "Browsers."},
      {"drain", "Shutting down."},
      {"devices", "Devices and their registration."},
      {"bridge", "Hardware that speaks the bridge dialect."},
      {"face", "Face enrolment and authentication over WebSocket. Off, none of it is served."},
  };
  auto found = docs.find(section);
  return found == docs.end() ? std::string_view{} : found->second;
}

} // namespace mdai::config
