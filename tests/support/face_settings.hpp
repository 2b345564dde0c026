#pragma once
#include "tests/support/actor_world.hpp"

namespace mdai::test {

/// Settings of a broker that serves faces to two tenants.
inline settings face_settings() {
  auto s = test_settings();
  s.face.enabled = true;
  s.face.clients = {"acme:frapi_acme:acme-secret", "other:frapi_other:other-secret"};
  return s;
}

} // namespace mdai::test
