#pragma once
#include <memory>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/face_interfaces.hpp"
#include "actors/face_link.hpp"
#include "protocol/token_bucket.hpp"

namespace mdai {

/// The socket's end of a face connection: hands what comes to the stream, once the connection has found it; until then
/// it waits. On the socket's loop, like its actor.
class face_socket final : public transport::websocket_handler, public std::enable_shared_from_this<face_socket> {
public:
  face_socket(environment& env, std::string session_token, request_trace trace);

  // From the socket.
  void on_open(transport::websocket_ptr socket) override;
  void on_text(payload text) override;
  void on_binary(payload bytes) override;
  void on_pong() override {}
  void on_idle_frame(std::size_t) override;
  void on_closing() override;
  void on_closed(const transport::websocket_end& end) override;

  /// From the connection, on the same thread: what waited goes first.
  void route_to(const face_stream_actor& stream, link_id link);

private:
  struct early {
    payload bytes;
    bool binary = false;
  };

  void take(payload bytes, bool binary);
  void hand_on(payload bytes, bool binary);
  bool within_rate();

  environment& env_;
  std::string token_; ///< until the connection has it
  request_trace trace_;
  transport::websocket_ptr socket_;
  connection_actor connection_;
  face_stream_actor stream_;
  link_id link_ = 0;
  std::size_t loop_index_ = 0;
  token_bucket rate_, patience_;
  std::vector<early> early_;
};

/// One WebSocket of the face product from its upgrade to its end: finds the stream of its token, or says why there is
/// none.
struct face_connection_state {
  using interface = connection_actor;
  static inline const char* name = "mdai.face_connection";

  face_connection_state(interface::pointer self, environment& env, std::shared_ptr<face_socket> port,
                        transport::websocket_ptr socket, std::string session_token, request_trace trace);
  /// Dead by accident, its socket closes with it.
  ~face_connection_state();
  interface::behavior_type make_behavior();

private:
  void find();
  void on_found(const found_face_stream& found);
  void on_absent(const caf::error& why);
  void refuse(std::string_view text, int code, std::string_view message, close_code close);
  void leave();

  interface::pointer self_;
  environment& env_;
  std::shared_ptr<face_socket> port_;
  transport::websocket_ptr socket_;
  const std::string token_;
  const request_trace trace_;
  bool asked_again_ = false, refused_ = false;
};

} // namespace mdai
