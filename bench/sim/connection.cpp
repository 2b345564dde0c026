#include "bench/sim/connection.hpp"

#include <algorithm>
#include <cctype>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace mdai::sim {

outcome<std::shared_ptr<net::ssl::context>> make_client_context(const tls_trust& trust) {
  auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_client);
  error_code ec;
  if (trust.insecure)
    return context;
  if (trust.ca_file.empty())
    context->set_default_verify_paths(ec);
  else
    context->load_verify_file(trust.ca_file, ec);
  if (ec)
    return failed("cannot read CA certificates from " + trust.ca_file + ": " + ec.message());
  return context;
}

failure describe(const error_code& ec, const std::string& what) {
  if (ec == net::error::interrupted)
    return {true, "interrupted"};
  auto reason = ec.message();
  if (ec == net::error::timed_out)
    reason = "no answer in time";
  else if (ec.category() == net::error::get_ssl_category())
    reason = "TLS failed: " + reason;
  else if (!reason.empty())
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return failed("cannot reach " + what + ": " + reason);
}

namespace {

outcome<net::ip::tcp::resolver::results_type> resolve(reactor& r, const url& where, milliseconds limit) {
  struct state {
    bool done = false;
    error_code ec;
    net::ip::tcp::resolver::results_type found;
  };
  // A resolver that is given up on answers late: its handler owns what it writes to.
  auto s = std::make_shared<state>();
  net::ip::tcp::resolver resolver{r.io()};
  resolver.async_resolve(where.host, where.port, [s](const error_code& ec, auto found) {
    s->ec = ec;
    s->found = std::move(found);
    s->done = true;
  });
  const auto end = r.run_until([&] { return s->done; }, limit);
  if (end != reactor::wait_end::done)
    return describe(end, "address for " + where.host, limit);
  if (s->ec)
    return failed("cannot reach " + where.origin() + ": unknown host");
  return s->found;
}

/// OpenSSL's "certificate verify failed" does not say why; the verification's own verdict does.
failure describe_handshake(tls_stream& stream, const error_code& ec, const url& where) {
  const auto verdict = ::SSL_get_verify_result(stream.native_handle());
  if (ec.category() == net::error::get_ssl_category() && verdict != X509_V_OK)
    return failed("cannot trust " + where.origin() + ": " + ::X509_verify_cert_error_string(verdict) +
                  " (--ca FILE names a CA, --insecure trusts anybody)");
  return describe(ec, where.origin());
}

} // namespace

outcome<std::unique_ptr<plain_stream>> connect_plain(reactor& r, const url& where, milliseconds limit) {
  auto found = resolve(r, where, limit);
  if (!found)
    return found.error();
  auto stream = std::make_unique<plain_stream>(r.io());
  const auto ec = block_on(r, *stream, limit, [&](auto done) { stream->async_connect(*found, std::move(done)); });
  if (ec)
    return describe(ec, where.origin());
  error_code ignored;
  stream->socket().set_option(net::ip::tcp::no_delay{true}, ignored);
  return stream;
}

outcome<std::unique_ptr<tls_stream>> connect_tls(reactor& r, const url& where, const tls_trust& trust,
                                                 milliseconds limit) {
  auto context = make_client_context(trust);
  if (!context)
    return context.error();
  auto plain = connect_plain(r, where, limit);
  if (!plain)
    return plain.error();
  auto stream = std::make_unique<tls_stream>(std::move(**plain), **context);
  if (!trust.insecure) {
    error_code ignored;
    stream->set_verify_mode(net::ssl::verify_peer, ignored);
    stream->set_verify_callback(net::ssl::host_name_verification{where.host}, ignored);
  }
  ::SSL_set_tlsext_host_name(stream->native_handle(), where.host.c_str());
  const auto ec = block_on(r, stream->next_layer(), limit,
                           [&](auto done) { stream->async_handshake(net::ssl::stream_base::client, std::move(done)); });
  if (ec)
    return describe_handshake(*stream, ec, where);
  return stream;
}

} // namespace mdai::sim
