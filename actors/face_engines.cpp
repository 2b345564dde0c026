#include "actors/face_engines.hpp"

#include <algorithm>
#include <thread>

#include "actors/blocking_http.hpp"
#include "vision/classical_engine.hpp"
#include "vision/onnx_engine.hpp"
#include "vision/remote_engine.hpp"

namespace mdai {
namespace {

using made = result<std::unique_ptr<vision::face_engine>>;
/// Opens an engine; on failure the text is one sentence.
using opener = std::function<made(std::string&)>;

transport::client_request to_client(const transport::url& base, const vision::remote_request& r) {
  transport::client_request call{std::string{r.method}, base, {}, std::string{r.body}};
  while (call.where.target.ends_with('/'))
    call.where.target.pop_back();
  call.where.target += r.target;
  if (!r.content_type.empty())
    call.headers.set("Content-Type", std::string{r.content_type});
  return call;
}

/// All workers share the connections, and what they know of the service.
opener remote(const settings& s) {
  vision::remote_options options{.deadline = s.face.remote_timeout};
  auto client = std::make_shared<blocking_http>(transport::client_options{.ca_file = s.backend.ca_file});
  return [options, client, base = transport::url::parse(s.face.remote_url)](std::string& why) -> made {
    if (!base) {
      why = "face.remote_url is no URL";
      return base.error();
    }
    auto exchange = [client, base = *base](const vision::remote_request& r) -> result<vision::remote_response> {
      auto answer = client->exchange(to_client(base, r), r.deadline);
      if (!answer)
        return answer.error();
      return vision::remote_response{answer->status, std::move(answer->body)};
    };
    return vision::open_remote(options, exchange, why);
  };
}

opener opener_of(const settings& s) {
  using kind = settings::face_engine;
  switch (s.face.engine) {
  case kind::remote:
    return remote(s);
  case kind::onnx:
    return [o = vision::onnx_options{.detector = s.face.onnx_detector, .recognizer = s.face.onnx_recognizer}](
               std::string& why) { return vision::open_onnx(o, why); };
  case kind::classical:
    break;
  }
  return [o = vision::classical_options{.cascades = s.face.cascade_dir}](std::string& why) {
    return vision::open_classical(o, why);
  };
}

/// One core is left to the loops.
std::size_t worker_count(unsigned setting) {
  return setting ? setting : std::max(2u, std::thread::hardware_concurrency()) - 1;
}

} // namespace

result<face_engines> face_engines::open(const settings& s, std::string& why) {
  auto open = opener_of(s);
  auto first = open(why);
  if (!first)
    return first.error();
  auto make = [open]() -> made {
    std::string ignored; // it could be done at start
    return open(ignored);
  };
  return face_engines{(*first)->info(), std::move(make), worker_count(s.face.workers)};
}

} // namespace mdai
