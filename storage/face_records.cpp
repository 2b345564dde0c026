#include "storage/face_records.hpp"

#include <algorithm>
#include <bit>

#include "storage/opened_record.hpp"
#include "storage/records.hpp"

// A version byte, then in order (numbers: bytes; others: texts behind their length; a time that may be absent: 1 for
// whether it is there, 8):
//   tenant 1        client_id, client_name, api_key, secret_salt, secret_digest, secret_payload_key 32,
//                   api_payload_key 32, tier, features, per_hour 4, per_day 4, status 1, created_at 8
//   user 1          id 16, client_id, external_user_id, face_auth_enabled 1, profile, enrollment_completed_at 9,
//                   created_at 8
//   face session 1  session_id 16, enrollment_id 16, token, client_id, person 16, user_id, kind 1, type 1, status 1,
//                   frames_wanted 4, required_blinks 4, require_liveness 1, metadata, key_source 1, created_at 8,
//                   expires_at 8, completed_at 9, frames_processed 4, frames_counted 4, reason
//   template 1      person 16, client_id, user_id, engine_id, engine_version, dimension 4, enrolled_at 8, count 4,
//                   then count x dimension numbers of 4 bytes (IEEE 754)
namespace mdai::storage {
namespace {

constexpr std::uint8_t tenant_version = 1, user_version = 1, session_version = 1, template_version = 1;
constexpr std::uint32_t most_templates = 1024, most_dimensions = 1u << 16;
constexpr std::size_t fixed_bytes = 192; // more than the fixed part and the lengths of any record

class face_writer : public byte_writer {
public:
  using byte_writer::byte_writer;
  using byte_writer::time;

  void id(const uuid& x) { raw(x.raw()); }
  template <class Enum>
  void word(Enum x) {
    integer(static_cast<std::uint8_t>(x));
  }
  void time(const std::optional<wall_time>& t) {
    word(t.has_value());
    byte_writer::time(t.value_or(wall_time{}));
  }
  void key(const crypto::key256& k) { raw({reinterpret_cast<const char*>(k.data()), k.size()}); }
};

/// Remembers whether every value was one that can be.
class face_reader {
public:
  explicit face_reader(byte_reader in)
      : in_(in) {}

  byte_reader& plain() { return in_; }
  uuid id() {
    auto x = uuid::from_raw(in_.raw(sizeof(uuid::bytes)));
    return x ? *x : uuid{};
  }
  std::string text() { return std::string{in_.text()}; }
  template <class Enum>
  Enum word(Enum last) {
    auto x = in_.integer<std::uint8_t>();
    good_ = good_ && x <= static_cast<std::uint8_t>(last);
    return static_cast<Enum>(x);
  }
  bool truth() { return word(std::uint8_t{1}) == 1; }
  std::optional<wall_time> optional_time() {
    bool there = truth();
    auto t = in_.time();
    good_ = good_ && (there || t == wall_time{});
    return there ? std::optional{t} : std::nullopt;
  }
  crypto::key256 key() {
    crypto::key256 k{};
    auto bytes = in_.raw(k.size());
    std::copy(bytes.begin(), bytes.end(), k.begin());
    return k;
  }
  void expect(bool condition) { good_ = good_ && condition; }
  bool complete() const { return good_ && in_.complete(); }

private:
  byte_reader in_;
  bool good_ = true;
};

result<face_reader> reader_of(std::string_view bytes, std::uint8_t newest) {
  auto record = open_record(bytes, newest);
  if (!record)
    return record.error();
  return face_reader{record->in};
}

} // namespace

// -- tenants ----------------------------------------------------------------------------------------------------------

std::string encode(const face::tenant_record& r) {
  face_writer out{fixed_bytes + r.client_id.size() + r.client_name.size() + r.api_key.size() + r.tier.size() +
                  r.features.size()};
  out.integer(tenant_version);
  for (auto text : {&r.client_id, &r.client_name, &r.api_key, &r.secret_salt, &r.secret_digest})
    out.text(*text);
  out.key(r.secret_payload_key);
  out.key(r.api_payload_key);
  out.text(r.tier);
  out.text(r.features);
  out.integer(r.per_hour);
  out.integer(r.per_day);
  out.word(r.status);
  out.time(r.created_at);
  return out.take();
}

result<face::tenant_record> decode_tenant(std::string_view bytes) {
  auto in = reader_of(bytes, tenant_version);
  if (!in)
    return in.error();
  face::tenant_record r;
  for (auto text : {&r.client_id, &r.client_name, &r.api_key, &r.secret_salt, &r.secret_digest})
    *text = in->text();
  r.secret_payload_key = in->key();
  r.api_payload_key = in->key();
  r.tier = in->text();
  r.features = in->text();
  r.per_hour = in->plain().integer<std::uint32_t>();
  r.per_day = in->plain().integer<std::uint32_t>();
  r.status = in->word(face::tenant_status::suspended);
  r.created_at = in->plain().time();
  if (!in->complete())
    return errc::corrupt_record;
  return r;
}

// -- their people -----------------------------------------------------------------------------------------------------

std::string encode(const face::user_record& r) {
  face_writer out{fixed_bytes + r.client_id.size() + r.external_user_id.size() + r.profile.size()};
  out.integer(user_version);
  out.id(r.id);
  out.text(r.client_id);
  out.text(r.external_user_id);
  out.word(r.face_auth_enabled);
  out.text(r.profile);
  out.time(r.enrollment_completed_at);
  out.time(r.created_at);
  return out.take();
}

result<face::user_record> decode_user(std::string_view bytes) {
  auto in = reader_of(bytes, user_version);
  if (!in)
    return in.error();
  face::user_record r;
  r.id = in->id();
  r.client_id = in->text();
  r.external_user_id = in->text();
  r.face_auth_enabled = in->truth();
  r.profile = in->text();
  r.enrollment_completed_at = in->optional_time();
  r.created_at = in->plain().time();
  if (!in->complete())
    return errc::corrupt_record;
  return r;
}

std::string encode(const face::template_record& r) {
  face_writer out{fixed_bytes + r.client_id.size() + r.user_id.size() + r.engine_id.size() + r.engine_version.size() +
                  r.embeddings.size() * r.dimension * sizeof(float)};
  out.integer(template_version);
  out.id(r.person);
  for (auto text : {&r.client_id, &r.user_id, &r.engine_id, &r.engine_version})
    out.text(*text);
  out.integer(r.dimension);
  out.time(r.enrolled_at);
  out.integer(static_cast<std::uint32_t>(r.embeddings.size()));
  for (auto& e : r.embeddings)
    for (auto x : e)
      out.integer(std::bit_cast<std::uint32_t>(x));
  return out.take();
}

result<face::template_record> decode_template(std::string_view bytes) {
  auto in = reader_of(bytes, template_version);
  if (!in)
    return in.error();
  face::template_record r;
  r.person = in->id();
  for (auto text : {&r.client_id, &r.user_id, &r.engine_id, &r.engine_version})
    *text = in->text();
  r.dimension = in->plain().integer<std::uint32_t>();
  r.enrolled_at = in->plain().time();
  auto count = in->plain().integer<std::uint32_t>();
  if (count > most_templates || r.dimension > most_dimensions || (count > 0 && r.dimension == 0))
    return errc::corrupt_record;
  // The numbers must be there before room is made for them.
  auto numbers = in->plain().raw(std::size_t{count} * r.dimension * sizeof(float));
  if (!in->complete())
    return errc::corrupt_record;
  byte_reader each{numbers};
  r.embeddings.assign(count, face::embedding(r.dimension));
  for (auto& e : r.embeddings)
    for (auto& x : e)
      x = std::bit_cast<float>(each.integer<std::uint32_t>());
  return r;
}

// -- sessions ---------------------------------------------------------------------------------------------------------

std::string encode(const face::session_record& r) {
  face_writer out{fixed_bytes + r.token.size() + r.client_id.size() + r.user_id.size() + r.metadata.size() +
                  r.reason.size()};
  out.integer(session_version);
  out.id(r.session_id);
  out.id(r.enrollment_id);
  out.text(r.token);
  out.text(r.client_id);
  out.id(r.person);
  out.text(r.user_id);
  out.word(r.kind);
  out.word(r.type);
  out.word(r.status);
  out.integer(r.frames_wanted);
  out.integer(r.required_blinks);
  out.word(r.require_liveness);
  out.text(r.metadata);
  out.word(r.key_source);
  out.time(r.created_at);
  out.time(r.expires_at);
  out.time(r.completed_at);
  out.integer(r.frames_processed);
  out.integer(r.frames_counted);
  out.text(r.reason);
  return out.take();
}

result<face::session_record> decode_face_session(std::string_view bytes) {
  auto in = reader_of(bytes, session_version);
  if (!in)
    return in.error();
  face::session_record r;
  r.session_id = in->id();
  r.enrollment_id = in->id();
  r.token = in->text();
  r.client_id = in->text();
  r.person = in->id();
  r.user_id = in->text();
  r.kind = in->word(face::session_kind::identification);
  r.type = in->word(face::session_type::api);
  r.status = in->word(face::session_status::cancelled);
  r.frames_wanted = in->plain().integer<std::uint32_t>();
  r.required_blinks = in->plain().integer<std::uint32_t>();
  r.require_liveness = in->truth();
  r.metadata = in->text();
  r.key_source = in->word(face::key_source::api_key);
  r.created_at = in->plain().time();
  r.expires_at = in->plain().time();
  r.completed_at = in->optional_time();
  r.frames_processed = in->plain().integer<std::uint32_t>();
  r.frames_counted = in->plain().integer<std::uint32_t>();
  r.reason = in->text();
  if (!in->complete())
    return errc::corrupt_record;
  return r;
}

// -- keys -------------------------------------------------------------------------------------------------------------

std::string tenant_key(std::string_view client_id) { return std::string{client_id}; }
std::string user_key(const uuid& person) { return std::string{person.raw()}; }
std::string template_key(const uuid& person) { return std::string{person.raw()}; }

std::string face_session_key(const face::session_record& r) {
  return time_key(r.expires_at).append(r.session_id.raw());
}

} // namespace mdai::storage
