#include <gtest/gtest.h>

#include "protocol/crypto.hpp"
#include "storage/records.hpp"
#include "tests/storage/random_fields.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

class random_records : public storage::test::random_fields {
public:
  using random_fields::random_fields;

  object_id id() {
    object_id::bytes bytes;
    fill(bytes);
    return object_id{bytes};
  }
  session_record session() {
    return {id(),          time(),
            time(),        text(),
            text(),        static_cast<session_status>(below(6)),
            below(2) == 1, text(),
            below(2) == 1, static_cast<dialect_id>(below(2)),
            text(),        number(),
            texts()};
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out(below(3));
    for (auto& one : out)
      one = text();
    return out;
  }
  device_record device() {
    return {text(),
            text(),
            text(),
            time(),
            below(2) == 1 ? std::optional{time()} : std::nullopt,
            std::string(32 * below(3), 'x')};
  }
  challenge_record challenge() {
    return {id(),
            static_cast<challenge_kind>(below(2)),
            static_cast<challenge_status>(below(4)),
            static_cast<std::uint8_t>(below(256)),
            time(),
            time(),
            text(),
            text(),
            text(),
            text(),
            text(),
            below(2) == 1 ? std::string{id().raw()} : ""};
  }
  scan_record scan() { return {id(), text(), time(), static_cast<scan_outcome>(below(4))}; }
  outbox_record outbox() {
    return {id(), text(), text(), time(), time(), number(), text(), {text(), text()}, number()};
  }
};

/// Damage is either noticed or gives another valid record: one whose only encoding is these bytes.
template <class Record>
void expect_error_or_canonical(const result<Record>& decoded, const std::string& bytes) {
  if (decoded)
    EXPECT_EQ(encode(*decoded), bytes) << crypto::hex(bytes);
  else
    EXPECT_TRUE(decoded.error() == errc::corrupt_record || decoded.error() == errc::unknown_record_version)
        << decoded.error().message();
}

const object_id sample_id = *object_id::parse("0102030405060708090a0b0c");

const session_record sample_session{sample_id,
                                    from_unix_ms(1000),
                                    from_unix_ms(181'000),
                                    "PLT_1",
                                    "RDK_001",
                                    session_status::completed,
                                    true,
                                    R"({"a":1})",
                                    true,
                                    dialect_id::bridge,
                                    "PID_1",
                                    3,
                                    {"PLT_0"}};
const device_record sample_device{
    "TEE-1", "der", "hw", from_unix_ms(1000), from_unix_ms(2000), std::string(32, '\x07')};
const challenge_record sample_challenge{sample_id,
                                        challenge_kind::websocket,
                                        challenge_status::used,
                                        2,
                                        from_unix_ms(1000),
                                        from_unix_ms(301'000),
                                        "TEE-1",
                                        "der",
                                        "digest",
                                        "net",
                                        "pass",
                                        std::string{sample_id.raw()}};
const scan_record sample_scan{sample_id, "RDK_001", from_unix_ms(2000), scan_outcome::busy};
const outbox_record sample_outbox{sample_id, "PLT_1",           "{}", from_unix_ms(3000), from_unix_ms(181'000), 7,
                                  "no",      {"rid-1", "00-a"}, 2};

/// Each version as it stands on disks. When one of these fails, the format needs a new version, not the test a
/// new value.
const std::string session_1_fields = "0102030405060708090a0b0c"
                                     "00000000000003e8"
                                     "000000000002c308"
                                     "02"
                                     "01"
                                     "00000005504c545f31"
                                     "0000000752444b5f303031"
                                     "000000077b2261223a317d";
const std::string session_1_hex = "01" + session_1_fields;
const std::string session_2_fields = session_1_fields + "01"
                                                        "01"
                                                        "00000003"
                                                        "000000055049445f31";
const std::string session_2_hex = "02" + session_2_fields;
const std::string session_hex = "03" + session_2_fields +
                                "01"
                                "00000005504c545f30";
const std::string device_1_fields = "00000000000003e8"
                                    "01"
                                    "00000000000007d0"
                                    "000000055445452d31"
                                    "00000003646572"
                                    "000000026877";
const std::string device_1_hex = "01" + device_1_fields;
const std::string device_hex = "02" + device_1_fields +
                               "00000020"
                               "0707070707070707070707070707070707070707070707070707070707070707";
const std::string challenge_hex = "01"
                                  "0102030405060708090a0b0c"
                                  "01"
                                  "01"
                                  "02"
                                  "00000000000003e8"
                                  "00000000000497c8"
                                  "000000055445452d31"
                                  "00000003646572"
                                  "00000006646967657374"
                                  "000000036e6574"
                                  "0000000470617373"
                                  "0000000c0102030405060708090a0b0c";
const std::string scan_hex = "01"
                             "0102030405060708090a0b0c"
                             "00000000000007d0"
                             "02"
                             "0000000752444b5f303031";
const std::string outbox_1_fields = "0102030405060708090a0b0c"
                                    "0000000000000bb8"
                                    "000000000002c308"
                                    "00000007"
                                    "00000005504c545f31"
                                    "000000027b7d"
                                    "000000026e6f";
const std::string outbox_1_hex = "01" + outbox_1_fields;
const std::string outbox_2_fields = outbox_1_fields + "000000057269642d31"
                                                      "0000000430302d61";
const std::string outbox_2_hex = "02" + outbox_2_fields;
const std::string outbox_hex = "03" + outbox_2_fields + "00000002";

std::string bytes_of(const std::string& hex) { return *crypto::decode_hex(hex); }

} // namespace

TEST(records, StandAsTheirNewestVersionSays) {
  EXPECT_EQ(crypto::hex(encode(sample_session)), session_hex);
  EXPECT_EQ(crypto::hex(encode(sample_scan)), scan_hex);
  EXPECT_EQ(crypto::hex(encode(sample_outbox)), outbox_hex);
  EXPECT_EQ(crypto::hex(encode(sample_device)), device_hex);
  EXPECT_EQ(crypto::hex(encode(sample_challenge)), challenge_hex);
}

TEST(records, OfEveryVersionAreUnderstood) {
  auto of_old = sample_outbox;
  of_old.round = 1;
  EXPECT_EQ(*decode_outbox(bytes_of(outbox_2_hex)), of_old);
  of_old.trace = {};
  EXPECT_EQ(*decode_outbox(bytes_of(outbox_1_hex)), of_old);
  auto old_session = sample_session;
  old_session.earlier_ids.clear();
  EXPECT_EQ(*decode_session(bytes_of(session_2_hex)), old_session);
  old_session.hybrid = false;
  old_session.dialect = dialect_id::session;
  old_session.alias.clear();
  old_session.rounds = 1; // it is completed, so it had its one result
  EXPECT_EQ(*decode_session(bytes_of(session_1_hex)), old_session);
  EXPECT_EQ(*decode_session(bytes_of(session_hex)), sample_session);
  EXPECT_EQ(*decode_scan(bytes_of(scan_hex)), sample_scan);
  EXPECT_EQ(*decode_outbox(bytes_of(outbox_hex)), sample_outbox);
  EXPECT_EQ(*decode_device(bytes_of(device_hex)), sample_device);
  auto old_device = sample_device;
  old_device.revoked_keys.clear();
  EXPECT_EQ(*decode_device(bytes_of(device_1_hex)), old_device);
  EXPECT_EQ(*decode_challenge(bytes_of(challenge_hex)), sample_challenge);
}

TEST(records, WithRandomContentsComeBackAsTheyWere) {
  random_records random{1};
  for (int i = 0; i < 5'000; ++i) {
    auto session = random.session();
    auto scan = random.scan();
    auto outbox = random.outbox();
    ASSERT_EQ(*decode_session(encode(session)), session);
    ASSERT_EQ(*decode_scan(encode(scan)), scan);
    ASSERT_EQ(*decode_outbox(encode(outbox)), outbox);
    auto device = random.device();
    auto challenge = random.challenge();
    ASSERT_EQ(*decode_device(encode(device)), device);
    ASSERT_EQ(*decode_challenge(encode(challenge)), challenge);
  }
}

TEST(records, CutShortAnywhereAreCorrupt) {
  auto session = encode(sample_session);
  for (std::size_t n = 0; n < session.size(); ++n)
    EXPECT_EQ(decode_session(session.substr(0, n)).error(), errc::corrupt_record) << n;
  auto scan = encode(sample_scan);
  for (std::size_t n = 0; n < scan.size(); ++n)
    EXPECT_EQ(decode_scan(scan.substr(0, n)).error(), errc::corrupt_record) << n;
  auto outbox = encode(sample_outbox);
  for (std::size_t n = 0; n < outbox.size(); ++n)
    EXPECT_EQ(decode_outbox(outbox.substr(0, n)).error(), errc::corrupt_record) << n;
  auto device = encode(sample_device);
  for (std::size_t n = 0; n < device.size(); ++n)
    EXPECT_EQ(decode_device(device.substr(0, n)).error(), errc::corrupt_record) << n;
  auto challenge = encode(sample_challenge);
  for (std::size_t n = 0; n < challenge.size(); ++n)
    EXPECT_EQ(decode_challenge(challenge.substr(0, n)).error(), errc::corrupt_record) << n;
}

TEST(records, FollowedByMoreBytesAreCorrupt) {
  EXPECT_EQ(decode_session(encode(sample_session) + '\0').error(), errc::corrupt_record);
  EXPECT_EQ(decode_scan(encode(sample_scan) + '\0').error(), errc::corrupt_record);
  EXPECT_EQ(decode_outbox(encode(sample_outbox) + '\0').error(), errc::corrupt_record);
  EXPECT_EQ(decode_device(encode(sample_device) + '\0').error(), errc::corrupt_record);
  EXPECT_EQ(decode_challenge(encode(sample_challenge) + '\0').error(), errc::corrupt_record);
}

TEST(records, OfAnotherVersionAreNotGuessedAt) {
  for (char version : {'\x00', '\x04', '\xff'}) {
    auto with_version = [&](std::string bytes) { return bytes.replace(0, 1, 1, version); };
    EXPECT_EQ(decode_session(with_version(encode(sample_session))).error(), errc::unknown_record_version);
    EXPECT_EQ(decode_scan(with_version(encode(sample_scan))).error(), errc::unknown_record_version);
    EXPECT_EQ(decode_outbox(with_version(encode(sample_outbox))).error(), errc::unknown_record_version);
    EXPECT_EQ(decode_device(with_version(encode(sample_device))).error(), errc::unknown_record_version);
    EXPECT_EQ(decode_challenge(with_version(encode(sample_challenge))).error(), errc::unknown_record_version);
  }
}

TEST(records, WithValuesThatDoNotExistAreCorrupt) {
  struct {
    const char* name;
    std::size_t at;
    char value;
  } cases[] = {
      {"status", 29, 6}, {"status", 29, '\xff'}, {"multi_scan_detected", 30, 2}, {"hybrid", 62, 2}, {"dialect", 63, 2}};
  for (const auto& c : cases) {
    auto bytes = encode(sample_session);
    bytes[c.at] = c.value;
    EXPECT_EQ(decode_session(bytes).error(), errc::corrupt_record) << c.name;
  }
  auto bytes = encode(sample_scan);
  bytes[21] = 4;
  EXPECT_EQ(decode_scan(bytes).error(), errc::corrupt_record);
  bytes = encode(sample_device);
  bytes[9] = 0;
  EXPECT_EQ(decode_device(bytes).error(), errc::corrupt_record) << "a time of revocation without one";
  auto device = sample_device;
  device.revoked_keys.pop_back();
  EXPECT_EQ(decode_device(encode(device)).error(), errc::corrupt_record) << "a digest that is cut short";
  for (auto [at, value] : {std::pair{13, 2}, {14, 4}}) {
    bytes = encode(sample_challenge);
    bytes[static_cast<std::size_t>(at)] = static_cast<char>(value);
    EXPECT_EQ(decode_challenge(bytes).error(), errc::corrupt_record) << at;
  }
  auto odd = sample_challenge;
  odd.session_id = "short";
  EXPECT_EQ(decode_challenge(encode(odd)).error(), errc::corrupt_record);
}

TEST(records, WithALengthBeyondAllBytesAreCorrupt) {
  auto bytes = encode(sample_scan);
  bytes.replace(22, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(decode_scan(bytes).error(), errc::corrupt_record);
}

TEST(records, SurviveRandomDamage) {
  random_records random{2};
  for (int i = 0; i < 34'000; ++i) {
    auto session = random.damage(encode(random.session()));
    auto scan = random.damage(encode(random.scan()));
    auto outbox = random.damage(encode(random.outbox()));
    expect_error_or_canonical(decode_session(session), session);
    expect_error_or_canonical(decode_scan(scan), scan);
    expect_error_or_canonical(decode_outbox(outbox), outbox);
    auto device = random.damage(encode(random.device()));
    auto challenge = random.damage(encode(random.challenge()));
    expect_error_or_canonical(decode_device(device), device);
    expect_error_or_canonical(decode_challenge(challenge), challenge);
  }
}

TEST(keys, StandAsTheirLayoutSays) {
  const std::string id = "0102030405060708090a0b0c";
  EXPECT_EQ(crypto::hex(session_key(sample_session)), "000000000002c308" + id);
  EXPECT_EQ(crypto::hex(scan_key(sample_scan)),
            "00000000000007d0" + id + crypto::hex(crypto::sha256("RDK_001")).substr(0, 16));
  EXPECT_EQ(crypto::hex(outbox_key(sample_id)), id);
  EXPECT_EQ(crypto::hex(dead_letter_key(from_unix_ms(5), sample_id)), "0000000000000005" + id);
  EXPECT_EQ(crypto::hex(challenge_key(sample_id)), id);
  EXPECT_EQ(crypto::hex(challenge_key(from_unix_ms(0x01020304ll * 1000 + 999))), "01020304");
}

TEST(keys, SortByTime) {
  random_records random{3};
  for (int i = 0; i < 10'000; ++i) {
    auto a = from_unix_ms(static_cast<std::int64_t>(random.below(1ull << 62)));
    auto b = from_unix_ms(static_cast<std::int64_t>(random.below(1ull << 62)));
    ASSERT_EQ(time_key(a) < time_key(b), a < b);
  }
}

TEST(keys, OfATimeStandBeforeAllRecordsOfThatTimeAndBehindThoseBefore) {
  auto before = sample_session;
  before.expires_at -= milliseconds{1};
  EXPECT_LT(session_key(before), time_key(sample_session.expires_at));
  EXPECT_LT(time_key(sample_session.expires_at), session_key(sample_session));
}

TEST(keys, BeforeTheEpochSortFirst) {
  // A purge up to `now - retention` on a clock that began at zero erases nothing.
  EXPECT_EQ(time_key(from_unix_ms(-1)), time_key(from_unix_ms(0)));
}
