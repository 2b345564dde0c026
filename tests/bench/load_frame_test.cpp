#include "bench/load/frame.hpp"

#include <gtest/gtest.h>

namespace mdai::load {
namespace {

/// What a server reads: the payload behind a client's header of `header` bytes, its mask last.
std::string unmasked(const std::string& bytes, std::size_t header) {
  std::string out = bytes.substr(header);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<char>(out[i] ^ bytes[header - 4 + i % 4]);
  return out;
}

std::string server_frame(unsigned first, const std::string& payload) {
  return std::string{static_cast<char>(first), static_cast<char>(payload.size())} + payload;
}

TEST(load_frame, IsMaskedAndFinalInEverySizeOfHeader) {
  struct {
    std::size_t size, header;
    std::string length;
  } const table[] = {{0, 6, "\x80"},
                     {5, 6, "\x85"},
                     {125, 6, "\xfd"},
                     {126, 8, std::string{"\xfe\x00\x7e", 3}},
                     {65535, 8, "\xfe\xff\xff"},
                     {65536, 14, std::string{"\xff\x00\x00\x00\x00\x00\x01\x00\x00", 9}}};
  for (const auto& row : table) {
    const std::string payload(row.size, 'x');
    std::string out = "before";
    append_frame(out, opcode::binary, payload);
    const auto frame = out.substr(6);
    EXPECT_EQ(out.substr(0, 6), "before");
    EXPECT_EQ(frame.substr(0, 1), "\x82");
    EXPECT_EQ(frame.substr(1, row.length.size()), row.length);
    EXPECT_EQ(unmasked(frame, row.header), payload) << row.size;
  }
}

TEST(load_frame, IsReadWhereItStands) {
  const auto bytes = server_frame(0x81, "hello") + "more";
  frame f;
  ASSERT_EQ(read_frame(bytes, f), read_status::complete);
  EXPECT_EQ(f.code, opcode::text);
  EXPECT_TRUE(f.final);
  EXPECT_EQ(f.payload, "hello");
  EXPECT_EQ(f.payload.data(), bytes.data() + 2);
  EXPECT_EQ(f.size, 7u);
}

TEST(load_frame, IsIncompleteUntilItsLastByte) {
  const auto small = server_frame(0x82, "hello");
  const auto large = std::string{"\x81\x7e\x01\x00", 4} + std::string(256, 'a');
  const auto huge = std::string{"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10} + std::string(65536, 'b');
  for (const auto& bytes : {small, large, huge}) {
    frame f;
    for (std::size_t n = 0; n < bytes.size(); n += n < 20 ? 1 : 97)
      EXPECT_EQ(read_frame(std::string_view{bytes}.substr(0, n), f), read_status::incomplete) << n;
    ASSERT_EQ(read_frame(bytes, f), read_status::complete);
    EXPECT_EQ(f.size, bytes.size());
  }
}

TEST(load_frame, KnowsFragmentsAndControlFrames) {
  frame f;
  ASSERT_EQ(read_frame(server_frame(0x01, "a"), f), read_status::complete);
  EXPECT_FALSE(f.final);
  ASSERT_EQ(read_frame(server_frame(0x80, "b"), f), read_status::complete);
  EXPECT_EQ(f.code, opcode::continuation);
  ASSERT_EQ(read_frame(server_frame(0x89, "?"), f), read_status::complete);
  EXPECT_EQ(f.code, opcode::ping);
}

TEST(load_frame, IsInvalidWhenAServerMayNotSendIt) {
  const std::string table[] = {
      {"\x81\x85\x00\x00\x00\x00hello", 11},           // masked
      {"\xc1\x00", 2},                                 // a reserved bit
      {"\x83\x00", 2},                                 // an unknown opcode
      {"\x09\x00", 2},                                 // a fragmented ping
      {"\x89\x7e\x00\x7e", 4},                         // a long ping
      {"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10} // longer than anything
  };
  for (const auto& bytes : table) {
    frame f;
    EXPECT_EQ(read_frame(bytes, f), read_status::invalid) << testing::PrintToString(bytes);
  }
}

TEST(load_frame, TellsItsCloseCode) {
  EXPECT_EQ(close_code({"\x11\x31 gone", 7}), 4401u);
  EXPECT_EQ(close_code(""), 1005u);
}

} // namespace
} // namespace mdai::load
