#include "bench/sim/http_client.hpp"

#include <cctype>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "bench/sim/connection.hpp"

namespace mdai::sim {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t body_limit_bytes = 64u << 20;

http::request<http::string_body> to_beast(const http_call& call) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(call.method);
  out.target(call.where.path.empty() ? "/" : call.where.path);
  out.set(http::field::host, call.where.authority());
  out.set(http::field::user_agent, "mdai-sim");
  out.set(http::field::connection, "close");
  for (const auto& [name, value] : call.headers)
    out.set(name, value);
  out.body() = call.body;
  out.prepare_payload();
  return out;
}

http_answer from_beast(http::response<http::string_body>&& in) {
  http_answer out{in.result_int(), {}, std::move(in.body())};
  for (const auto& field : in) {
    std::string name{field.name_string()};
    for (auto& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out.headers.emplace(std::move(name), field.value());
  }
  return out;
}

template <class Stream>
outcome<http_answer> exchange(reactor& r, Stream& stream, const http_call& call, milliseconds limit) {
  auto& lowest = boost::beast::get_lowest_layer(stream);
  const auto request = to_beast(call);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(body_limit_bytes);
  auto ec = block_on(r, lowest, limit, [&](auto done) { http::async_write(stream, request, std::move(done)); });
  // A server may answer and close before it has read all of a body it does not want: its answer counts.
  const bool unsent = static_cast<bool>(ec);
  if (!unsent || (ec != net::error::timed_out && ec != net::error::interrupted)) {
    const auto read_ec =
        block_on(r, lowest, limit, [&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); });
    ec = unsent && read_ec ? ec : read_ec;
  }
  lowest.close();
  if (ec)
    return describe(ec, call.where.origin());
  return from_beast(parser.release());
}

} // namespace

std::string http_answer::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string{} : found->second;
}

outcome<http_answer> fetch(reactor& r, const http_call& call, const tls_trust& trust, milliseconds limit) {
  if (call.where.secure) {
    auto stream = connect_tls(r, call.where, trust, limit);
    return stream ? exchange(r, **stream, call, limit) : outcome<http_answer>{stream.error()};
  }
  auto stream = connect_plain(r, call.where, limit);
  return stream ? exchange(r, **stream, call, limit) : outcome<http_answer>{stream.error()};
}

} // namespace mdai::sim
