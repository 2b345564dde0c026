#include "protocol/dialect.hpp"

#include "protocol/bridge/bridge_dialect.hpp"
#include "protocol/session_dialect.hpp"

namespace mdai {

const dialect& dialect_of(dialect_id id) {
  static const session_dialect session;
  static const bridge_dialect bridge;
  if (id == dialect_id::bridge)
    return bridge;
  return session;
}

} // namespace mdai
