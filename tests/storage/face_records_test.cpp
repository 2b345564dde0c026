#include "storage/face_records.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/storage/random_fields.hpp"

namespace mdai::storage {
namespace {

class random_records : public test::random_fields {
public:
  using random_fields::random_fields;

  uuid id() { return uuid::make(); }
  std::optional<wall_time> maybe_time() { return coin() ? std::optional{time()} : std::nullopt; }
  crypto::key256 key() {
    crypto::key256 k{};
    fill(k);
    return k;
  }

  face::tenant_record tenant() {
    return {text(), text(), text(), text(),   text(),   key(),
            key(),  text(), text(), number(), number(), static_cast<face::tenant_status>(below(2)),
            time()};
  }
  face::user_record user() { return {id(), text(), text(), coin(), text(), maybe_time(), time()}; }
  face::session_record session() {
    face::session_record r;
    r.session_id = id();
    r.enrollment_id = coin() ? id() : uuid{};
    r.token = text();
    r.client_id = text();
    r.person = coin() ? id() : uuid{};
    r.user_id = text();
    r.kind = static_cast<face::session_kind>(below(3));
    r.type = static_cast<face::session_type>(below(3));
    r.status = static_cast<face::session_status>(below(8));
    r.frames_wanted = number();
    r.required_blinks = number();
    r.require_liveness = coin();
    r.metadata = text();
    r.key_source = static_cast<face::key_source>(below(2));
    r.created_at = time();
    r.expires_at = time();
    r.completed_at = maybe_time();
    r.frames_processed = number();
    r.frames_counted = number();
    r.reason = text();
    return r;
  }
  face::template_record templates() {
    face::template_record r{id(), text(), text(), text(), text(), static_cast<std::uint32_t>(1 + below(64)),
                            {},   time()};
    for (auto n = below(4); n > 0; --n) {
      face::embedding e(r.dimension);
      for (auto& x : e)
        x = std::uniform_real_distribution<float>{-1, 1}(engine());
      r.embeddings.push_back(std::move(e));
    }
    return r;
  }
};

template <class Record, class Decode>
void comes_back(const Record& r, Decode decode) {
  auto got = decode(encode(r));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, r);
}

TEST(face_records, ComeBackAsTheyWere) {
  random_records random{1};
  for (int i = 0; i < 500; ++i) {
    comes_back(random.tenant(), decode_tenant);
    comes_back(random.user(), decode_user);
    comes_back(random.session(), decode_face_session);
    comes_back(random.templates(), decode_template);
  }
}

TEST(face_records, EmbeddingsComeBackBitForBit) {
  face::template_record r;
  r.dimension = 4;
  r.embeddings = {{0.f, -0.f, std::numeric_limits<float>::denorm_min(), 1.f / 3}};
  auto got = decode_template(encode(r));
  ASSERT_TRUE(got);
  EXPECT_TRUE(std::signbit(got->embeddings[0][1]));
  EXPECT_EQ(got->embeddings, r.embeddings);
}

// Whatever the damage, it is noticed or gives a record that encodes to the very bytes: never a crash, never much
// memory.
TEST(face_records, SurviveDamage) {
  random_records random{2};
  for (int i = 0; i < 5'000; ++i) {
    auto check = [&](std::string bytes, auto decode) {
      bytes = random.damage(std::move(bytes));
      if (auto got = decode(bytes)) {
        EXPECT_EQ(encode(*got), bytes);
      }
    };
    check(encode(random.tenant()), decode_tenant);
    check(encode(random.user()), decode_user);
    check(encode(random.session()), decode_face_session);
    check(encode(random.templates()), decode_template);
  }
}

TEST(face_records, OfANewerBrokerAreToldApartFromDamage) {
  random_records random{3};
  auto newer = [](std::string bytes) {
    bytes[0] = 2;
    return bytes;
  };
  EXPECT_EQ(decode_tenant(newer(encode(random.tenant()))).error(), errc::unknown_record_version);
  EXPECT_EQ(decode_user(newer(encode(random.user()))).error(), errc::unknown_record_version);
  EXPECT_EQ(decode_face_session(newer(encode(random.session()))).error(), errc::unknown_record_version);
  EXPECT_EQ(decode_template(newer(encode(random.templates()))).error(), errc::unknown_record_version);
  EXPECT_EQ(decode_user("").error(), errc::corrupt_record);
}

TEST(face_records, ATemplateThatPromisesMoreThanItHoldsTakesNoMemory) {
  face::template_record r;
  r.dimension = 3;
  auto bytes = encode(r);
  auto count = bytes.size() - 4;
  for (auto claim : {"\x7F\xFF\xFF\xFF", "\xFF\xFF\xFF\xFF", "\x40\x00\x00\x00"}) {
    bytes.replace(count, 4, claim, 4);
    EXPECT_EQ(decode_template(bytes).error(), errc::corrupt_record);
  }
}

TEST(face_records, KeysOfSessionsSortByTheirEndAndNameNobody) {
  random_records random{4};
  auto early = random.session(), late = random.session();
  early.expires_at = from_unix_ms(1'000);
  late.expires_at = from_unix_ms(1'001);
  EXPECT_LT(face_session_key(early), face_session_key(late));
  EXPECT_LT(face_session_key(early), time_key(late.expires_at));
  auto user = random.user();
  EXPECT_EQ(user_key(user.id), user.id.raw());
  EXPECT_EQ(template_key(user.id), user_key(user.id));
}

} // namespace
} // namespace mdai::storage
