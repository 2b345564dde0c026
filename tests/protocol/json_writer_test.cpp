#include "protocol/json_writer.hpp"

#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mdai::json {
namespace {

std::string string_of(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

TEST(json_writer, WritesWhatTheLibraryWrites) {
  nlohmann::ordered_json expected{{"text", "plain"}, {"quoted", "a \"b\" \\ \n \x01"},
                                  {"number", -12},   {"big", 1ull << 63},
                                  {"yes", true},     {"no", false},
                                  {"empty", ""}};
  EXPECT_EQ(object_writer{}
                .text("text", "plain")
                .text("quoted", "a \"b\" \\ \n \x01")
                .number("number", -12)
                .number("big", 1ull << 63)
                .boolean("yes", true)
                .boolean("no", false)
                .text("empty", "")
                .done(),
            expected.dump());
  EXPECT_EQ(object_writer{}.done(), "{}");
}

TEST(json_writer, WritesAnyBytesAsTheLibraryDoes) {
  std::mt19937 random{7};
  for (int i = 0; i < 2'000; ++i) {
    std::string text(random() % 40, '\0');
    for (auto& c : text)
      c = static_cast<char>(i % 2 ? random() : ' ' + random() % 95);
    EXPECT_EQ(string_of(text), nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

} // namespace
} // namespace mdai::json
