#pragma once
#include <gtest/gtest.h>

#include "tests/support/session_world.hpp"

/// The session machine when its clients speak the older bridge's dialect: party::mobile is the app, device the
/// hardware.
namespace mdai::test {

using types = std::vector<std::string>;

inline constexpr link_id app = 1, hardware = 2;
inline constexpr auto alias = "PID_0123456789abcdef";
inline constexpr auto introduction = R"({"type":"to_hardware","data":{"platform_id":"PLT_secret9","n":1}})";
inline constexpr auto picture =
    R"({"type":"to_backend","data":{"platform_id":"PID_0123456789abcdef","image_base64":"aGVsbG8="}})";

inline session_record bridge_record(std::string with_alias = alias) {
  auto r = session_world::record_for({});
  r.dialect = dialect_id::bridge;
  r.alias = std::move(with_alias);
  return r;
}

class Bridge : public ::testing::Test {
protected:
  void join_app(link_id link) { w.join_mobile(link); }
  void join_hardware(link_id link) { w.join_device(link, {}); }
  void seat_both() {
    join_app(app);
    join_hardware(hardware);
    w.sent.clear();
  }
  /// Both are there, and the person is known.
  void introduce() {
    seat_both();
    w.say(app, introduction);
    w.machine.on_identified(true, w.now);
    w.sent.clear();
  }
  messages::outcome answer(unsigned status = 200, std::uint32_t round = 1) {
    return {status == 200, {}, R"({"success":true,"platform_id":"PLT_secret9"})", status, round, milliseconds{7}};
  }

  session_world w{bridge_record()};
};

class BridgeResult : public Bridge {};

} // namespace mdai::test
