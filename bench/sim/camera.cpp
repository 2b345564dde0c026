#include <chrono>
#include <cstdio>
#include <unistd.h>

#include "bench/sim/camera_frames.hpp"
#include "bench/sim/camera_load.hpp"
#include "bench/sim/console.hpp"
#include "bench/sim/face_client.hpp"
#include "bench/sim/verbs.hpp"

/// `mdai-sim camera`: somebody before a camera is enrolled, verified or identified.
namespace mdai::sim {
namespace {

using clock = std::chrono::steady_clock;

struct camera_flags {
  std::string url, frames, cover = "none";
  unsigned identity = 1, fps = 10;
  face_account account;
  face_wish wish;
  patience waits;
  camera_load load;
};

/// One line that is written over where somebody watches; else one for each new sentence.
class feedback {
public:
  void show(const json& m, unsigned frame) {
    auto sentence =
        text_of(m, "error").empty() ? text_of(m, "message") : text_of(m, "error") + ": " + text_of(m, "message");
    if (terminal_) {
      std::printf("\r\x1b[K  frame %3u  samples %s  %s", frame, m.value("frames_processed", json{0}).dump().c_str(),
                  sentence.c_str());
    } else if (sentence != last_) {
      std::printf("  frame %3u  %s\n", frame, sentence.c_str());
    }
    last_ = sentence;
    std::fflush(stdout);
  }
  void end() const {
    if (terminal_)
      std::printf("\r\x1b[K");
  }

private:
  const bool terminal_ = isatty(STDOUT_FILENO) != 0;
  std::string last_;
};

class camera {
public:
  camera(reactor& r, const camera_flags& flags)
      : reactor_(r)
      , flags_(flags) {}

  int run(const frame_source& source) {
    auto& who = flags_.account;
    out_.title("mdai-sim camera against " + who.broker.origin());
    auto session = open_face_session(reactor_, who, flags_.wish, flags_.waits.step);
    if (!session)
      return fail(session.error());
    out_.check(true, "session created", session->id);
    auto socket = peer::connect(reactor_, session->socket, who.trust, flags_.waits);
    if (!socket)
      return fail(socket.error());
    auto welcome = socket->expect("connection_established");
    if (!welcome)
      return fail(welcome.error());
    out_.check(true, "camera connected", text_of(welcome->body, "session_type"));
    auto last = stream(*socket, source);
    shown_.end();
    if (!last)
      return fail(last.error());
    auto status = judge(last->body);
    auto ended = socket->await_end();
    out_.note("socket", ended ? describe(*ended) : ended.error().text);
    out_.summary();
    return status;
  }

private:
  /// Sends a frame whenever one is due, and shows what comes back; answers what is no answer to a frame.
  outcome<received> stream(peer& socket, const frame_source& source) {
    const auto between = std::chrono::microseconds{1'000'000 / flags_.fps};
    auto due = clock::now();
    for (unsigned frame = 0;;) {
      if (clock::now() >= due) {
        if (auto sent = socket.send_raw(frame_message(source(frame++))); !sent)
          return sent.error();
        due = clock::now() + between; // what was missed is missed, as with a browser's timer
      }
      auto left = std::chrono::ceil<milliseconds>(due - clock::now());
      auto waited = reactor_.run_until([&] { return socket.socket().ready(); }, std::max(left, milliseconds{0}));
      if (waited == reactor::wait_end::interrupted)
        return failure{true, "interrupted"};
      if (waited == reactor::wait_end::timed_out)
        continue;
      auto got = socket.receive(milliseconds{0});
      if (!got)
        return got.error();
      if (auto type = type_of(got->body);
          type == "enrollment_complete" || type == "enrollment_failed" || type == "authentication_complete")
        return got;
      shown_.show(got->body, frame);
    }
  }

  int judge(const json& last) {
    auto type = type_of(last);
    if (!last.value("success", false)) {
      out_.check(false, type, text_of(last, "message"));
      return verification_failed;
    }
    out_.check(true, type, std::to_string(last.value("frames_processed", 0)) + " frames");
    auto says = open_result(last.value("encrypted_data", json{}), flags_.account);
    if (!says)
      return out_.check(false, "result decrypted", says.error().text), went_wrong;
    out_.check(true, "result decrypted", says->raw);
    return out_.all_held() ? succeeded : went_wrong;
  }

  reactor& reactor_;
  const camera_flags& flags_;
  console out_;
  feedback shown_;
};

int run_camera(camera_flags& flags) {
  auto broker = url::parse(flags.url);
  if (!broker)
    return fail(broker.error());
  flags.account.broker = *broker;
  auto source = flags.frames.empty() ? painted_person(flags.identity, flags.cover) : frames_of(flags.frames);
  if (!source)
    return fail(source.error());
  reactor r;
  if (flags.load.streams > 0)
    return run_load(r, flags.account, flags.load, *source);
  return camera{r, flags}.run(*source);
}

} // namespace

void add_camera(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<camera_flags>();
  auto* sub = app.add_subcommand("camera", "Somebody before a camera is enrolled, verified (--user) or identified");
  sub->add_option("--url", flags->url, "The broker, like https://127.0.0.1:8443")->required();
  sub->add_option("--api-key", flags->account.api_key, "The business client's")->required();
  sub->add_option("--secret", flags->account.secret, "The business client's")->required()->envname("FACE_API_SECRET");
  sub->add_option("--secret-name", flags->account.secret_name, "What it is called; it chooses the result's key")
      ->check(CLI::IsMember({"api_secret", "secret_key"}))
      ->capture_default_str();
  sub->add_flag("--enroll", flags->wish.enrol, "Enrol --user");
  sub->add_option("--user", flags->wish.user_id, "Who it is, or says to be [nobody says]");
  sub->add_option("--samples", flags->wish.frames, "How many frames to ask for")->capture_default_str();
  sub->add_option("--blinks", flags->wish.blinks, "How many blinks to ask for")->capture_default_str();
  sub->add_flag("!--no-liveness", flags->wish.liveness, "Ask for neither blink nor movement");
  auto* files = sub->add_option("--frames", flags->frames, "A directory of pictures, shown in a circle");
  files->check(CLI::ExistingDirectory);
  sub->add_option("--person", flags->identity, "A painted person instead")->capture_default_str()->excludes(files);
  sub->add_option("--cover", flags->cover, "What the painted person wears: glasses, sunglasses, mask, hat, hand")
      ->excludes(files);
  sub->add_option("--fps", flags->fps, "Frames a second")->check(CLI::Range(1u, 100u))->capture_default_str();
  add_load(*sub, flags->load);
  add_trust(*sub, flags->account.trust);
  sub->footer("Exit status: 0 it worked, 2 the face was refused, 1 something went wrong.");
  sub->callback([flags, &chosen] { chosen = [flags] { return run_camera(*flags); }; });
}

} // namespace mdai::sim
