#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/environment.hpp"
#include "actors/face_sessions.hpp"
#include "actors/face_tenants.hpp"
#include "actors/recovery.hpp"
#include "actors/turns.hpp"

namespace mdai {

/// Tenants, their people and their sessions: what it answers is on the disk. Nobody sees what is another tenant's.
struct face_registry_state {
  using interface = face_registry_actor;
  static inline const char* name = "mdai.face_registry";
  static constexpr bool essential = true;
  /// Sessions that go on, tenants whose secret is being derived (behind one KDF), and sign-ins of each that wait for
  /// that; more are refused with errc::overloaded. Sessions that are over stay for `face.session_retention`, but no
  /// more of them than `max_kept`.
  static constexpr std::size_t max_sessions = 200'000, max_kept = 400'000, max_sign_ins = 32, max_sign_ins_each = 16;

  face_registry_state(interface::pointer self, environment& env, password_keeper_actor keeper, recovered_face found);
  ~face_registry_state();
  interface::behavior_type make_behavior();

private:
  using user_key = std::string; ///< client_id, a zero byte, external_user_id
  template <class T>
  using promise = caf::typed_response_promise<T>;
  using session_promise = promise<face::session_record>;
  struct erasure;

  // Tenants
  caf::result<face::tenant_record> on_authenticate(const authenticate_client& x);
  caf::expected<face::tenant_record> judged(const std::string& client_id, bool right) const;
  void prove(const authenticate_client& x, const std::string& client_id, promise<face::tenant_record> answer);
  caf::result<client_admission> on_admit(const admit_client& x);
  caf::result<created_client> on_create_client(const create_client& x);
  void store_client(created_client made, promise<created_client> answer);
  caf::result<face::tenant_record> on_set_status(const set_client_status& x);
  void add_configured_clients();

  // Their people
  caf::result<face::user_record> on_create_user(const create_face_user& x);
  caf::result<face::user_record> on_find_user(const find_face_user& x) const;
  caf::result<stored> on_erase_user(const erase_face_user& x);
  void erase(const user_key& key, promise<stored> answer);
  void erase_templates(std::shared_ptr<erasure> what);
  void erase_records(std::shared_ptr<erasure> what);
  void finish(const std::shared_ptr<erasure>& what, const caf::error& why);
  static user_key key_of(const std::string& client_id, const std::string& external_user_id);
  face::user_record new_user(const create_face_user& x) const;
  const face::user_record* find_user(const user_key& key) const;
  void put_user(face::user_record r);
  void enrolled(const face::session_record& r);

  // Sessions
  caf::result<face::session_record> on_create_session(const create_face_session& x);
  void create_for_user(const create_face_session& x, session_promise answer);
  void create(const create_face_session& x, const face::user_record* user, bool new_one, session_promise answer);
  face::session_record new_session(const create_face_session& x, const face::user_record* user) const;
  caf::result<face::session_record> on_find_session(const find_face_session& x);
  caf::result<face::session_record> on_cancel(const cancel_face_session& x);
  caf::result<found_face_stream> on_find_stream(const find_face_stream& x);
  void on_news(const face_session_news& x);
  void on_forget(const forget_face_stream& x);
  void on_down(const caf::down_msg& x);
  void on_sweep();
  face_sessions::entry* own_session(const std::string& client_id, const std::string& id);
  void recover_session(face::session_record r);
  void run(face_sessions::entry& e);
  void let_go(face_sessions::entry& e);
  void give_up(face_sessions::entry& e);

  interface::pointer self_;
  environment& env_;
  password_keeper_actor keeper_;
  face_tenants tenants_;
  std::unordered_map<std::string, std::size_t> signing_in_; ///< how many wait, of each tenant
  std::unordered_map<user_key, face::user_record> users_;
  std::unordered_map<uuid, user_key> people_;
  face_sessions sessions_;
  std::unordered_map<caf::actor_addr, uuid> by_stream_;
  turns<user_key> turns_;            ///< of people
  std::unordered_set<uuid> erasing_; ///< people on the way out
  turns<std::string> client_turns_;
};

} // namespace mdai
