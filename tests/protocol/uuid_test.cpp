#include "protocol/uuid.hpp"

#include <set>

#include <gtest/gtest.h>

namespace mdai {
namespace {

TEST(uuids, AreRandomOfVersionFourAndNeverTwice) {
  std::set<uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    auto made = uuid::make();
    auto text = made.text();
    ASSERT_EQ(text.size(), 36u);
    EXPECT_EQ(text[14], '4') << text;
    EXPECT_NE(std::string{"89ab"}.find(text[19]), std::string::npos) << text;
    EXPECT_FALSE(made.none());
    EXPECT_TRUE(seen.insert(made).second);
  }
}

TEST(uuids, ComeBackFromTextAndBytes) {
  auto made = uuid::make();
  EXPECT_EQ(*uuid::parse(made.text()), made);
  EXPECT_EQ(*uuid::from_raw(made.raw()), made);
  EXPECT_EQ(uuid::parse("F81D4FAE-7DEC-41D0-A765-00A0C91E6BF6")->text(), "f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
  EXPECT_TRUE(uuid{}.none());
}

TEST(uuids, OtherTextsAreNone) {
  for (auto text : {"", "f81d4fae", "f81d4fae7dec41d0a76500a0c91e6bf6", "f81d4fae-7dec-41d0-a765-00a0c91e6bf",
                    "f81d4fae-7dec-41d0-a765-00a0c91e6bf66", "g81d4fae-7dec-41d0-a765-00a0c91e6bf6",
                    "f81d4fae-7dec-41d0-a76500-a0c91e6bf6", "------------------------------------",
                    "f81d4f-e-7dec-41d0-a765-00a0c91e6bf6"})
    EXPECT_FALSE(uuid::parse(text)) << text;
  EXPECT_FALSE(uuid::from_raw("short"));
}

} // namespace
} // namespace mdai
