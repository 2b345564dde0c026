#pragma once
#include <memory>

#include "transport/detail/connection_set.hpp"
#include "transport/detail/dispatch.hpp"
#include "transport/detail/request_reader.hpp"
#include "transport/detail/wire.hpp"

namespace mdai::transport::detail {

/// One connection to a server, from its first byte until it ends or becomes a WebSocket. Requests are
/// answered one at a time, in order; while one is with its handler nothing is read. On the loop's thread.
///
///   handshake -> waiting -> reading -> handling -> writing -> waiting
///                                                         \-> lingering -> ended
class http_session final : public connection, public std::enable_shared_from_this<http_session>, private wire_owner {
public:
  http_session(std::unique_ptr<wire> w, ip::address peer, std::shared_ptr<server_core> core,
               std::shared_ptr<const live_settings> settings);
  ~http_session() override;

  /// Once, when it is in its set. With a context: TLS.
  void start(std::shared_ptr<boost::asio::ssl::context> tls);
  void sweep(steady::time_point now) override;
  void abort() override { end(); }

private:
  enum class phase { handshake, waiting, reading, handling, writing, lingering, ended };

  void on_secured() override { next_request(); }
  void on_input() override;
  void on_flushed() override;
  void on_lost(bool broken) override;

  void next_request();
  bool wants_input() const {
    return phase_ == phase::waiting || phase_ == phase::reading || phase_ == phase::lingering;
  }
  void take_input();
  void advance();
  void answer_fault(const request_fault& fault);
  void on_request();
  void count_request(bool under_way);
  void judge_request();
  void complete_request();
  void hand_over(const http_handler& handler);
  void upgrade(granted_upgrade granted);
  void respond(http_response response);
  void linger();
  void end();
  void deadline_in(milliseconds d) { deadline_ = steady::now() + d; }
  std::string connection_field(const http_response& response) const;

  std::unique_ptr<wire> wire_; ///< until it is handed to a WebSocket
  const ip::address peer_;
  const std::shared_ptr<server_core> core_;
  const std::shared_ptr<const live_settings> settings_;
  loop* home_ = nullptr;
  phase phase_ = phase::handshake;
  steady::time_point deadline_{};
  request_reader reader_;
  bool counted_ = false; ///< among the requests under way
  bool keep_alive_ = false;
  bool exempt_ = false;    ///< from the limit of sockets per address
  bool peer_done_ = false; ///< it has ended its half, and may still wait for an answer
  std::size_t drained_ = 0;
};

} // namespace mdai::transport::detail
