#pragma once
#include <gtest/gtest.h>

#include "tests/support/actor_world.hpp"

namespace mdai::test {

using namespace std::chrono_literals;
using types = std::vector<std::string>;

/// A test with a broker of its own: `w.run()`, `w.advance(d)`, and what the world lets clients do.
class actor_test : public ::testing::Test {
protected:
  /// A session with both parties seated; what they heard so far is forgotten.
  void seat_both() {
    r = w.create();
    mobile = w.connect_mobile(r);
    device = w.connect_device(r);
    w.run();
    ASSERT_EQ(mobile->types(), (types{"auth_success", "device_connected"}));
    ASSERT_EQ(device->types(), (types{"auth_success", "mobile_connected"}));
    mobile->sent.clear();
    device->sent.clear();
  }
  void submit() { device->say(good_result); }
  fake_platform::call& last_call() { return w.platform->calls.back(); }

  static constexpr auto good_result = R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":5})";
  static constexpr auto accepted = R"({"success":true,"score":12345678901234567890})";

  actor_world w;
  session_record r;
  socket_ptr mobile, device;
};

} // namespace mdai::test
