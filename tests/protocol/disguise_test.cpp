#include "protocol/bridge/disguise.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "protocol/utf8.hpp"
#include "tests/protocol/document_generator.hpp"
#include "tests/protocol/filter_reference.hpp"
#include "tests/support/session_world.hpp"

namespace mdai::bridge {
namespace {

constexpr std::string_view alias = "PID_0123456789abcdef";
constexpr unsigned max_depth = 128;

result<disguised> disguise_for(std::string_view id, std::string document) {
  return disguise(std::move(document), id, {}, alias, max_depth);
}

TEST(disguise, HidesWhoWasNamedBeforeToo) {
  const std::vector<std::string> earlier{"PLT_ann", "PLT_ann_1", "ab"};
  auto text = [&](std::string document) {
    auto made = disguise(std::move(document), "PLT_berta", earlier, alias, max_depth);
    return made ? made->text : made.error().message();
  };
  EXPECT_EQ(
      text(R"({"a":"PLT_ann and PLT_berta","PLT_ann":"ab","b":"abc"})"),
      R"({"a":"PID_0123456789abcdef and PID_0123456789abcdef","PID_0123456789abcdef":"PID_0123456789abcdef","b":"abc"})");
  EXPECT_EQ(text(R"({"platform_id":"PLT_carla","a":"PLT_ann"})"),
            R"({"platform_id":"PID_0123456789abcdef","a":"PID_0123456789abcdef"})");
}

TEST(disguise, PutsTheAliasInThePersonsPlaceAndLeavesTheRest) {
  struct {
    const char *what, *known, *before, *after, *named;
  } cases[] = {
      {"the value", "", R"({"platform_id":"PLT_ann_1"})", R"({"platform_id":"PID_0123456789abcdef"})", "PLT_ann_1"},
      {"at any depth", "", R"({"a":[{"b":{"platform_id" : "PLT_ann_1" , "c":1}}]})",
       R"({"a":[{"b":{"platform_id" : "PID_0123456789abcdef" , "c":1}}]})", "PLT_ann_1"},
      {"an escaped key", "", R"({"platform\u005fid":"PLT_ann_1"})", R"({"platform\u005fid":"PID_0123456789abcdef"})",
       "PLT_ann_1"},
      {"before it is named", "", R"({"a":"for PLT_ann_1!","platform_id":"PLT_ann_1"})",
       R"({"a":"for PID_0123456789abcdef!","platform_id":"PID_0123456789abcdef"})", "PLT_ann_1"},
      {"the known one in strings", "PLT_ann_1", R"({"a":"\u0050LT_ann\u005F1PLT_ann_1"})",
       R"({"a":"PID_0123456789abcdefPID_0123456789abcdef"})", ""},
      {"in keys", "PLT_ann_1", R"({"x PLT_ann_1":{}})", R"({"x PID_0123456789abcdef":{}})", ""},
      {"short ones only whole", "ab", R"({"a":"ab","b":"abc"})", R"({"a":"PID_0123456789abcdef","b":"abc"})", ""},
      {"a number", "", R"({"platform_id":7654321,"a":"no 7654321"})",
       R"({"platform_id":"PID_0123456789abcdef","a":"no PID_0123456789abcdef"})", "7654321"},
      {"nobody", "", R"({"platform_id":"","a":{"platform_id":null}})", R"({"platform_id":"","a":{"platform_id":null}})",
       ""},
      {"containers", "", R"({"platform_id":{"platform_id":["PLT_x"]},"b":{"platform_id":[]},"c":{"platform_id":true}})",
       R"({"platform_id":null,"b":{"platform_id":null},"c":{"platform_id":null}})", ""},
      {"a duplicate", "", R"({"platform_id":"PLT_ann_1","platform_id":"PLT_ann_1"})",
       R"({"platform_id":"PID_0123456789abcdef","platform_id":"PID_0123456789abcdef"})", "PLT_ann_1"},
      {"the alias itself stays", "PLT_ann_1", R"({"platform_id":"","a":"PID_0123456789abcdef"})",
       R"({"platform_id":"","a":"PID_0123456789abcdef"})", ""},
      {"the key is no string of the person's", "platform", R"({"platform_id":"","a":"platform"})",
       R"({"platform_id":"","a":"PID_0123456789abcdef"})", ""},
      {"nothing to do", "PLT_ann_1", R"({ "n":12345678901234567890 , "s":"\ud83d\ude00\/" })",
       R"({ "n":12345678901234567890 , "s":"\ud83d\ude00\/" })", ""},
  };
  for (auto& c : cases) {
    auto got = disguise_for(c.known, c.before);
    ASSERT_TRUE(got) << c.what;
    EXPECT_EQ(got->text, c.after) << c.what;
    EXPECT_EQ(got->platform_id, c.named) << c.what;
  }
}

TEST(disguise, RefusesTwoPeopleAndAnIdThatTheAliasWouldReveal) {
  for (auto text : {R"({"platform_id":"PLT_one","a":{"platform_id":"PLT_two"}})",
                    R"({"platform_id":"PID_0123456789abcdef"})", R"({"platform_id":"0123456789"})"})
    EXPECT_EQ(disguise_for("", text).error(), errc::invalid_value) << text;
}

TEST(disguise, AliasesAreUnlikeEachOther) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    auto made = make_alias();
    ASSERT_EQ(made.size(), 20u);
    ASSERT_TRUE(made.starts_with("PID_"));
    ASSERT_EQ(made.find_first_not_of("0123456789abcdef", 4), made.npos);
    seen.insert(std::move(made));
  }
  EXPECT_EQ(seen.size(), 1'000u);
}

/// What hardware must never read: the person in any string or key, and another value than the alias under that name.
void expect_nobody(const std::string& text, const std::string& id) {
  const auto tokens = test::nlohmann_tokens(text, std::nullopt);
  const bool anywhere = utf8::count(id).value_or(0) >= 6;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto said = tokens[i].substr(tokens[i].find(' ') + 1);
    const bool readable = tokens[i].starts_with("string ") || tokens[i].starts_with("key ");
    if (readable && tokens[i] != "key platform_id") { // which names nobody
      EXPECT_TRUE(!anywhere || said.find(id) == said.npos) << tokens[i];
      EXPECT_TRUE(id.empty() || said != id) << tokens[i];
    }
    if (tokens[i] == "key platform_id") {
      auto& value = tokens.at(i + 1);
      EXPECT_TRUE(value == "string " + std::string{alias} || value == "string " || value == "null") << value;
    }
  }
}

TEST(disguise, HidesThePersonInWhateverAnAppSends) {
  test::document_generator generate{20261122};
  int hidden = 0, named = 0, refused = 0;
  for (int i = 0; i < 60'000 && !testing::Test::HasFailure(); ++i) {
    const std::string id{generate.choose_id()};
    auto document = generate.document();
    auto tamed = document;
    if (!test::nlohmann_accepts(tamed))
      continue;
    // As it stands inside a message, so that any document does.
    document = R"({"type":"from_app","data":)" + document.substr(document.starts_with("\xEF\xBB\xBF") ? 3 : 0) + '}';
    auto got = disguise_for(id, document);
    if (!got) {
      ++refused;
      continue;
    }
    expect_nobody(got->text, got->platform_id.empty() ? id : got->platform_id);
    hidden += got->text != document;
    named += !got->platform_id.empty();
    // Once more, nothing is left to do.
    auto again = disguise_for(got->platform_id.empty() ? id : got->platform_id, got->text);
    EXPECT_TRUE(!again || !again->platform_id.empty() || again->text == got->text);
    if (testing::Test::HasFailure())
      ADD_FAILURE() << testing::PrintToString(document) << " id " << testing::PrintToString(id);
  }
  EXPECT_GT(hidden, 10'000);
  EXPECT_GT(named, 1'000);
  EXPECT_LT(refused, 40'000);
}

/// The same through the whole machine, with the platform's answers on top.
TEST(disguise, HidesThePersonFromAllThatHardwareHears) {
  test::document_generator generate{20261123};
  auto record = test::session_world::record_for({});
  record.dialect = dialect_id::bridge;
  record.alias = alias;
  int heard = 0;
  for (int i = 0; i < 4'000 && !testing::Test::HasFailure(); ++i) {
    const std::string id{generate.choose_id()};
    test::session_world w{record};
    w.join_mobile(1);
    w.join_device(2, {});
    std::string introduction = R"({"type":"to_hardware","data":{"platform_id":)";
    json::append_quoted(introduction, id);
    w.say(1, introduction + "}}");
    w.machine.on_identified(true, w.now);
    if (w.machine.record().platform_id != id) // nobody, or one whom the alias reveals
      continue;
    w.say(1, R"({"type":"to_hardware","data":)" + generate.document() + '}');
    w.say(2, R"({"type":"to_backend","data":{"image":"AAAA"}})");
    w.machine.on_submitted(true);
    auto data = generate.document();
    data.erase(0, data.starts_with("\xEF\xBB\xBF") ? 3 : 0); // as backend::judge_delivery does
    w.machine.on_outcome({true, {}, json::scan_object(data, {}, {}, max_depth) ? data : "{}"});
    w.machine.on_final_stored();
    if (w.machine.record().platform_id != id) // another one now, whom the platform's answer should not name
      continue;
    for (auto& text : w.sent[2])
      expect_nobody(text, id);
    heard += static_cast<int>(w.sent[2].size());
  }
  EXPECT_GT(heard, 4'000);
}

} // namespace
} // namespace mdai::bridge
