#pragma once
#include <string_view>
#include <utility>

#include "actors/environment.hpp"
#include "actors/face_body.hpp"
#include "actors/face_interfaces.hpp"

namespace mdai {

/// HTTP requests of the face product: tenants sign in, begin, watch and cancel sessions, keep and erase their people.
struct face_api_state {
  using interface = api_actor;
  static inline const char* name = "mdai.face_api";
  static constexpr bool essential = true;

  /// Method and pattern of all that it serves, each also with a slash behind it. A user whose name does not fit into a
  /// path is named by `?external_user_id=`.
  static constexpr std::pair<std::string_view, std::string_view> routes[] = {
      {"POST", "/api/core/auth/client"},
      {"POST", "/api/auth/client"},
      {"POST", "/api/auth/enrollment"},
      {"POST", "/api/auth/authentication"},
      {"GET", "/api/auth/sessions/{id}/status"},
      {"DELETE", "/api/auth/session/{id}"},
      {"POST", "/api/clients/users"},
      {"GET", "/api/clients/users"},
      {"DELETE", "/api/clients/users"},
      {"GET", "/api/clients/users/{id}"},
      {"DELETE", "/api/clients/users/{id}"},
  };

  face_api_state(interface::pointer self, environment& env)
      : self_(self)
      , env_(env) {}
  interface::behavior_type make_behavior();

private:
  /// A request, and whose it is.
  struct call {
    http_exchange x;
    face::tenant_record client;
    face::key_source key_source{};
  };

  void on_exchange(const http_exchange& x);
  void sign_in(const http_exchange& x);
  void signed_in(const http_exchange& x, const face::tenant_record& client, face::key_source source);
  void serve(const call& c);
  void enrol(const call& c);
  void authenticate(const call& c);
  void create_session(const call& c, create_face_session wanted);
  void show_session(const call& c);
  void cancel_session(const call& c);
  void create_user(const call& c);
  void on_user(const call& c);

  interface::pointer self_;
  environment& env_;
};

} // namespace mdai
