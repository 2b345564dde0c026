#include "actors/face_connection.hpp"

#include "actors/hosted.hpp"
#include "actors/link.hpp"
#include "actors/log.hpp"
#include "actors/metric.hpp"
#include "protocol/face/face_machine.hpp"

namespace mdai {
namespace {

namespace words = face::messages;

/// Messages that may wait until the stream is found.
constexpr std::size_t max_early = 256;

metric opened{metric::kind::counter, "mdai_face_connections_total", "WebSockets of face sessions opened"};
metric turned_away{metric::kind::counter, "mdai_face_connections_refused_total",
                   "WebSockets whose token opens no face session that goes on"};

} // namespace

// -- the socket's end -------------------------------------------------------------------------------------------------

face_socket::face_socket(environment& env, std::string session_token, request_trace trace)
    : env_(env)
    , token_(std::move(session_token))
    , trace_(std::move(trace))
    , rate_(env.now()->settings.limits.messages_per_second, env.now()->settings.limits.message_burst)
    , patience_(std::max(1u, env.now()->settings.limits.messages_per_second / 10),
                env.now()->settings.limits.message_burst) {}

void face_socket::on_open(transport::websocket_ptr socket) {
  ++opened;
  socket_ = std::move(socket);
  loop_index_ = socket_->home().index();
  connection_ = spawn_on<face_connection_state>(*env_.system, env_.homes[loop_index_], env_, shared_from_this(),
                                                socket_, std::move(token_), std::move(trace_));
  env_.connections[loop_index_].add(connection_);
  if (env_.ready.draining) // its handshake was under way when the others were told
    caf::anon_send(connection_, go_away{});
}

void face_socket::on_text(payload text) { take(std::move(text), false); }
void face_socket::on_binary(payload bytes) { take(std::move(bytes), true); }

void face_socket::take(payload bytes, bool binary) {
  if (!within_rate())
    return socket_->consumed(bytes.size());
  if (stream_)
    return hand_on(std::move(bytes), binary);
  if (early_.size() >= max_early)
    return socket_->close(close_code::overload, "too many messages before the answer");
  early_.push_back({std::move(bytes), binary}); // it holds its place in the read window
}

void face_socket::hand_on(payload bytes, bool binary) {
  if (binary)
    caf::anon_send(stream_, face_image{link_, std::move(bytes)});
  else
    caf::anon_send(stream_, face_text{link_, std::move(bytes)});
}

bool face_socket::within_rate() {
  auto now = env_.steady();
  if (rate_.take(now))
    return true;
  if (patience_.take(now))
    socket_->send(payload{words::error("Too many messages", 429, words::slow_down)});
  else
    socket_->close(close_code::rate_limited, "rate limit");
  return false;
}

// They cost us as much as a message does, so they count as one.
void face_socket::on_idle_frame(std::size_t) { within_rate(); }

void face_socket::on_closing() {
  if (stream_)
    caf::anon_send(std::exchange(stream_, nullptr), face_link_gone{link_});
}

void face_socket::on_closed(const transport::websocket_end&) {
  on_closing();
  socket_.reset();
  env_.connections[loop_index_].remove(connection_.id());
  caf::anon_send(std::exchange(connection_, nullptr), socket_closed{});
}

void face_socket::route_to(const face_stream_actor& stream, link_id link) {
  if (!socket_) // it went while it was being found
    return caf::anon_send(stream, face_link_gone{link});
  stream_ = stream;
  link_ = link;
  for (auto& e : std::exchange(early_, {}))
    hand_on(std::move(e.bytes), e.binary);
}

// -- the connection ---------------------------------------------------------------------------------------------------

face_connection_state::face_connection_state(interface::pointer self, environment& env,
                                             std::shared_ptr<face_socket> port, transport::websocket_ptr socket,
                                             std::string session_token, request_trace trace)
    : self_(self)
    , env_(env)
    , port_(std::move(port))
    , socket_(std::move(socket))
    , token_(std::move(session_token))
    , trace_(std::move(trace)) {}

face_connection_state::~face_connection_state() {
  if (socket_)
    socket_->close(close_code::internal, "internal error");
}

connection_actor::behavior_type face_connection_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& x) {
    if (x.reason) // a stream that ends in its own time has closed its socket
      refuse(words::internal, 4500, words::try_again, close_code::internal);
  });
  find();
  return {[](const first_message&) {},
          [](const admitted&) {},
          [this](const socket_closed&) { leave(); },
          [](const auth_overdue&) {},
          [](const limits_changed&) {}, // they count for the next connection
          [](const heartbeat&) {},
          [this](const go_away&) {
            if (socket_)
              socket_->close(close_code::going_away, "server going away");
          }};
}

void face_connection_state::find() {
  self_->request(env_.face_registry, caf::infinite, find_face_stream{token_})
      .then([this](const found_face_stream& found) { on_found(found); },
            [this](const caf::error& why) { on_absent(why); });
}

void face_connection_state::on_found(const found_face_stream& found) {
  if (!socket_ || refused_)
    return;
  if (!found.stream && !is_over(found.record.status)) // its person is being erased
    return refuse(words::internal, 4500, words::try_again, close_code::internal);
  if (!found.stream) {
    auto why = face::why_too_late(found.record.status);
    return refuse(why.text, why.code, words::start_anew, why.close);
  }
  auto link = std::make_shared<face_link>(face_link{link::next_id(), socket_, trace_});
  self_->monitor(found.stream);
  self_->request(found.stream, caf::infinite, join_face_stream{link})
      .then([](face_joined) {},
            [this](const caf::error&) { // it ended before it could: asked again, the registry knows how
              if (std::exchange(asked_again_, true))
                return refuse(words::internal, 4500, words::try_again, close_code::internal);
              find();
            });
  port_->route_to(found.stream, link->id);
}

void face_connection_state::on_absent(const caf::error& why) {
  if (why == errc::not_found)
    return refuse(words::unknown_session, 4404, words::start_anew, close_code::unknown_session);
  if (why == errc::tenant_suspended)
    return refuse(words::suspended, 4403, words::ask_operator, close_code::forbidden);
  refuse(words::internal, 4500, words::try_again, close_code::internal);
}

void face_connection_state::refuse(std::string_view text, int code, std::string_view message, close_code close) {
  if (!socket_ || std::exchange(refused_, true))
    return;
  ++turned_away;
  log::info("refused")
      .with("request_id", trace_.request_id)
      .with("party", "camera")
      .with("close_code", static_cast<int>(close));
  socket_->send(payload{words::error(text, code, message)});
  socket_->close(close, std::string{text});
}

void face_connection_state::leave() {
  socket_.reset();
  port_.reset();
  self_->quit();
}

} // namespace mdai
