#include "vision/remote_engine.hpp"

#include "vision/detail/picture.hpp"
#include "vision/detail/remote_answer.hpp"

namespace mdai::vision {
namespace {

/// Leaves the gate when it ends, however that is.
struct visit {
  explicit visit(remote_gate& g)
      : gate(g) {}
  ~visit() { gate.leave(good); }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  remote_gate& gate;
  bool good = false;
};

/// The connection to one remote engine, shared by an engine and its tracks.
struct remote {
  remote_options options;
  remote_exchange exchange;

  /// The body of a 200; or what went wrong. The gate learns whether the engine did its work.
  result<std::string> ask(std::string_view method, std::string_view target, std::string_view type,
                          std::string_view body) const {
    if (!options.gate->enter())
      return errc::overloaded;
    visit mine{*options.gate};
    auto answer = exchange({method, target, type, body, options.deadline});
    if (!answer)
      return answer.error() == errc::timed_out ? errc::timed_out : errc::connect_failed;
    if (answer->status == 200) {
      mine.good = true;
      return std::move(answer->body);
    }
    const auto refusal = detail::read_refusal(answer->status, answer->body);
    mine.good = refusal != errc::overloaded && refusal != errc::malformed_response;
    return refusal;
  }
};

class remote_track final : public face_track {
public:
  remote_track(std::shared_ptr<remote> other, face::engine_info info)
      : remote_(std::move(other))
      , info_(std::move(info)) {}

  result<face::frame_analysis> analyze(std::string_view image, want w) override {
    const auto header = detail::read_header(image); // what is no picture need not travel
    if (!header)
      return header.error();
    auto body = remote_->ask("POST", w.descriptor ? "/v1/analyze?descriptor=true" : "/v1/analyze?descriptor=false",
                             header->is_jpeg ? "image/jpeg" : "image/png", image);
    if (!body)
      return body.error();
    return detail::read_analysis(*body, info_);
  }

private:
  std::shared_ptr<remote> remote_;
  const face::engine_info info_;
};

class remote_engine final : public face_engine {
public:
  remote_engine(std::shared_ptr<remote> other, face::engine_info info)
      : remote_(std::move(other))
      , info_(std::move(info)) {}
  const face::engine_info& info() const override { return info_; }
  std::unique_ptr<face_track> open_track() override { return std::make_unique<remote_track>(remote_, info_); }

private:
  std::shared_ptr<remote> remote_;
  const face::engine_info info_;
};

} // namespace

bool remote_gate::enter() {
  const std::scoped_lock lock(mutex_);
  return breaker_.on_call() == breaker::verdict::go;
}

void remote_gate::leave(bool success) {
  const std::scoped_lock lock(mutex_);
  breaker_.on_result(success);
}

result<std::unique_ptr<face_engine>> open_remote(const remote_options& options, remote_exchange exchange,
                                                 std::string& why) {
  auto other = std::make_shared<remote>(remote{options, std::move(exchange)});
  const auto body = other->ask("GET", "/v1/engine", "", "");
  if (!body) {
    why = "the remote face engine does not say what it is: " + body.error().message();
    return body.error();
  }
  auto info = detail::read_engine_info(*body);
  if (!info) {
    why = "the remote face engine does not say what it is as docs/face-remote.md describes";
    return info.error();
  }
  return std::make_unique<remote_engine>(std::move(other), std::move(*info));
}

} // namespace mdai::vision
