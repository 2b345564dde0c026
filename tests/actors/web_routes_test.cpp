#include "actors/web_routes.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "web/files.hpp"

namespace mdai::test {
namespace {

transport::http_response ask(const transport::router& routes, std::string path, std::string etag = {}) {
  transport::http_request request;
  request.method = "GET";
  request.path = std::move(path);
  if (!etag.empty())
    request.headers.set("If-None-Match", std::move(etag));
  const auto found = routes.find(request);
  std::optional<transport::http_response> answer;
  (*found.http)(std::move(request),
                transport::http_responder{[&](transport::http_response r) { answer = std::move(r); }});
  return std::move(*answer);
}

TEST(web_files, AreInTheBinaryByteForByte) {
  for (const auto& f : web::files()) {
    EXPECT_FALSE(f.bytes.empty()) << f.name;
    EXPECT_EQ(f.bytes.back(), '\n') << f.name;
  }
}

TEST(web_routes, ServeAPageThatMayUseNothingButItsServer) {
  transport::router routes;
  add_web_file(routes, "/face", "face/face.html");
  const auto page = ask(routes, "/face");
  EXPECT_EQ(page.status, 200u);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(page.body.starts_with("<!doctype html>"));
  const auto policy = page.headers.get("Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), policy.npos);
  EXPECT_EQ(policy.find("unsafe"), policy.npos);
}

TEST(web_routes, SendAFileOnceToAClientThatKeepsIt) {
  transport::router routes;
  add_web_file(routes, "/face/page.js", "face/page.js");
  const auto first = ask(routes, "/face/page.js");
  EXPECT_EQ(first.content_type, "text/javascript; charset=utf-8");
  const std::string etag{first.headers.get("ETag")};
  const auto again = ask(routes, "/face/page.js", etag);
  EXPECT_EQ(again.status, 304u);
  EXPECT_TRUE(again.body.empty());
  EXPECT_EQ(ask(routes, "/face/page.js", "\"another\"").status, 200u);
}

} // namespace
} // namespace mdai::test
