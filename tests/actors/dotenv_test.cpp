#include "actors/dotenv.hpp"

#include <gtest/gtest.h>

namespace mdai::config {
namespace {

struct reading {
  std::string text, name, value;
  text_position at; ///< of the value
};

TEST(dotenv, ReadsNamesAndValues) {
  const std::vector<reading> cases{
      {"A=b", "A", "b", {1, 3}},
      {"A=", "A", "", {1, 3}},
      {"  A = b c  ", "A", "b c", {1, 7}},
      {"export A=b", "A", "b", {1, 10}},
      {"A=b # comment", "A", "b", {1, 3}},
      {"A=b#c", "A", "b#c", {1, 3}}, // colours and URL fragments are no comments
      {"A=#c", "A", "", {1, 3}},
      {"A='b # c'  # comment", "A", "b # c", {1, 3}},
      {"A=\"b\\n\\t\\\"\\\\\\$\\q\"", "A", "b\n\t\"\\$\\q", {1, 3}},
      {"A='b\\n'", "A", "b\\n", {1, 3}},
      {"A=\"b\nc\"", "A", "b\nc", {1, 3}},
      {"A=b\r\n", "A", "b", {1, 3}},
      {"\xef\xbb\xbf"
       "A=b",
       "A",
       "b",
       {1, 3}},
      {"# comment\n\n   \nA=b", "A", "b", {4, 3}},
      {"A=$B=${C}", "A", "$B=${C}", {1, 3}},
      {"exported=1", "exported", "1", {1, 10}},
  };
  for (const auto& c : cases) {
    auto file = parse_dotenv(c.text);
    EXPECT_TRUE(file.errors.empty()) << c.text;
    ASSERT_EQ(file.entries.size(), 1u) << c.text;
    EXPECT_EQ(file.entries[0].name, c.name) << c.text;
    EXPECT_EQ(file.entries[0].value, c.value) << c.text;
    EXPECT_EQ(file.entries[0].value_at, c.at) << c.text;
  }
}

TEST(dotenv, SaysWhereALineIsWrongAndGoesOn) {
  struct wrong {
    std::string text, what;
    text_position at;
  };
  const std::vector<wrong> cases{
      {"FOO BAR\nA=b", "expected '=' after the name", {1, 5}},
      {"FOO\nA=b", "expected '=' after the name", {1, 4}},
      {"=x\nA=b", "expected NAME=value", {1, 1}},
      {"\n  {}\nA=b", "expected NAME=value", {2, 3}},
      {"X=\"y\"z\nA=b", "unexpected text after the closing quote", {1, 6}},
  };
  for (const auto& c : cases) {
    auto file = parse_dotenv(c.text);
    ASSERT_EQ(file.errors.size(), 1u) << c.text;
    EXPECT_EQ(file.errors[0].what, c.what);
    EXPECT_EQ(file.errors[0].at, c.at) << c.text;
    ASSERT_EQ(file.entries.size(), 1u) << c.text;
    EXPECT_EQ(file.entries[0].name, "A");
  }
}

TEST(dotenv, SaysWhereAQuoteThatNeverClosesBegan) {
  auto file = parse_dotenv("A=b\nX='y\nz");
  ASSERT_EQ(file.errors.size(), 1u);
  EXPECT_EQ(file.errors[0].what, "the quote is never closed");
  EXPECT_EQ(file.errors[0].at, (text_position{2, 3}));
}

TEST(dotenv, CountsLinesThroughQuotes) {
  auto file = parse_dotenv("A=\"1\n2\n3\"\nB=x");
  ASSERT_EQ(file.entries.size(), 2u);
  EXPECT_EQ(file.entries[1].value_at, (text_position{4, 3}));
}

} // namespace
} // namespace mdai::config
