#include "protocol/json.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/allocations.hpp"

namespace mdai::json {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr unsigned depth = 128;

boost::system::error_code verdict(std::string_view document, unsigned max_depth = depth) {
  // A copy of exactly this size: an address sanitizer sees a read past the end.
  const std::vector<char> exact(document.begin(), document.end());
  const auto scanned = scan_object({exact.data(), exact.size()}, {}, {}, max_depth);
  return scanned ? boost::system::error_code{} : scanned.error();
}

std::optional<value> find(std::string_view document, std::string_view name) {
  std::optional<value> found;
  EXPECT_TRUE(scan_object(document, {&name, 1}, {&found, 1}, depth)) << document;
  return found;
}

value number_value(std::string_view text) { return {kind::number, text}; }

std::string nested(std::string_view open, std::string_view inner, std::string_view close, unsigned times) {
  std::string out;
  for (unsigned i = 0; i < times; ++i)
    out += open;
  out += inner;
  for (unsigned i = 0; i < times; ++i)
    out += close;
  return out;
}

TEST(json_scan, AcceptsEveryValidObject) {
  const std::string_view documents[] = {
      "{}",
      " \t\r\n{ \t\r\n} \t\r\n",
      R"({"a":1})",
      R"({"":""})",
      R"({"a":[],"b":{},"c":[[]],"d":[{}]})",
      R"({ "a" : [ 1 , 2 , { "b" : null } ] , "c" : true , "d" : false })",
      R"({"a":0,"b":-0,"c":10,"d":-1.5,"e":1e5,"f":1E+5,"g":1.25e-10,"h":0.0,"i":0e0})",
      R"({"a":123456789012345678901234567890,"b":1e400,"c":-1e-400})",
      R"({"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\uFFFF"})",
      R"({"a":"\ud83d\ude00","b":"\uD800\uDC00","c":"\udbff\udfff"})",
      "{\"a\":\"\x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF \xF0\x90\x80\x80 "
      "\xF4\x8F\xBF\xBF\"}",
      "{\"\xC3\xA9\":1}",
      R"({"a":1,"a":2})",
      "\xEF\xBB\xBF{}",
      "\xEF\xBB\xBF {\"a\":\"\xEF\xBB\xBF\"}",
      R"({"a":"0123456789abcdef0123456789abcdef0123456789abcdef\n0123456789abcdef"})",
  };
  for (const auto document : documents) {
    EXPECT_EQ(verdict(document), boost::system::error_code{}) << document;
    EXPECT_TRUE(nlohmann::json::accept(document) || document.find("e400") != document.npos) << document;
  }
}

TEST(json_scan, RefusesWhatIsNoJson) {
  const std::string_view documents[] = {
      "",
      " ",
      "{",
      "}",
      "{]",
      "[}",
      "{}}",
      "{}{}",
      "{},",
      "{} x",
      "{,}",
      R"({"a"})",
      R"({"a":})",
      R"({"a" 1})",
      R"({"a"::1})",
      R"({"a":1,})",
      R"({,"a":1})",
      R"({"a":1 "b":2})",
      R"({"a":1,,"b":2})",
      R"({"a":1)",
      R"({"a":1,)",
      R"({"a)",
      R"({"a")",
      R"({"a":)",
      R"({"a":[1,2)",
      R"({"a":[1,]})",
      R"({"a":[,1]})",
      R"({"a":[1 2]})",
      R"({"a":[1}})",
      R"({"a":[1:2]})",
      R"({a:1})",
      R"({'a':1})",
      R"({1:1})",
      R"({null:1})",
      R"({"a":tru})",
      R"({"a":truex})",
      R"({"a":True})",
      R"({"a":nul})",
      R"({"a":fals)",
      R"({"a":NaN})",
      R"({"a":Infinity})",
      R"({"a":01})",
      R"({"a":-01})",
      R"({"a":+1})",
      R"({"a":-})",
      R"({"a":.5})",
      R"({"a":5.})",
      R"({"a":5.e1})",
      R"({"a":1e})",
      R"({"a":1e+})",
      R"({"a":1e1.5})",
      R"({"a":0x10})",
      R"({"a":1_000})",
      R"({"a":--1})",
      R"({"a":1e5)",
      R"({"a":"\x41"})",
      R"({"a":"\u12"})",
      R"({"a":"\u12G4"})",
      R"({"a":"\U0041"})",
      R"({"a":"\)",
      R"({"a":"\u)",
      R"({"a":"\u004)",
      R"({"a":"\"})",
      R"({"a":"\ud800"})",
      R"({"a":"\ud800x"})",
      R"({"a":"\ud800\n"})",
      R"({"a":"\ud800\u0041"})",
      R"({"a":"\ud800\ud800"})",
      R"({"a":"\ud800\udbff"})",
      R"({"a":"\ud800\ue000"})",
      R"({"a":"\udc00"})",
      R"({"a":"\udc00\udc00"})",
      R"({"a":"\udfff\ud800"})",
      R"({"a":"\ud83d\ude0)",
      R"({"a":"\ud83d)",
      R"({"a":"\ud83d\)",
      R"({"a":"\ud83d\u)",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\t\"}",
      "{\"a\":\"0123456789abcdef\x1F\"}",
      "{\"a\n\":1}",
      "{\"a\":1}\0"sv,
      "{\"a\":1}\0{}"sv,
      "\0{}"sv,
      "{\"a\":\"\0\"}"sv,
      "{\"a\":\0}"sv,
      "{\v}",
      "{\"a\":1\f}",
      "{\xC2\xA0}",
      "\xEF\xBB\xBF",
      "\xEF\xBB\xBF\xEF\xBB\xBF{}",
      " \xEF\xBB\xBF{}",
      "/* c */ {}",
      "{} // c",
      "[1,",
      "\"a",
      "nul",
      "-",
      "[1] 2",
  };
  for (const auto document : documents) {
    EXPECT_EQ(verdict(document), errc::malformed_json) << document;
    // nlohmann takes NUL for the end of the text.
    EXPECT_TRUE(document.find('\0') != document.npos || !nlohmann::json::accept(document)) << document;
  }
}

TEST(json_scan, RefusesWhatIsNoUtf8) {
  const std::string_view sequences[] = {
      "\x80", // continuation alone
      "\xBF",
      "\xC0\x80", // overlong
      "\xC1\xBF",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xED\xA0\x80", // surrogates
      "\xED\xBF\xBF",
      "\xF4\x90\x80\x80", // past U+10FFFF
      "\xF5\x80\x80\x80",
      "\xF8\x88\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xC3", // cut short
      "\xE2\x82",
      "\xF0\x9F\x98",
      "\xC3(",
      "\xE2\x82(",
      "\xE2(\x82",
      "\xF0\x9F\x98(",
      "\xC3\xC3\xA9",
  };
  for (const auto bad : sequences) {
    const auto quoted = "{\"a\":\"0123456789abcdef"s.append(bad) + "\"}";
    EXPECT_EQ(verdict(quoted), errc::invalid_utf8) << quoted;
    EXPECT_FALSE(nlohmann::json::accept(quoted)) << quoted;
    EXPECT_EQ(verdict("{\"a\":\""s.append(bad)), errc::invalid_utf8) << "cut off after " << quoted;
    EXPECT_EQ(verdict("{\""s.append(bad) + "\":1}"), errc::invalid_utf8) << "as a key " << quoted;
    EXPECT_EQ(verdict("{\"a\":"s.append(bad) + "}"), errc::invalid_utf8) << "outside strings " << quoted;
  }
}

TEST(json_scan, RefusesValidJsonThatIsNoObject) {
  for (const auto document :
       {"[]", "[{}]", "1", " -1.5e3 ", "\"a\"", "true", "false", "null", "[1,[2],{\"a\":3}]", "\xEF\xBB\xBF[]"})
    EXPECT_EQ(verdict(document), errc::not_an_object) << document;
}

TEST(json_scan, CountsTheTopLevelObjectAsDepthOne) {
  struct row {
    std::string document;
    unsigned needs;
  };
  const row rows[] = {
      {"{}", 1},
      {R"({"a":1,"b":"{[{["})", 1},
      {R"({"a":{}})", 2},
      {R"({"a":[],"b":{},"c":[]})", 2},
      {R"({"a":[{}],"b":1})", 3},
      {nested(R"({"a":)", "1", "}", 64), 64},
      {nested(R"({"a":)", "1", "}", 65), 65},
      {R"({"a":)" + nested("[", "", "]", 127) + "}", 128},
      {R"({"a":)" + nested("[", "", "]", 1023) + "}", 1024},
      {nested(R"({"a":[)", "", "]}", 512), 1024},
  };
  for (const auto& [document, needs] : rows) {
    EXPECT_EQ(verdict(document, needs), boost::system::error_code{}) << document;
    EXPECT_EQ(verdict(document, needs - 1), errc::nesting_too_deep) << document;
  }
}

TEST(json_scan, TellsNestingTooDeepAsSoonAsItIsSeen) {
  EXPECT_EQ(verdict(R"({"a":[[[)", 3), errc::nesting_too_deep);
  EXPECT_EQ(verdict("[[[[", 3), errc::nesting_too_deep);
  EXPECT_EQ(verdict("[[[", 3), errc::malformed_json);
}

TEST(json_scan, RefusesTwoMillionLevelsWithoutRecursion) {
  for (const unsigned limit : {1u, 128u, 1024u, std::numeric_limits<unsigned>::max()}) {
    EXPECT_EQ(verdict(nested("[", "", "", 2'000'000), limit), errc::nesting_too_deep);
    EXPECT_EQ(verdict(nested(R"({"a":)", "1", "}", 2'000'000), limit), errc::nesting_too_deep);
  }
}

TEST(json_scan, FindsTopLevelMembersWithTheirExactBytes) {
  struct row {
    std::string_view document;
    kind expected;
    std::string_view text;
  };
  const row rows[] = {
      {R"({"x":"a\u0041\/"})", kind::string, R"("a\u0041\/")"},
      {R"({"x": -1.50E+03 })", kind::number, "-1.50E+03"},
      {R"({"x" : true})", kind::boolean, "true"},
      {R"({"x":false,"y":1})", kind::boolean, "false"},
      {R"({"x":null})", kind::null, "null"},
      {R"({"x": { "x" : [ 1 ] } , "y":2})", kind::object, R"({ "x" : [ 1 ] })"},
      {R"({"y":{"x":1},"x":[ {"x":2}, [] ]})", kind::array, R"([ {"x":2}, [] ])"},
      {R"({"x":1,"x":2,"y":3})", kind::number, "2"},
      {R"({"x":{"x":1},"x":[2]})", kind::array, "[2]"},
      {R"({"\u0078":7})", kind::number, "7"},
      {"\xEF\xBB\xBF{\"x\":7}", kind::number, "7"},
  };
  for (const auto& [document, expected, text] : rows) {
    const auto found = find(document, "x");
    ASSERT_TRUE(found) << document;
    EXPECT_EQ(found->kind, expected) << document;
    EXPECT_EQ(found->text, text) << document;
  }
}

TEST(json_scan, FindsOnlyWhatIsAskedForAtTheTopLevel) {
  for (const auto document :
       {"{}", R"({"y":{"x":1},"z":[{"x":2}]})", R"({"xx":1,"":2,"X":3})", R"({"\u0078x":1})", R"({"\u0079":1})"})
    EXPECT_FALSE(find(document, "x")) << document;
  EXPECT_TRUE(find(R"({"":1})", ""));
}

TEST(json_scan, FindsSeveralMembersInAnyOrder) {
  constexpr std::array names = {"type"sv, "data"sv, "absent"sv};
  std::array<std::optional<value>, 3> found;
  ASSERT_TRUE(scan_object(R"({"data":{"type":"inner"},"other":0,"type":"ping"})", names, found, depth));
  EXPECT_EQ(found[0]->text, R"("ping")");
  EXPECT_EQ(found[1]->text, R"({"type":"inner"})");
  EXPECT_FALSE(found[2]);
}

TEST(json_scan, ForgetsWhatItFoundWhenTheDocumentIsRefused) {
  constexpr std::array names = {"a"sv};
  std::array<std::optional<value>, 1> found = {number_value("9")};
  EXPECT_FALSE(scan_object(R"({"a":1,)", names, found, depth));
  EXPECT_FALSE(found[0]);
  found = {number_value("9")};
  EXPECT_TRUE(scan_object(R"({"b":1})", names, found, depth));
  EXPECT_FALSE(found[0]) << "left from an earlier search";
}

TEST(json_scan, AllocatesNothing) {
  const auto document = R"({"type":"to_device","data":{"t":"caf\u00e9 \ud83d\ude00","n":[1,2.5e3,[{}]]},"x":)" +
                        nested("[", "", "]", 100) + "}";
  constexpr std::array names = {"type"sv, "data"sv};
  std::array<std::optional<value>, 2> found;
  const auto before = test::allocations();
  const bool valid = scan_object(document, names, found, depth).has_value();
  const bool same = equals(*found[0], "to_device");
  EXPECT_EQ(test::allocations(), before);
  EXPECT_TRUE(valid && same);
}

} // namespace
} // namespace mdai::json
