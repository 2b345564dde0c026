#include "bench/load/creator.hpp"

#include "protocol/crypto.hpp"
#include "protocol/qr.hpp"

namespace mdai::load {

sim::outcome<std::string> scan_token(const std::string& sealed_code, const std::string& key_hex) {
  const auto key = crypto::key_from_hex(key_hex);
  if (!key)
    return sim::failed("--qr-key must be 64 hex digits");
  auto content = open_qr(*key, sealed_code);
  if (!content)
    return sim::failed("the QR code does not open under --qr-key: " + content.error().message());
  return std::move(content->token);
}

/// One connection.
class session_creator::line final : stream_events {
public:
  line(session_creator& of, std::size_t number)
      : of_(of)
      , number_(number)
      , stream_(of.with_.on, *this) {}

  /// Takes up work if there is any and it is idle.
  void go() {
    if (asked_ || !of_.begin_one())
      return;
    asked_ = clock::now();
    if (stream_.is_open())
      ask();
    else
      stream_.open(of_.with_.server.at, of_.with_.server.source(number_, of_.with_.wish.per_address));
  }

private:
  void ask() {
    stream_.out() += make_create(of_.with_.server.where, of_.with_.wish.bearer + std::to_string(++of_.next_user_));
    stream_.flush();
  }

  void on_open() override { ask(); }

  std::size_t on_bytes(std::string_view bytes) override {
    http_response answer;
    const auto status = read_response(bytes, answer);
    if (status == read_status::incomplete)
      return 0;
    if (status == read_status::invalid || !asked_) {
      of_.fail("unexpected answer: " + std::string{bytes.substr(0, 200)});
      return bytes.size();
    }
    of_.take(answer, *std::exchange(asked_, std::nullopt));
    go();
    return answer.size;
  }

  void on_end(const std::string& why) override {
    if (asked_)
      of_.fail("while creating a session: " + (why.empty() ? "closed without an answer" : why));
  }

  session_creator& of_;
  std::size_t number_;
  stream stream_;
  std::optional<clock::time_point> asked_;
};

session_creator::session_creator(bench& with, std::size_t connections)
    : with_(with) {
  for (std::size_t i = 0; i < connections; ++i)
    lines_.emplace_back(*this, i);
}

session_creator::~session_creator() = default;

sim::outcome<void> session_creator::create(std::size_t count) {
  using namespace std::chrono_literals;
  constexpr milliseconds patience = 10s, look = 100ms;
  left_ = count;
  sessions_.reserve(sessions_.size() + count);
  for (auto& l : lines_)
    l.go();
  auto moved = clock::now();
  auto seen = sessions_.size();
  with_.on.run([&]() -> std::optional<clock::time_point> {
    const auto now = clock::now();
    if (std::exchange(seen, sessions_.size()) != sessions_.size())
      moved = now;
    if (now - moved > patience && failure_.empty())
      failure_ = "no session was created for 10 s";
    if (left_ + under_way_ == 0 || !failure_.empty())
      return std::nullopt;
    with_.show.tick("creating sessions", count - left_ - under_way_, count);
    return now + look;
  });
  if (!failure_.empty())
    return sim::failed(failure_);
  return {};
}

bool session_creator::begin_one() {
  if (left_ == 0 || !failure_.empty())
    return false;
  --left_;
  ++under_way_;
  return true;
}

void session_creator::take(const http_response& answer, clock::time_point asked) {
  using json = nlohmann::json;
  latencies_.add(static_cast<std::uint64_t>(nanoseconds{clock::now() - asked}.count()));
  const auto body = json::parse(answer.body, nullptr, false);
  const auto text = [&](const char* name) {
    const auto found = body.is_object() ? body.find(name) : body.end();
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  created_session made{text("session_id"), text("ws_token"), text("qr_encrypted"), text("expires_at")};
  if (answer.status != 200 || made.id.empty() || made.phone_token.empty())
    return fail("session not created: " + std::to_string(answer.status) + " " +
                std::string{answer.body.substr(0, 200)});
  --under_way_;
  sessions_.push_back(std::move(made));
}

void session_creator::fail(const std::string& why) {
  if (failure_.empty())
    failure_ = why;
}

} // namespace mdai::load
