#pragma once
#include <string>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/face/records.hpp"

/// Record formats of the face product, under the same rules as records.hpp.
namespace mdai::storage {

std::string encode(const face::tenant_record& r);
std::string encode(const face::user_record& r);
std::string encode(const face::session_record& r);
std::string encode(const face::template_record& r);
result<face::tenant_record> decode_tenant(std::string_view bytes);
result<face::user_record> decode_user(std::string_view bytes);
result<face::session_record> decode_face_session(std::string_view bytes);
result<face::template_record> decode_template(std::string_view bytes);

/// Key layouts. Keys are not encrypted and may outlive what they name in RocksDB's own lists of files, so those of
/// persons are random.
///   tenants        client_id
///   users          user_record::id
///   face_sessions  expires_at || session_id    purged as one range, recovered from `now` minus the retention on
///   templates      user_record::id
std::string tenant_key(std::string_view client_id);
std::string user_key(const uuid& person);
std::string face_session_key(const face::session_record& r);
std::string template_key(const uuid& person);

} // namespace mdai::storage
