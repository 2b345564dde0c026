#include "bench/load/payload.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mdai::load {
namespace {

using json = nlohmann::json;

std::string numbered(party from, std::uint32_t pair, std::size_t size, std::uint32_t number) {
  auto out = make_message(from, pair, size);
  write_stamp(out.data() + find_stamp(out), number);
  return out;
}

/// As a server passes it on that keeps the platform_id away from kiosks and leaves all other bytes alone.
std::string filtered(std::string message) {
  constexpr std::string_view member = R"("platform_id":"PLT_0C0FFEE0",)";
  return message.erase(message.find(member), member.size());
}

/// As a server passes it on that writes its JSON anew, like Python does.
std::string written_anew(const std::string& message) {
  auto document = json::parse(message);
  document["data"].erase("platform_id");
  return document.dump(1);
}

TEST(load_message, IsJsonOfExactlyTheSizeAskedFor) {
  for (const auto size : {smallest_message, std::size_t{200}, std::size_t{5000}})
    for (const auto from : {party::mobile, party::device}) {
      const auto text = make_message(from, 7, size);
      EXPECT_EQ(text.size(), size);
      EXPECT_EQ(json::parse(text)["type"], from == party::mobile ? "to_device" : "to_mobile");
    }
}

TEST(load_message, CarriesAPlatformIdFromThePhoneOnly) {
  EXPECT_TRUE(json::parse(make_message(party::mobile, 1, 200))["data"].contains("platform_id"));
  EXPECT_FALSE(json::parse(make_message(party::device, 1, 200))["data"].contains("platform_id"));
}

TEST(load_message, IsTheFrameOfItsNumber) {
  const stamped_frame frame{opcode::text, make_message(party::mobile, 3, 200)};
  for (const std::uint32_t number : {0u, 1u, 0xDEADBEEFu}) {
    std::string out = "x", expected = "x";
    frame.append_to(out, number);
    append_frame(expected, opcode::text, numbered(party::mobile, 3, 200, number));
    EXPECT_EQ(out, expected) << number;
  }
}

TEST(load_message, HasAStampThatIsFoundInItsMarkOnly) {
  const std::string text = "#123#   #00000007.0000000a#";
  EXPECT_EQ(find_stamp(text), 18u);
  EXPECT_EQ(find_stamp("#00000007.0000000a"), std::string::npos);
  EXPECT_EQ(find_stamp(""), std::string::npos);
}

TEST(load_arrival, AcceptsAllMessagesInTheirOrder) {
  arrival_check check{party::device, 2, 200, false};
  for (std::uint32_t n = 0; n < 300; ++n)
    ASSERT_TRUE(check.take(numbered(party::device, 2, 200, n))) << n;
  EXPECT_EQ(check.heard(), 300u);
}

TEST(load_arrival, AcceptsAFilteredMessageHoweverItIsWritten) {
  for (const auto pass : {filtered, +[](std::string m) { return written_anew(m); }}) {
    arrival_check check{party::mobile, 2, 200, true};
    for (std::uint32_t n = 0; n < 3; ++n)
      ASSERT_TRUE(check.take(pass(numbered(party::mobile, 2, 200, n)))) << n;
  }
}

TEST(load_arrival, RefusesAPlatformIdWhereNoneMayArrive) {
  arrival_check check{party::mobile, 2, 200, true};
  EXPECT_FALSE(check.take(numbered(party::mobile, 2, 200, 0)));
  arrival_check later{party::mobile, 2, 200, true};
  ASSERT_TRUE(later.take(filtered(numbered(party::mobile, 2, 200, 0))));
  EXPECT_FALSE(later.take(numbered(party::mobile, 2, 200, 1)));
}

TEST(load_arrival, RefusesAPlatformIdInAKeyThatParsersOverlook) {
  auto text = filtered(numbered(party::mobile, 2, 200, 0));
  text.insert(1, R"("data":{"platform_id":1},)"); // the last of two members wins in most parsers
  arrival_check check{party::mobile, 2, 200, true};
  EXPECT_FALSE(check.take(text));
}

TEST(load_arrival, RefusesWhatWasLostDoubledSwappedMisdirectedOrChanged) {
  const auto message = [](std::uint32_t pair, std::uint32_t n) { return numbered(party::device, pair, 200, n); };
  auto changed = message(2, 1);
  changed[changed.size() - 5] ^= 1;
  const std::string table[] = {message(2, 2),
                               message(2, 0),
                               message(3, 1),
                               changed,
                               message(2, 1) + " ",
                               message(2, 1).substr(1),
                               numbered(party::mobile, 2, 200, 1),
                               ""};
  for (const auto& wrong : table) {
    arrival_check check{party::device, 2, 200, false};
    ASSERT_TRUE(check.take(message(2, 0)));
    EXPECT_FALSE(check.take(wrong)) << wrong;
    EXPECT_EQ(check.heard(), 1u);
    EXPECT_TRUE(check.take(message(2, 1)));
  }
}

TEST(load_arrival, RefusesAFirstMessageThatMeansSomethingElse) {
  for (const std::string text :
       {R"({"type":"session_expired","message":"Session expired"})", "", "#00000002.00000000#"}) {
    arrival_check check{party::device, 2, 200, false};
    EXPECT_FALSE(check.take(text)) << text;
  }
}

} // namespace
} // namespace mdai::load
