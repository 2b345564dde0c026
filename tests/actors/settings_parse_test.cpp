#include "actors/settings_parse.hpp"

#include <gtest/gtest.h>

#include "actors/did_you_mean.hpp"
#include "actors/settings_addresses.hpp"

namespace mdai::config {
namespace {

using namespace std::chrono_literals;

TEST(settings_parse, ReadsDurations) {
  const std::vector<std::pair<std::string, std::optional<milliseconds>>> cases{
      {"180", 180s},
      {"500ms", 500ms},
      {"90s", 90s},
      {"3m", 3min},
      {"24h", 24h},
      {"7d", 168h},
      {"1.5h", 90min},
      {"0.25", 250ms},
      {"0", 0ms},
      {"106751991167d", std::nullopt}, // more milliseconds than 64 bits hold
      {"99999999999999999999", std::nullopt},
      {"1.5ms", std::nullopt}, // no whole milliseconds
      {"1.2345s", std::nullopt},
      {"1.", std::nullopt},
      {".5s", std::nullopt},
      {"", std::nullopt},
      {"s", std::nullopt},
      {"-3s", std::nullopt},
      {"3 m", std::nullopt},
      {"3M", std::nullopt},
      {"1h30m", std::nullopt},
      {"three", std::nullopt},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(settings_parse, ReadsSizes) {
  const std::vector<std::pair<std::string, std::optional<std::int64_t>>> cases{
      {"1048576", 1048576},
      {"1MiB", 1048576},
      {"64KiB", 65536},
      {"2GiB", std::int64_t{2} << 30},
      {"1MB", 1000000},
      {"5kB", 5000},
      {"5KB", 5000},
      {"12B", 12},
      {"0", 0},
      {"1.5MiB", std::nullopt},
      {"1M", std::nullopt}, // which one?
      {"1mib", std::nullopt},
      {"-1", std::nullopt},
      {"", std::nullopt},
      {"9223372036854775807GiB", std::nullopt},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_size(text), expected) << text;
}

TEST(settings_parse, ReadsDecimals) {
  const std::vector<std::pair<std::string, std::optional<double>>> cases{{"0.65", 0.65},
                                                                         {"0", 0.0},
                                                                         {"1", 1.0},
                                                                         {"1.0", 1.0},
                                                                         {"0.000001", 0.000001},
                                                                         {"", std::nullopt},
                                                                         {".5", std::nullopt},
                                                                         {"5.", std::nullopt},
                                                                         {"-0.5", std::nullopt},
                                                                         {"+1", std::nullopt},
                                                                         {"1e3", std::nullopt},
                                                                         {"0x1", std::nullopt},
                                                                         {"nan", std::nullopt},
                                                                         {"0,5", std::nullopt},
                                                                         {"0.5.5", std::nullopt},
                                                                         {"0.0000001", std::nullopt},
                                                                         {"12345678901234567", std::nullopt},
                                                                         {"0.5 ", std::nullopt}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_decimal(text), expected) << text;
  for (auto* text : {"0.65", "0.3", "1", "0", "0.000001"})
    EXPECT_EQ(parse_decimal(print_decimal(*parse_decimal(text))), parse_decimal(text)) << text;
}

TEST(settings_parse, ReadsBooleansOfEitherCase) {
  for (auto* yes : {"true", "yes", "on", "1", "TRUE", "On"})
    EXPECT_EQ(parse_boolean(yes), true) << yes;
  for (auto* no : {"false", "no", "off", "0", "False"})
    EXPECT_EQ(parse_boolean(no), false) << no;
  for (auto* neither : {"", "2", "y", "truee", " true"})
    EXPECT_EQ(parse_boolean(neither), std::nullopt) << neither;
}

TEST(settings_parse, ReadsIntegersWhole) {
  EXPECT_EQ(parse_integer("-12"), -12);
  for (auto* text : {"", "1x", " 1", "1 ", "+1", "0x10", "1.0", "9223372036854775808"})
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(settings_parse, PrintsTheShortestTextThatReadsBack) {
  const std::vector<std::pair<milliseconds, std::string>> durations{
      {180s, "3m"}, {90s, "90s"}, {24h, "24h"}, {168h, "7d"}, {36h, "36h"}, {500ms, "500ms"}, {0ms, "0s"}};
  for (const auto& [value, text] : durations) {
    EXPECT_EQ(print_duration(value), text);
    EXPECT_EQ(parse_duration(text), value);
  }
  const std::vector<std::pair<std::int64_t, std::string>> sizes{
      {1 << 20, "1MiB"}, {8 << 20, "8MiB"}, {16 << 10, "16KiB"}, {1 << 30, "1GiB"}, {1000, "1000"}, {0, "0"}};
  for (const auto& [value, text] : sizes) {
    EXPECT_EQ(print_size(value), text);
    EXPECT_EQ(parse_size(text), value);
  }
}

TEST(settings_parse, SplitsListsAtCommas) {
  using list = std::vector<std::string>;
  EXPECT_EQ(split_list(" a, b ,,c,"), (list{"a", "b", "c"}));
  EXPECT_EQ(split_list("one"), list{"one"});
  EXPECT_EQ(split_list(""), list{});
  EXPECT_EQ(split_list(" , "), list{});
}

TEST(settings_addresses, KnowsNetworks) {
  for (auto* good : {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/128"})
    EXPECT_TRUE(is_network(good)) << good;
  for (auto* bad : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "fd00::/129", "localhost", "10.0.0.0/8/8"})
    EXPECT_FALSE(is_network(bad)) << bad;
}

TEST(settings_addresses, KnowsAbsoluteHttpUrls) {
  for (auto* good : {"http://127.0.0.1:9100/verify", "https://a.example.com", "HTTPS://a/b?c=d", "http://[::1]:80/",
                     "http://[fd00::1]/x", "http://under_score.internal"})
    EXPECT_TRUE(is_http_url(good)) << good;
  for (auto* bad : {"", "/verify", "a.example.com", "ftp://a", "http://", "http:///x", "http://a:0", "http://a:65536",
                    "http://a:", "http://a:x", "http://u:p@a/", "http://a/#b", "http://a b/", "http://a/\n",
                    "http://[::1", "http://[x]/", "http://a?b#c", "http//a", "http:/a"})
    EXPECT_FALSE(is_http_url(bad)) << bad;
}

TEST(settings_addresses, KnowsOrigins) {
  for (auto* good : {"*", "https://app.example.com", "http://localhost:3000", "capacitor://localhost"})
    EXPECT_TRUE(is_origin(good)) << good;
  for (auto* bad : {"", "app.example.com", "https://app.example.com/", "https://*.example.com", "null", "https://a/b"})
    EXPECT_FALSE(is_origin(bad)) << bad;
}

TEST(settings_addresses, KnowsThisMachine) {
  for (auto* here :
       {"http://localhost/x", "http://LOCALHOST", "http://127.0.0.1:1", "http://127.8.9.1", "http://[::1]"})
    EXPECT_TRUE(is_loopback(*parse_web_address(here))) << here;
  for (auto* there : {"http://127.evil.example", "http://10.0.0.1", "http://localhost.example.com", "http://[::2]"})
    EXPECT_FALSE(is_loopback(*parse_web_address(there))) << there;
}

TEST(did_you_mean, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("sesion", "session"), 1u);
  EXPECT_EQ(edit_distance("hots", "host"), 1u); // a swap is one
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(did_you_mean, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> names{"session.ttl", "session.retention", "log.level", "info", "production"};
  EXPECT_EQ(did_you_mean("sesion.ttl", names), ", did you mean session.ttl?");
  EXPECT_EQ(did_you_mean("inof", names), ", did you mean info?");
  EXPECT_EQ(did_you_mean("prod", names), ", did you mean production?");
  EXPECT_EQ(did_you_mean("session.", names), ""); // begins two of them
  EXPECT_EQ(did_you_mean("xyz", names), "");
  EXPECT_EQ(did_you_mean("", names), "");
}

} // namespace
} // namespace mdai::config
