#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/limits.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// Everything an operator can set, with its default. The declaration of each (name, type, unit, doc,
/// environment name) stands in settings_table.cpp. `limits` live in protocol/limits.hpp because every room
/// knows them.
struct settings {
  enum class run_mode { production, development };
  enum class scan_policy { refuse, block };
  enum class log_format { json, text };
  enum class registration_policy { open, token, closed };
  enum class bridge_privacy { strict, compat };

  run_mode mode = run_mode::production; ///< MDAI_MODE

  struct {
    std::string host = "127.0.0.1"; ///< SERVER_HOST
    std::uint16_t port = 8080;      ///< SERVER_PORT; 0: no plain listener
    std::string public_url;
    unsigned loops = 0; ///< 0: one per core
    std::vector<std::string> trusted_proxies;
    std::string node; ///< empty: the host's name
  } server;
  struct {
    std::uint16_t port = 0; ///< 0: no TLS listener
    std::string cert, key;
  } tls;
  struct {
    milliseconds ttl{180'000};
    milliseconds retention{24 * 3600'000};
  } session;
  struct {
    milliseconds timeout{10'000};
    std::string jwt_secret; ///< JWT_SECRET
    std::vector<std::string> jwt_secrets_previous;
    std::string issuer = "mdai-broker";
    bool role_bound_tokens = true;
  } auth;
  struct {
    std::string encryption_key; ///< QR_ENCRYPTION_KEY
  } qr;
  struct {
    std::string validate_url; ///< BACKEND_VALIDATE_URL
    std::string api_url;      ///< BACKEND_API_URL
    std::string api_key;      ///< BACKEND_API_KEY
    std::string ca_file;
    milliseconds validate_timeout{10'000};
    milliseconds timeout{60'000};
    milliseconds retry_window{5'000};
    bool send_scores = false;
    std::uint32_t max_connections = 64;
  } backend;
  struct {
    milliseconds retention{24 * 3600'000}; ///< then dead-lettered
    milliseconds dead_letter_retention{7 * 24 * 3600'000};
  } outbox;
  struct {
    std::int64_t min_consecutive_passes = 5;
  } verification;
  struct {
    scan_policy policy = scan_policy::refuse;
  } multi_scan;
  mdai::limits limits;
  struct {
    std::string path = "var/journal"; ///< DB_PATH
    std::string key;                  ///< STORAGE_KEY
    std::vector<std::string> keys_previous;
  } storage;
  struct {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9090;
    std::string token; ///< ADMIN_TOKEN
    bool metrics_open = true;
  } admin;
  struct {
    std::string level = "info"; ///< LOG_LEVEL
    log_format format = log_format::json;
  } log;
  struct {
    std::vector<std::string> allowed_origins; ///< development: "*"
  } cors;
  struct {
    milliseconds period{10'000};
  } drain;
  struct {
    std::string master_secret;      ///< DEVICE_MASTER_SECRET
    std::string registration_token; ///< REGISTRATION_TOKEN
    registration_policy registration = registration_policy::token;
    milliseconds challenge_ttl{300'000};
  } devices;
  struct {
    std::vector<std::string> hardware_api_keys; ///< HARDWARE_API_KEYS
    bridge_privacy privacy = bridge_privacy::strict;
    milliseconds ping_interval{25'000};
  } bridge;

  bool development() const { return mode == run_mode::development; }
};

} // namespace mdai
