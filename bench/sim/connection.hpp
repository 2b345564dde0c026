#pragma once
#include <memory>
#include <string>

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "bench/sim/reactor.hpp"
#include "bench/sim/tls_trust.hpp"
#include "bench/sim/url.hpp"

/// How both clients reach a server. Heavy to compile: for the .cpp files of the clients only.
namespace mdai::sim {

using plain_stream = boost::beast::tcp_stream;
using tls_stream = boost::beast::ssl_stream<plain_stream>;
using error_code = boost::system::error_code;

/// Starts one operation of a stream, waits for it, and closes the stream when it takes longer than `limit`,
/// so that nothing of it is left behind. `start` gets the completion handler.
template <class Start>
error_code block_on(reactor& r, plain_stream& stream, milliseconds limit, Start start) {
  struct state {
    bool done = false;
    error_code ec;
  };
  auto s = std::make_shared<state>();
  start([s](const error_code& ec, auto&&...) {
    s->ec = ec;
    s->done = true;
  });
  const auto end = r.run_until([&] { return s->done; }, limit);
  if (end == reactor::wait_end::done)
    return s->ec;
  stream.close();
  r.finish([&] { return s->done; }, milliseconds{1'000});
  return end == reactor::wait_end::interrupted ? net::error::interrupted : net::error::timed_out;
}

/// One sentence on why `what` (an address) could not be used.
failure describe(const error_code& ec, const std::string& what);

outcome<std::unique_ptr<plain_stream>> connect_plain(reactor& r, const url& where, milliseconds limit);
/// Connects and shakes hands; verifies certificate and host name unless told otherwise.
outcome<std::unique_ptr<tls_stream>> connect_tls(reactor& r, const url& where, const tls_trust& trust,
                                                 milliseconds limit);

} // namespace mdai::sim
