#pragma once
#include <memory>

#include "actors/environment.hpp"
#include "transport/router.hpp"

namespace mdai {

/// Every path of the public listeners.
std::shared_ptr<const transport::router> public_routes(environment& env);
/// Every path of the admin listener.
std::shared_ptr<const transport::router> admin_routes(environment& env);

} // namespace mdai
