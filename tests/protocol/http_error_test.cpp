#include "protocol/http_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mdai {
namespace {

TEST(http_error, HasTheContractsFields) {
  EXPECT_EQ(http_error_body("UNAUTHORIZED", "Missing bearer token", "req-1"),
            R"({"success":false,"error":"Missing bearer token","error_code":"UNAUTHORIZED",)"
            R"("message":"Missing bearer token","detail":"Missing bearer token","request_id":"req-1"})");
}

TEST(http_error, EscapesWhateverTheTextHolds) {
  for (std::string text :
       {"quote \" backslash \\ slash /", "line\nfeed\ttab\x01\x1f\x7f", "caf\u00e9 \U0001F600", ""}) {
    auto body = nlohmann::json::parse(http_error_body("BAD_REQUEST", text, text));
    for (auto field : {"error", "message", "detail", "request_id"})
      EXPECT_EQ(body[field], text);
  }
}

TEST(http_error, ReplacesInvalidUtf8) {
  auto body = nlohmann::json::parse(http_error_body("BAD_REQUEST", "a\xff", "r"));
  EXPECT_EQ(body["error"], "a\uFFFD");
}

} // namespace
} // namespace mdai
