#include "protocol/ids.hpp"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mdai {
namespace {

constexpr auto at = wall_time{milliseconds{1'732'389'414'999}};

std::uint32_t counter_of(const object_id& id) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(id.raw()[i])); };
  return byte(9) << 16 | byte(10) << 8 | byte(11);
}

TEST(object_id, StartsWithTheSecondsBigEndian) {
  EXPECT_EQ(object_id::make(at).hex().substr(0, 8), "67422a26"); // 1732389414
}

TEST(object_id, SharesTheProcessBytesAndCountsUp) {
  auto a = object_id::make(at), b = object_id::make(at + seconds{7});
  EXPECT_EQ(a.hex().substr(8, 10), b.hex().substr(8, 10));
  EXPECT_EQ((counter_of(a) + 1) % (1u << 24), counter_of(b));
}

TEST(object_id, IsUniqueAcrossThreads) {
  constexpr std::size_t threads = 4, each = 5000;
  std::vector<std::vector<object_id>> made(threads);
  {
    std::vector<std::jthread> workers;
    for (auto& ids : made)
      workers.emplace_back([&ids] {
        for (std::size_t i = 0; i < each; ++i)
          ids.push_back(object_id::make(at));
      });
  }
  std::set<object_id> all;
  for (auto& ids : made)
    all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), threads * each);
}

TEST(object_id, ComesBackFromItsHexInEitherCase) {
  auto id = object_id::make(at);
  EXPECT_EQ(object_id::parse(id.hex()).value(), id);
  EXPECT_EQ(object_id::parse("6922E0540000000000ABCDEF").value().hex(), "6922e0540000000000abcdef");
}

TEST(object_id, RefusesWhatIsNot24HexDigits) {
  for (auto text : {"", "6922e05400000000000000", "6922e054000000000000000", "6922e0540000000000000001a",
                    "6922e054000000000000000100", "6922e05400000000000000g1", " 922e0540000000000000001",
                    "+922e0540000000000000001", "0x22e0540000000000000001"})
    EXPECT_EQ(object_id::parse(text).error(), errc::malformed_hex) << text;
}

TEST(object_id, ComesBackFromItsRawBytesOnlyWhenThereAreTwelve) {
  auto id = object_id::make(at);
  EXPECT_EQ(object_id::from_raw(id.raw()).value(), id);
  EXPECT_FALSE(object_id::from_raw(id.raw().substr(1)));
  EXPECT_FALSE(object_id::from_raw(std::string(13, 'x')));
}

TEST(object_id, HasOneFixedPlacePerIdOnEveryNode) {
  auto id = object_id::parse("6922e0540000000000000001").value();
  EXPECT_EQ(id.place(1), 0u);
  EXPECT_EQ(id.place(1'000'000), object_id::parse("6922E0540000000000000001").value().place(1'000'000));
  EXPECT_EQ(id.place(1'000'000), 491'432u) << "a change moves every session of a running cluster";
}

TEST(object_id, SpreadsNeighboursEvenlyOverPlaces) {
  for (std::size_t n : {2u, 3u, 4u, 7u, 16u}) {
    std::vector<int> hits(n);
    constexpr int count = 16'000;
    for (int i = 0; i < count; ++i) {
      object_id::bytes b{0x69, 0x22, 0xe0, 0x54, 1, 2, 3, 4, 5};
      b[10] = static_cast<std::uint8_t>(i >> 8);
      b[11] = static_cast<std::uint8_t>(i);
      ++hits.at(object_id{b}.place(n));
    }
    for (auto h : hits)
      EXPECT_NEAR(h, count / static_cast<double>(n), 0.1 * count / static_cast<double>(n)) << n << " places";
  }
}

TEST(request_id, IsTheOfferedOneWhenWellFormed) {
  for (const auto& good : {std::string{"a"}, std::string{"Az09._-"}, std::string(128, 'x')})
    EXPECT_EQ(request_id_or_new(good), good);
}

TEST(request_id, IsANewOneEachTimeWhenTheOfferedOneIsNot) {
  std::set<std::string> made;
  std::vector<std::string> bad{"", std::string(129, 'x'), "a b", "a\nb", "a/b", "caf\u00e9", std::string("a\0b", 3)};
  for (const auto& offered : bad) {
    auto id = request_id_or_new(offered);
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    made.insert(id);
  }
  EXPECT_EQ(made.size(), bad.size());
}

TEST(traceparent, IsTakenWhenVersionZeroAndWellFormed) {
  EXPECT_TRUE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_TRUE(is_traceparent("00-00000000000000000000000000000001-0000000000000001-00"));
}

TEST(traceparent, IsRefusedOtherwise) {
  for (auto text : {"", "00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                    "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
                    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01"})
    EXPECT_FALSE(is_traceparent(text)) << text;
}

std::string repeated(std::string_view character, int times) {
  std::string out;
  while (times-- > 0)
    out += character;
  return out;
}

TEST(device_id, IsOneTo128PrintableCodePoints) {
  for (const auto& good : {std::string{"RDK_001"}, std::string{"x"}, std::string{"a b"}, std::string{"\u00a0"},
                           std::string(128, 'x'), repeated("\u00e9", 128), repeated("\U0001F600", 128),
                           std::string{"\u2027\u202a"}, std::string{"\U0010FFFF"}, std::string{"\uD7FF\uE000"}})
    EXPECT_TRUE(is_device_id(good)) << good;
}

TEST(device_id, IsNotEmptyTooLongControlOrIllFormed) {
  for (const auto& bad : {std::string{}, std::string(129, 'x'), repeated("\u00e9", 129), repeated("\U0001F600", 129),
                          std::string("a\0b", 3), std::string{"a\n"}, std::string{"\x1f"}, std::string{"\x7f"},
                          std::string{"\u0080"}, std::string{"\u009f"}, std::string{"\u2028"}, std::string{"\u2029"},
                          std::string{"\xc3"}, std::string{"\x80"}, std::string{"\xc0\xaf"}, std::string{"\xff"},
                          std::string{"\xed\xa0\x80"}, std::string{"\xf4\x90\x80\x80"}, std::string{"a\xe2\x82"}})
    EXPECT_FALSE(is_device_id(bad)) << bad;
}

} // namespace
} // namespace mdai
