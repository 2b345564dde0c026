#include <gtest/gtest.h>

#include "storage/sealer.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

const std::string old_secret = "the storage key that was used before";
const std::string new_secret = "the storage key that is used from now on";

} // namespace

TEST(sealer, OpensWhatItSealed) {
  sealer s{new_secret};
  for (const auto& plain : {std::string{}, std::string{"PLT_1"}, std::string(100'000, '\0')})
    EXPECT_EQ(*s.open(*s.seal(plain, "sessions"), "sessions"), plain);
}

TEST(sealer, TheSameSecretOpensInAnotherProcess) {
  auto sealed = *sealer{new_secret}.seal("PLT_1", "here");
  EXPECT_EQ(*sealer{new_secret}.open(sealed, "here"), "PLT_1");
}

TEST(sealer, NeverSealsTheSameWayTwice) {
  sealer s{new_secret};
  EXPECT_NE(*s.seal("PLT_1", "here"), *s.seal("PLT_1", "here"));
}

TEST(sealer, PutsItsKeysIdInFront) {
  sealer s{new_secret};
  auto sealed = *s.seal("x", "");
  std::uint32_t id = 0;
  for (int i = 0; i < 4; ++i)
    id = id << 8 | static_cast<unsigned char>(sealed[static_cast<std::size_t>(i)]);
  EXPECT_EQ(id, s.key_id());
  EXPECT_NE(s.key_id(), sealer{old_secret}.key_id());
}

TEST(sealer, RefusesAnotherPlace) {
  sealer s{new_secret};
  EXPECT_EQ(s.open(*s.seal("PLT_1", "here"), "there").error(), errc::unseal_failed);
}

TEST(sealer, RefusesEveryFlippedBit) {
  sealer s{new_secret};
  const auto sealed = *s.seal("PLT_1", "here");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    auto damaged = sealed;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << i % 8));
    EXPECT_EQ(s.open(damaged, "here").error(), i < 32 ? errc::wrong_storage_key : errc::unseal_failed) << i;
  }
}

TEST(sealer, CallsWhatIsTooShortCorrupt) {
  sealer s{new_secret};
  auto shortest = *s.seal("", "here");
  for (std::size_t n = 0; n < shortest.size(); ++n)
    EXPECT_EQ(s.open(shortest.substr(0, n), "here").error(), errc::corrupt_record) << n;
}

TEST(sealer, OpensUnderPreviousKeysAndSealsUnderTheCurrent) {
  auto old_record = *sealer{old_secret}.seal("PLT_1", "here");
  sealer rotated{new_secret, {"an even older storage key of 32 bytes", old_secret}};
  EXPECT_EQ(*rotated.open(old_record, "here"), "PLT_1");
  EXPECT_EQ(*sealer{new_secret}.open(*rotated.seal("PLT_2", "here"), "here"), "PLT_2");
}

TEST(sealer, NamesAWrongKey) {
  auto sealed = *sealer{old_secret}.seal("PLT_1", "here");
  EXPECT_EQ(sealer{new_secret}.open(sealed, "here").error(), errc::wrong_storage_key);
}
