#include "protocol/privacy_filter.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/protocol/vectors.hpp"
#include "tests/support/allocations.hpp"

namespace mdai {
namespace {

using namespace std::string_view_literals;

constexpr unsigned depth = 128;
constexpr auto id = "PLT_secret9";

/// What a device gets. An untouched `out` shows that nothing had to go.
std::string cleaned(std::string_view platform_id, std::string_view document) {
  std::string out = "untouched";
  const auto changed = privacy_filter{std::string{platform_id}}.apply(document, out, depth);
  if (!changed)
    return "error: " + changed.error().message();
  EXPECT_TRUE(*changed || out == "untouched") << document;
  return *changed ? out : std::string{document};
}

struct row {
  std::string_view in;
  std::string_view out;
};

TEST(privacy_filter, KeepsTheContractsVectors) {
  const auto& known = vectors().at("privacy_filter");
  ASSERT_FALSE(known.empty());
  for (const auto& vector : known)
    EXPECT_EQ(cleaned(vector.at("platform_id").get<std::string>(), vector.at("in").get<std::string>()),
              vector.at("out").get<std::string>());
}

TEST(privacy_filter, CutsAMemberWithOneAdjoiningComma) {
  const row rows[] = {
      {R"({"platform_id":1})", "{}"},
      {R"({ "platform_id" : 1 })", "{  }"},
      {R"({"platform_id":1,"a":2})", R"({"a":2})"},
      {R"({ "platform_id" : 1 , "a" : 2 })", R"({ "a" : 2 })"},
      {R"({"a":2,"platform_id":1})", R"({"a":2})"},
      {R"({ "a" : 2 , "platform_id" : 1 })", R"({ "a" : 2  })"},
      {R"({"a":1 , "platform_id":2 , "b":3})", R"({"a":1 , "b":3})"},
      {"{\n\t\"platform_id\": 1,\r\n\t\"a\": 2\n}", "{\n\t\"a\": 2\n}"},
      {"{\n\t\"a\": 2,\r\n\t\"platform_id\": 1\n}", "{\n\t\"a\": 2\n}"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, CutsSeveralMembersOfOneObject) {
  const row rows[] = {
      {R"({"platform_id":1,"platform_id":2})", "{}"},
      {R"({ "platform_id":1 , "platform_id":2 })", "{  }"},
      {R"({"platform_id":1,"platform_id":2,"a":3})", R"({"a":3})"},
      {R"({"a":3 , "platform_id":1 , "platform_id":2 })", R"({"a":3  })"},
      {R"({"platform_id":1,"a":2,"platform_id":3})", R"({"a":2})"},
      {R"({"a":1,"platform_id":2,"b":3,"platform_id":4,"c":5})", R"({"a":1,"b":3,"c":5})"},
      {R"({"platform_id":1, "platform_id":2, "a":3, "platform_id":4, "platform_id":5})", R"({"a":3})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, CutsAtEveryDepth) {
  const row rows[] = {
      {R"({"a":{"platform_id":1}})", R"({"a":{}})"},
      {R"({"a":[{"platform_id":1},{"b":1,"platform_id":2}]})", R"({"a":[{},{"b":1}]})"},
      {R"({"a":{"platform_id":1},"platform_id":2})", R"({"a":{}})"},
      {R"({"a":{"b":{"platform_id":1},"platform_id":2},"c":3})", R"({"a":{"b":{}},"c":3})"},
      {R"({"a":[1,{"platform_id":1,"b":[{"platform_id":2}]}],"c":3})", R"({"a":[1,{"b":[{}]}],"c":3})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, CutsTheWholeValue) {
  const row rows[] = {
      {R"({"platform_id":{"platform_id":1,"x":[{"platform_id":2}]},"a":1})", R"({"a":1})"},
      {R"({"a":1,"platform_id":{"platform_id":1,"b":2}})", R"({"a":1})"},
      {R"({"platform_id":[[],{},"}",{"PLT_secret9":"PLT_secret9"}],"a":1})", R"({"a":1})"},
      {R"({"platform_id":{"a":1,"platform_id":2},"platform_id":[{"b":1}]})", "{}"},
      {R"({"platform_id":"PLT_secret9","a":"PLT_secret9"})", R"({"a":"***********"})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, ComparesKeysAfterUnescaping) {
  const row rows[] = {
      {R"({"platform\u005fid":1,"a":2})", R"({"a":2})"},
      {R"({"\u0070\u006C\u0061\u0074\u0066\u006f\u0072\u006D\u005F\u0069\u0064":1})", "{}"},
      {R"({"a":{"platform_i\u0064":1}})", R"({"a":{}})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, PassesEverythingElseAsItIs) {
  const std::string_view documents[] = {
      "{}",
      R"({"type":"to_device","data":{"a":[1.10,1e400,-0,12345678901234567890123],"dup":1,"dup":2}})",
      R"({"platformId":1,"platform_id ":2,"PLATFORM_ID":3,"platform_i":4,"platform_idx":5,"platform\\u005fid":6})",
      R"({"a":"platform_id","b":["platform_id"]})",
      R"({"a":"PLT_secret","b":"LT_secret9","c":"plt_secret9","d":"PLT_secre\u0000t9","e":"\\u0050LT_secret9"})",
      R"({"a":"PLT_secretPLT_secret8","b":"PLTPLT_PLT_secre"})",
      "\xEF\xBB\xBF { \"caf\\u00e9\" : \"caf\xC3\xA9 \\/ \\ud83d\\ude00\" } \n",
  };
  for (const auto document : documents)
    EXPECT_EQ(cleaned(id, document), document);
}

TEST(privacy_filter, KeepsEveryByteAroundACut) {
  EXPECT_EQ(cleaned(id, "\xEF\xBB\xBF { \"caf\\u00E9\" : 1.10 , \"platform_id\":0, \"e\":1e400 } \n"),
            "\xEF\xBB\xBF { \"caf\\u00E9\" : 1.10 , \"e\":1e400 } \n");
}

TEST(privacy_filter, MasksTheIdInsideStringsAndKeys) {
  const row rows[] = {
      {R"({"a":"PLT_secret9"})", R"({"a":"***********"})"},
      {R"({"a":["x PLT_secret9 y","PLT_secret9PLT_secret9"]})",
       R"({"a":["x *********** y","**********************"]})"},
      {R"({"PLT_secret9":{"xPLT_secret9":1}})", R"({"***********":{"x***********":1}})"},
      {R"({"a":"PLT_PLT_secret9"})", R"({"a":"PLT_***********"})"},
      {R"({"a":"PLT_secretPLT_secret99"})", R"({"a":"PLT_secret***********9"})"},
      {R"({"a":"\u0050LT_secret9"})", R"({"a":"***********"})"},
      {R"({"a":"\u00e9\n\u0050\u004cT_secre\u00749\/\t"})", R"({"a":"\u00e9\n***********\/\t"})"},
      {R"({"a":"\\PLT_secret9\\"})", R"({"a":"\\***********\\"})"},
      {R"({"PLT_\u0073ecret9":1})", R"({"***********":1})"},
      {R"({"platform_id_PLT_secret9":1,"platform_id":2})", R"({"platform_id_***********":1})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(id, in), out) << in;
}

TEST(privacy_filter, MasksLeftmostMatchesThatDoNotOverlap) {
  EXPECT_EQ(cleaned("abaaba", R"({"a":"abaabaaba","b":"xabaababaaba"})"), R"({"a":"******aba","b":"x******baaba"})");
  EXPECT_EQ(cleaned("aaaaaa", R"({"a":"aaaaaaaaaaaaa","b":"aaaaa"})"), R"({"a":"************a","b":"aaaaa"})");
}

TEST(privacy_filter, MasksOneStarPerCodePoint) {
  constexpr auto wide = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80xyz"; // é, €, an emoji, xyz
  const row rows[] = {
      {"{\"a\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80xyz\"}", R"({"a":"******"})"},
      {R"({"a":"<\u00e9\u20ac\ud83d\ude00xyz>"})", R"({"a":"<******>"})"},
      {"{\"a\":\"\\u00E9\xE2\x82\xAC\\uD83D\\uDE00x\\u0079z\xC3\xA9\"}", "{\"a\":\"******\xC3\xA9\"}"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned(wide, in), out) << in;
}

TEST(privacy_filter, MasksIdsThatNeedEscapes) {
  EXPECT_EQ(cleaned("a\"b\\c/\n", R"({"a":"a\"b\\c\/\u000a","b":"a\"b\\c/\n!"})"), R"({"a":"*******","b":"*******!"})");
}

TEST(privacy_filter, MasksShortIdsOnlyWhereTheyAreTheWholeString) {
  const row rows[] = {
      {R"({"a":"u1","b":"u12","u1":0,"xu1":"xu1"})", R"({"a":"**","b":"u12","**":0,"xu1":"xu1"})"},
      {R"({"a":"\u00751","b":["u\u0031"]})", R"({"a":"**","b":["**"]})"},
      {R"({"a":"u1u1"})", R"({"a":"u1u1"})"},
  };
  for (const auto& [in, out] : rows)
    EXPECT_EQ(cleaned("u1", in), out) << in;
  EXPECT_EQ(cleaned("12345", R"({"a":"12345","b":"x12345"})"), R"({"a":"*****","b":"x12345"})");
  EXPECT_EQ(cleaned("123456", R"({"a":"123456","b":"x123456"})"), R"({"a":"******","b":"x******"})");
  // Five code points in ten bytes are short.
  EXPECT_EQ(
      cleaned("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", "{\"a\":\"x\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"}"),
      "{\"a\":\"x\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"}");
}

TEST(privacy_filter, MasksNothingForAnEmptyIdButStillCuts) {
  EXPECT_EQ(cleaned("", R"({"a":"","":1,"b":"x"})"), R"({"a":"","":1,"b":"x"})");
  EXPECT_EQ(cleaned("", R"({"platform_id":1,"":""})"), R"({"":""})");
}

TEST(privacy_filter, MasksNothingForAnIdThatNoJsonTextCanContain) {
  EXPECT_EQ(cleaned("\xA9_secret", "{\"a\":\"\xC3\xA9_secret\"}"), "{\"a\":\"\xC3\xA9_secret\"}");
}

TEST(privacy_filter, FindsMembersAsTheyWereBeforeTheCuts) {
  constexpr std::array names = {"type"sv, "data"sv, "platform_id"sv};
  std::array<std::optional<json::value>, 3> found;
  std::string out;
  const auto changed = privacy_filter{id}.apply(
      R"({"type":"to_device","platform_id":"PLT_secret9","data":{"platform_id":1,"s":"PLT_secret9"}})", out, depth,
      names, found);
  ASSERT_TRUE(changed && *changed);
  EXPECT_EQ(out, R"({"type":"to_device","data":{"s":"***********"}})");
  EXPECT_EQ(found[0]->text, R"("to_device")");
  EXPECT_EQ(found[1]->text, R"({"platform_id":1,"s":"PLT_secret9"})");
  EXPECT_EQ(found[2]->text, R"("PLT_secret9")");
}

TEST(privacy_filter, RefusesWhatTheScanRefusesAndLeaksNothing) {
  struct refusal {
    std::string_view document;
    errc error;
  };
  const refusal refusals[] = {
      {R"({"platform_id":1,"a":"PLT_secret9",})", errc::malformed_json},
      {R"([{"platform_id":1}])", errc::not_an_object},
      {"{\"platform_id\":1,\"a\":\"\xFF\"}", errc::invalid_utf8},
      {R"({"platform_id":1,"a":[[[[]]]]})", errc::nesting_too_deep},
      {R"({"platform_id":[[[[]]]]})", errc::nesting_too_deep},
      {R"({"platform_id":tru})", errc::malformed_json},
      {"{}\0{\"platform_id\":1}"sv, errc::malformed_json},
  };
  constexpr std::array names = {"platform_id"sv};
  for (const auto& [document, error] : refusals) {
    std::array<std::optional<json::value>, 1> found;
    std::string out;
    const auto changed = privacy_filter{id}.apply(document, out, 4, names, found);
    ASSERT_FALSE(changed) << document;
    EXPECT_EQ(changed.error(), error) << document;
    EXPECT_EQ(out, "") << document;
    EXPECT_FALSE(found[0]) << document;
  }
}

TEST(privacy_filter, AllocatesNothingWhenNothingHasToGo) {
  const privacy_filter filter{id};
  std::string out;
  constexpr auto document =
      R"({"type":"to_device","data":{"t":"caf\u00e9","n":[1,2.5e3,{}],"PLT_":"PLT_secret no","x":"PLT_secret8"}})";
  const auto before = test::allocations();
  const bool changed = filter.apply(document, out, depth).value();
  EXPECT_EQ(test::allocations(), before);
  EXPECT_FALSE(changed);
}

TEST(privacy_filter, AllocatesOnceHoweverMuchGoes) {
  const privacy_filter filter{id};
  std::string document = R"({"a":[{})";
  for (int i = 0; i < 1000; ++i)
    document += R"(,{"platform_id":1,"s":"PLT_secret9 and PLT_secret9"})";
  document += "]}";
  std::string out;
  const auto before = test::allocations();
  const bool changed = filter.apply(document, out, depth).value();
  EXPECT_EQ(test::allocations(), before + 1);
  EXPECT_TRUE(changed);
}

TEST(privacy_filter, MasksPlainText) {
  const privacy_filter filter{id};
  EXPECT_EQ(filter.mask_text(""), "");
  EXPECT_EQ(filter.mask_text("nothing here"), "nothing here");
  EXPECT_EQ(filter.mask_text("id PLT_secret9, PLT_secret9!"), "id ***********, ***********!");
  EXPECT_EQ(filter.mask_text(R"(\u0050LT_secret9)"), R"(\u0050LT_secret9)");
  EXPECT_EQ(privacy_filter{"u1"}.mask_text("u1"), "**");
  EXPECT_EQ(privacy_filter{"u1"}.mask_text("u12"), "u12");
  EXPECT_EQ(privacy_filter{""}.mask_text("text"), "text");
  EXPECT_EQ(privacy_filter{"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"}.mask_text(
                "<\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9>"),
            "<******>");
}

} // namespace
} // namespace mdai
