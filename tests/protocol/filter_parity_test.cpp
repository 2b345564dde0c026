#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "protocol/privacy_filter.hpp"
#include "tests/protocol/document_generator.hpp"
#include "tests/protocol/filter_reference.hpp"

/// A million documents, whole and broken: scan and filter against nlohmann and against a slow filter of their
/// own.
namespace mdai {
namespace {

using namespace std::string_view_literals;

constexpr int shards = 8;
constexpr int documents_per_shard = 125'000;
constexpr std::array names = {"platform_id"sv, "type"sv, "data"sv};

using members = std::array<std::optional<json::value>, names.size()>;

/// What the broker says about one document.
struct verdict {
  std::optional<boost::system::error_code> error;
  bool changed = false;
  std::string text;
  members found;
};

/// How much of what a run is about it has met.
struct tally {
  int accepted = 0, changed = 0, too_deep = 0, not_utf8 = 0, not_objects = 0, malformed = 0;
};

std::string_view text_of(const std::optional<json::value>& v) { return v ? v->text : "(absent)"; }

verdict judge(const privacy_filter& filter, std::string_view document, unsigned max_depth) {
  verdict v;
  std::string out = "untouched";
  const auto applied = filter.apply(document, out, max_depth, names, v.found);
  members scanned_members;
  const auto scanned = json::scan_object(document, names, scanned_members, max_depth);
  EXPECT_EQ(scanned.has_value(), applied.has_value());
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(text_of(v.found[i]), text_of(scanned_members[i]));
  if (!applied) {
    EXPECT_EQ(scanned.error(), applied.error());
    EXPECT_TRUE(out.empty() || out == "untouched");
    v.error = applied.error();
    return v;
  }
  v.changed = *applied;
  EXPECT_TRUE(v.changed || out == "untouched");
  v.text = v.changed ? out : std::string{document};
  return v;
}

bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

void expect_right_refusal(const std::string& document, const verdict& v, bool valid, unsigned depth, unsigned max_depth,
                          tally& seen) {
  ASSERT_TRUE(v.error);
  if (*v.error == errc::nesting_too_deep) {
    ++seen.too_deep;
    EXPECT_TRUE(!valid || depth > max_depth);
  } else if (*v.error == errc::invalid_utf8) {
    ++seen.not_utf8;
    EXPECT_FALSE(is_utf8(document));
  } else {
    ++(valid ? seen.not_objects : seen.malformed);
    EXPECT_EQ(*v.error, valid ? errc::not_an_object : errc::malformed_json);
  }
}

void expect_found(const test::reference& expected, const members& found) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string last = "(absent)";
    for (const auto& [key, value] : expected.members)
      if (key == names[i])
        last = value;
    EXPECT_EQ(text_of(found[i]), last);
  }
}

bool is_masked_within(std::string_view id) {
  const auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return std::count_if(id.begin(), id.end(), is_lead) >= 6;
}

void expect_clean(const std::string& document, const verdict& v, const std::string& id) {
  const auto tokens = test::nlohmann_tokens(v.text, std::nullopt);
  EXPECT_EQ(tokens, test::nlohmann_tokens(document, id));
  for (const auto& token : tokens) {
    EXPECT_NE(token, "key platform_id");
    EXPECT_TRUE(!is_masked_within(id) || token.find(id) == token.npos) << token;
  }
}

void check(const std::string& document, const privacy_filter& filter, unsigned max_depth, tally& seen) {
  const std::vector<char> exact(document.begin(), document.end()); // a sanitizer sees a read past its end
  const auto v = judge(filter, {exact.data(), exact.size()}, max_depth);
  std::string tamed = document;
  // nlohmann takes NUL for the end of the text; in JSON it is never valid.
  const bool valid = document.find('\0') == document.npos && test::nlohmann_accepts(tamed);
  if (!valid)
    return expect_right_refusal(document, v, false, 0, max_depth, seen);
  const auto expected = test::reference_filter(document, filter.platform_id());
  const bool object = document.find_first_not_of("\xEF\xBB\xBF \t\r\n") == document.find('{');
  if (!object || expected.depth > max_depth)
    return expect_right_refusal(document, v, true, expected.depth, max_depth, seen);
  ASSERT_FALSE(v.error) << v.error->message();
  ++seen.accepted;
  seen.changed += v.changed;
  EXPECT_EQ(v.text, expected.text);
  EXPECT_EQ(v.changed, expected.text != document);
  expect_found(expected, v.found);
  expect_clean(document, v, filter.platform_id());
}

class filter_parity : public testing::TestWithParam<int> {};

TEST_P(filter_parity, AgreesWithTwoOtherReaders) {
  test::document_generator generate{static_cast<std::uint64_t>(GetParam()) + 20261121};
  tally seen;
  for (int i = 0; i < documents_per_shard && !HasFailure(); ++i) {
    const privacy_filter filter{std::string{generate.choose_id()}};
    const unsigned max_depth = generate.below(4) == 0 ? static_cast<unsigned>(generate.below(6)) : 128;
    std::string document = generate.document();
    if (generate.below(2) == 0)
      document = generate.mutate(std::move(document));
    check(document, filter, max_depth, seen);
    if (HasFailure())
      ADD_FAILURE() << "document " << i << ", id " << testing::PrintToString(filter.platform_id()) << ", depth "
                    << max_depth << ":\n"
                    << testing::PrintToString(document);
  }
  // Not about nothing: every kind of document and verdict came by.
  EXPECT_GT(seen.accepted, documents_per_shard / 4);
  EXPECT_GT(seen.changed, documents_per_shard / 8);
  EXPECT_GT(seen.malformed, documents_per_shard / 8);
  for (const int count : {seen.too_deep, seen.not_utf8, seen.not_objects})
    EXPECT_GT(count, documents_per_shard / 200);
}

INSTANTIATE_TEST_SUITE_P(shards, filter_parity, testing::Range(0, shards));

} // namespace
} // namespace mdai
