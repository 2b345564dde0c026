#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "protocol/challenge.hpp"
#include "protocol/device_record.hpp"
#include "protocol/ids.hpp"
#include "protocol/session_record.hpp"
#include "protocol/time.hpp"

/// Devices: where they are, who they are, and how they prove it.
namespace mdai {

// -- devices ----------------------------------------------------------------------------------------------------------

/// A session wants a device for itself; answers whether it has it.
struct claim_device {
  std::string device_id;
  object_id session_id;
};
struct release_device {
  std::string device_id;
  object_id session_id;
};
/// Is the device's connection in this session alive? Answers false when it is not, and then the session has let go of
/// it.
struct probe_device {
  std::string device_id;
};

/// The operator has revoked this device: it loses its seat, wherever it has one.
struct device_revoked {
  std::string device_id;
};
struct register_device {
  device_record wanted;
};
struct registered {
  registration how{};
};
struct find_device {
  std::string device_id;
};
struct revoke_device {
  std::string device_id;
};
/// Asks for devices behind `after`, in the order of their names.
struct list_devices {
  std::string after;
  std::size_t limit = 0;
};
struct device_page {
  std::vector<device_record> devices;
};

// -- challenges -------------------------------------------------------------------------------------------------------

struct issue_challenge {
  challenge_kind kind = challenge_kind::wifi;
  std::string device_id;
  std::string ssid, password;
  std::optional<object_id> session_id{}; ///< a live session to join
  std::string request_id;                ///< for the log
};
struct issued_challenge {
  object_id id;
  std::string sealed; ///< what the device must decrypt
  seconds expires_in{};
};
struct answer_challenge {
  object_id id;
  std::string response; ///< bytes
  std::string request_id;
};
/// What came of an answer, once it is on the disk.
struct challenge_answer {
  enum class outcome { opened, wrong, used, killed, expired, unknown, device_revoked, session_gone };
  outcome what = outcome::unknown;
  challenge_record opened{}; ///< as it was before it was used up
  session_record session{};  ///< of a WebSocket challenge that opened
};
/// Something runs out.
struct challenge_tick {};

} // namespace mdai
