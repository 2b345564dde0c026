// config: what development mode fills in, so that a broker starts without any setting.
#pragma once
#include "actors/settings_load.hpp"

namespace mdai::config {

/// Where the simulated backend of the development tools listens.
inline constexpr std::string_view development_validate_url = "http://127.0.0.1:9100/validate";
inline constexpr std::string_view development_api_url = "http://127.0.0.1:9100/verify";

/// In development mode: missing secrets (but storage.key) are made up with a warning each, the backend is on
/// this machine, every origin is allowed and devices register freely. Otherwise nothing.
void complete_for_development(loaded& l);

/// In development mode: a missing secret is the one that the running process has.
void keep_made_up_secrets(loaded& next, const settings& running);

/// In development mode: a missing storage.key is read from the file `<storage.path>.storage-key`, which is
/// made (0600) when it is not there, so that the next start can read what this one stores. `touch_nothing`
/// makes no file.
void complete_storage_key(loaded& l, bool touch_nothing);

} // namespace mdai::config
