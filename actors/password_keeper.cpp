#include "actors/password_keeper.hpp"

#include "protocol/password.hpp"

namespace mdai {

password_keeper_actor::behavior_type password_keeper_state::make_behavior() {
  return {[](const derive_password& x) -> caf::result<std::string> {
    auto digest = password::derive(x.secret, x.salt);
    if (!digest)
      return caf::make_error(errc::overloaded); // there was no memory
    return std::move(*digest);
  }};
}

} // namespace mdai
