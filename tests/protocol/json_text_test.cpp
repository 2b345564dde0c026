#include "protocol/json.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mdai::json {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

value string_value(std::string_view text) { return {kind::string, text}; }
value number_value(std::string_view text) { return {kind::number, text}; }

TEST(json_decode, UnescapesStrings) {
  struct row {
    std::string_view text;
    std::string_view expected;
  };
  const row rows[] = {
      {R"("")", ""},
      {R"("plain")", "plain"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\xC3\xA9\xE2\x82\xAC"},
      {R"("\ud83d\ude00!")", "\xF0\x9F\x98\x80!"},
      {R"("\uDBFF\uDFFF")", "\xF4\x8F\xBF\xBF"},
      {R"("\uD7FF\uE000")", "\xED\x9F\xBF\xEE\x80\x80"},
      {R"("a\u0000b")", "a\0b"sv},
      {R"("\\u0041")", "\\u0041"},
      {"\"caf\xC3\xA9\"", "caf\xC3\xA9"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(decode(string_value(text)), expected) << text;
    EXPECT_TRUE(equals(string_value(text), expected)) << text;
    EXPECT_FALSE(equals(string_value(text), std::string{expected} + "x")) << text;
    EXPECT_FALSE(equals(string_value(text), std::string{"x"}.append(expected))) << text;
    EXPECT_EQ(equals(string_value(text), expected.substr(0, expected.size() / 2)), expected.empty()) << text;
  }
}

TEST(json_decode, TakesNoOtherKindForAString) {
  EXPECT_EQ(decode(number_value("12")), "");
  EXPECT_FALSE(equals(number_value("12"), "12"));
  EXPECT_FALSE(equals(number_value("121"), "2"));
}

TEST(json_integer, TakesIntegersWithin64BitsOnly) {
  struct row {
    std::string_view text;
    std::optional<std::int64_t> expected;
  };
  const row rows[] = {
      {"5", 5},
      {"0", 0},
      {"-0", 0},
      {"-17", -17},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"-9223372036854775809", std::nullopt},
      {"5.0", std::nullopt},
      {"5e0", std::nullopt},
      {"5E2", std::nullopt},
  };
  for (const auto& [text, expected] : rows)
    EXPECT_EQ(integer(number_value(text)), expected) << text;
  EXPECT_EQ(integer(string_value("\"5\"")), std::nullopt);
  EXPECT_EQ(integer({kind::null, "null"}), std::nullopt);
}

TEST(json_nearest_integer, TakesIntegersOfAnySize) {
  EXPECT_EQ(nearest_integer(number_value("-7")), -7);
  EXPECT_EQ(nearest_integer(number_value("9223372036854775808")), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(nearest_integer(number_value("-99999999999999999999")), std::numeric_limits<std::int64_t>::min());
  for (auto text : {"5.0", "5e0", "1E2"})
    EXPECT_EQ(nearest_integer(number_value(text)), std::nullopt) << text;
  EXPECT_EQ(nearest_integer(string_value("\"5\"")), std::nullopt);
}

TEST(json_real, IsTheNearestDouble) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::string zeros(400, '0');
  struct row {
    std::string text;
    double expected;
  };
  const row rows[] = {
      {"0", 0.0},
      {"5", 5.0},
      {"0.95", 0.95},
      {"-1.5e3", -1500.0},
      {"1E+2", 100.0},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"5e-324", std::numeric_limits<double>::denorm_min()},
      {"1e400", infinity},
      {"-1e400", -infinity},
      {"1e+400", infinity},
      {"1E99999999999999999999", infinity},
      {"1" + zeros, infinity},
      {"1" + zeros + "e-10", infinity},
      {"123.5e307", infinity},
      {"0.01e400", infinity},
      {"0." + zeros + "1e1000", infinity},
      {"1e-400", 0.0},
      {"1e-99999999999999999999", 0.0},
      {"0." + zeros + "1", 0.0},
      {"1" + zeros + "e-1000", 0.0},
      {"0." + zeros + "1e10", 0.0},
      {"0e400", 0.0},
  };
  for (const auto& [text, expected] : rows)
    EXPECT_EQ(real(number_value(text)), expected) << text;
  EXPECT_TRUE(std::signbit(real(number_value("-0"))));
  EXPECT_TRUE(std::signbit(real(number_value("-1e-400"))));
  EXPECT_TRUE(std::isnan(real(string_value("\"5\""))));
}

TEST(json_append_quoted, WritesWhatEveryReaderReadsBack) {
  std::string all_ascii;
  for (char c = 0; c < 127; ++c)
    all_ascii += c;
  const std::string texts[] = {"",
                               "plain",
                               "\"quoted\" \\ / \b\f\n\r\t\x01\x1F\x7F",
                               "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
                               all_ascii,
                               std::string(100, 'x') + "\"" + std::string(100, '\\')};
  for (const auto& text : texts) {
    std::string out = "before";
    append_quoted(out, text);
    ASSERT_TRUE(out.starts_with("before\"") && out.ends_with('"'));
    EXPECT_EQ(out.substr(6), nlohmann::json(text).dump());
    EXPECT_EQ(decode(string_value(out.substr(6))), text);
  }
}

TEST(json_append_quoted, ReplacesWhatIsNoUtf8) {
  struct row {
    std::string_view text;
    std::string_view expected;
  };
  const row rows[] = {
      {"a\xFF"
       "b",
       "\"a\xEF\xBF\xBD"
       "b\""},
      {"\xC3", "\"\xEF\xBF\xBD\""},
      {"\xC3\"", "\"\xEF\xBF\xBD\\\"\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const auto& [text, expected] : rows) {
    std::string out;
    append_quoted(out, text);
    EXPECT_EQ(out, expected);
  }
}

} // namespace
} // namespace mdai::json
