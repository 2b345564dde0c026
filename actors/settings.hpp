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
  enum class face_engine { classical, onnx, remote };
  enum class duplicate_check { off, warn, reject };

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
    bool mobile_trust_body = false;
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
    bool require_registration = false;
    bool prove_identity = false;
    /// Whether /ws/device is for registered devices alone: who proves an identity needs one.
    bool only_registered() const { return require_registration || prove_identity; }
  } devices;
  struct {
    std::vector<std::string> hardware_api_keys; ///< HARDWARE_API_KEYS
    bridge_privacy privacy = bridge_privacy::strict;
    milliseconds ping_interval{25'000};
  } bridge;
  struct {
    bool enabled = false;
    std::vector<std::string> clients; ///< development: "client_id:api_key:api_secret"
    bool auto_create_users = true;
    milliseconds token_ttl{3600'000};
    milliseconds session_ttl{300'000};
    milliseconds session_retention{24 * 3600'000};

    face_engine engine = face_engine::classical;
    std::string cascade_dir = "/usr/share/opencv4";
    std::string onnx_detector, onnx_recognizer; ///< model files
    std::string remote_url;
    milliseconds remote_timeout{2'000};
    unsigned workers = 0; ///< 0: one per core but one, at least one

    std::size_t max_image_bytes = 1u << 20;
    std::uint32_t max_frames = 120; ///< the budget of a session
    std::uint32_t min_samples = 1, min_frames = 1, min_blinks = 0;
    bool liveness_optional = true;
    double min_quality = 0.65;

    std::vector<std::string> blocked_obstacles{"glasses", "mask", "hat", "hand_covering"};
    double glasses_threshold = 0.50, mask_threshold = 0.30, hat_threshold = 0.30, hand_threshold = 0.30;

    double verify_threshold = 0, identify_threshold = 0, identify_margin = 0, duplicate_threshold = 0; ///< 0: engine's
    mdai::settings::duplicate_check duplicate_check = mdai::settings::duplicate_check::off;
  } face;

  bool development() const { return mode == run_mode::development; }
};

} // namespace mdai
