#include "transport/detail/websocket_beast.hpp"

namespace mdai::transport::detail {

std::shared_ptr<websocket_core> make_websocket(tls_stream stream, std::string early, loop& home,
                                               std::shared_ptr<server_core> core, granted_upgrade granted) {
  return std::make_shared<websocket_beast<tls_stream>>(std::move(stream), std::move(early), home, std::move(core),
                                                       std::move(granted));
}

} // namespace mdai::transport::detail
