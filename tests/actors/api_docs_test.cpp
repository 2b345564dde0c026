#include "actors/api_docs.hpp"

#include <set>

#include "actors/routes.hpp"
#include "tests/actors/face_fixture.hpp"

namespace mdai::test {
namespace {

using json = nlohmann::json;
using route_set = std::set<std::pair<std::string, std::string>>; ///< method and path, without the slash at its end

std::string without_slash(std::string path) {
  return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

/// But for pages and what they load, which are no API.
route_set live_routes(const transport::router& r) {
  route_set out;
  for (auto& [method, path] : r.http_routes())
    if (path != "/face" && !path.starts_with("/face/"))
      out.emplace(method, without_slash(path));
  return out;
}

/// What the schema says of one listener.
route_set described_routes(const json& schema, const std::string& listener) {
  route_set out;
  for (auto& [path, item] : schema["paths"].items()) {
    auto listeners = item.value("x-listeners", json{"public"});
    if (std::find(listeners.begin(), listeners.end(), listener) == listeners.end())
      continue;
    for (auto& [key, operation] : item.items())
      if (operation.is_object() && operation.contains("responses")) {
        auto method = key;
        std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c - 32); });
        out.emplace(method, without_slash(path));
      }
  }
  return out;
}

/// Every "$ref" in a document.
void collect_refs(const json& node, std::set<std::string>& out) {
  if (node.is_object() && node.contains("$ref"))
    out.insert(node["$ref"].get<std::string>());
  if (node.is_structured())
    for (auto& child : node)
      collect_refs(child, out);
}

TEST_F(face_test, TheSchemaNamesEveryRouteAndNoOther) {
  auto schema = json::parse(api_schema(true));
  EXPECT_EQ(live_routes(*public_routes(w.env)), described_routes(schema, "public"));
  EXPECT_EQ(live_routes(*admin_routes(w.env)), described_routes(schema, "admin"));
}

TEST_F(actor_test, WithoutTheFaceProductItNamesNoneOfItsRoutes) {
  auto schema = json::parse(api_schema(false));
  EXPECT_EQ(live_routes(*public_routes(w.env)), described_routes(schema, "public"));
  EXPECT_FALSE(schema["paths"].contains("/api/auth/enrollment/"));
}

TEST(api_schema, IsWhole) {
  for (bool with_face : {true, false}) {
    auto schema = json::parse(api_schema(with_face));
    EXPECT_EQ(schema["openapi"], "3.1.0");
    EXPECT_EQ(schema["info"]["version"], MDAI_VERSION);
    std::set<std::string> refs;
    collect_refs(schema, refs);
    for (auto& ref : refs)
      EXPECT_TRUE(schema.contains(json::json_pointer(ref.substr(1)))) << ref;
    std::set<std::string> tags;
    for (auto& tag : schema["tags"])
      tags.insert(tag["name"]);
    for (auto& [path, item] : schema["paths"].items())
      for (auto& [method, operation] : item.items())
        if (operation.is_object() && operation.contains("responses")) {
          EXPECT_TRUE(tags.contains(operation["tags"][0])) << path;
          EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
          EXPECT_TRUE(path.find('{') == path.npos || item.contains("parameters") || operation.contains("parameters"))
              << path << " does not describe its parameter";
        }
  }
}

TEST(docs_page, RunsItsOwnScriptAndNothingElse) {
  auto page = docs_page();
  EXPECT_EQ(page.status, 200u);
  EXPECT_TRUE(page.content_type.starts_with("text/html"));
  auto policy = std::string{page.headers.get("Content-Security-Policy")};
  EXPECT_NE(policy.find("default-src 'none'"), policy.npos);
  EXPECT_EQ(policy.find("unsafe"), policy.npos);
  EXPECT_EQ(page.body.find("http://"), page.body.rfind("http://")); // the admin listener's address, in an example
  EXPECT_EQ(page.body.find("https://"), page.body.npos);
  EXPECT_EQ(page.body.find(" src="), page.body.npos);
}

TEST(docs_page, APolicyNamesTheDigestOfEachElement) {
  EXPECT_EQ(page_policy("<style>a</style><script>x</script><script>y</script>"),
            "default-src 'none'; script-src 'sha256-LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=' "
            "'sha256-ofzkNjhU/4iM/0uOeHXWAMJoI5BBKoz3mzfQsRFIsPo='; style-src "
            "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='; connect-src 'self'; base-uri 'none'; form-action "
            "'none'; frame-ancestors 'none'");
}

} // namespace
} // namespace mdai::test
