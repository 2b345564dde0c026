#include "bench/sim/camera_load.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <unistd.h>

#include "bench/sim/verbs.hpp"

namespace mdai::sim {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto between_frames = milliseconds{100}, shortest_pause = milliseconds{85};
constexpr unsigned frames_of_session = 60; ///< too few to come to an end, whatever the person does
constexpr unsigned pictures = 60;          ///< made before, so that painting costs nothing while it is measured
constexpr milliseconds patience_for_answers{10'000};

/// Of a process, user and system.
double cpu_seconds(int pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(in, text);
  double user = 0, system = 0;
  const auto behind_name = text.find(") ");
  if (behind_name == text.npos ||
      std::sscanf(text.c_str() + behind_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf", &user,
                  &system) != 2)
    return 0;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct tally {
  std::vector<double> ms;
  unsigned refused = 0, failed = 0;
};

/// One camera: sends at its own moments, and waits for one answer to each frame.
class stream {
public:
  stream(reactor& r, const face_account& who, clock::time_point first)
      : reactor_(r)
      , who_(who)
      , due_(first) {}

  outcome<void> open() {
    face_wish wish{.enrol = true, .user_id = "load", .frames = 20, .blinks = 10};
    auto session = open_face_session(reactor_, who_, wish, patience_for_answers);
    if (!session)
      return session.error();
    auto socket = ws_client::connect(reactor_, session->socket, who_.trust, patience_for_answers);
    if (!socket)
      return socket.error();
    socket_ = std::move(*socket);
    auto welcome = socket_->receive(patience_for_answers);
    if (!welcome)
      return welcome.error();
    sent_ = 0;
    return {};
  }

  clock::time_point due() const { return due_; }
  bool ready() const { return socket_->ready(); }

  outcome<void> send(const std::vector<std::string>& frames, unsigned shift) {
    if (sent_ == frames_of_session && under_way_.empty())
      if (auto opened = open(); !opened)
        return opened;
    if (sent_ < frames_of_session) {
      if (auto sent = socket_->send(frames[(sent_ + shift) % frames.size()], patience_for_answers); !sent)
        return sent;
      ++sent_;
      under_way_.push_back(clock::now());
    }
    due_ = std::max(due_ + between_frames, clock::now() + shortest_pause);
    return {};
  }

  outcome<void> receive(tally& t) {
    auto text = socket_->receive(milliseconds{0});
    if (!text)
      return text.error();
    if (under_way_.empty())
      return failed("an answer came that nobody asked for: " + *text);
    auto answered = clock::now() - under_way_.front();
    under_way_.pop_front();
    if (text->starts_with(R"({"type":"error","error":"Frame rate)"))
      ++t.refused;
    else if (text->starts_with(R"({"type":"error")"))
      ++t.failed;
    else
      t.ms.push_back(std::chrono::duration<double, std::milli>(answered).count());
    return {};
  }

private:
  reactor& reactor_;
  const face_account& who_;
  std::optional<ws_client> socket_;
  clock::time_point due_;
  unsigned sent_ = 0;
  std::deque<clock::time_point> under_way_; ///< answers come in the frames' order, but for refusals
};

double percentile(const std::vector<double>& sorted, double p) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

void report(tally& t, double seconds, double cpu) {
  std::sort(t.ms.begin(), t.ms.end());
  auto frames = static_cast<double>(t.ms.size());
  std::printf("frames analysed      %zu (%.1f a second)\n", t.ms.size(), frames / seconds);
  std::printf("refused, failed      %u, %u\n", t.refused, t.failed);
  std::printf("answer, ms           p50 %.1f  p90 %.1f  p99 %.1f  max %.1f\n", percentile(t.ms, .5),
              percentile(t.ms, .9), percentile(t.ms, .99), percentile(t.ms, 1));
  if (cpu > 0)
    std::printf("broker's CPU         %.1f ms a frame: %.0f frames a second and core\n", 1000 * cpu / frames,
                frames / cpu);
}

} // namespace

void add_load(CLI::App& app, camera_load& load) {
  app.add_option("--streams", load.streams, "Measure with so many cameras at once [0: do not]")
      ->check(CLI::Range(1u, 64u));
  app.add_option("--seconds", load.seconds, "How long to measure")->capture_default_str();
  app.add_option("--pid", load.pid, "The broker's process, to take its CPU time");
}

int run_load(reactor& r, const face_account& who, const camera_load& load, const frame_source& source) {
  std::vector<std::string> frames;
  for (unsigned i = 0; i < pictures; ++i)
    frames.push_back(frame_message(source(i)));
  std::deque<stream> streams;
  for (unsigned i = 0; i < load.streams; ++i) {
    streams.emplace_back(r, who, clock::now());
    if (auto opened = streams.back().open(); !opened)
      return fail(opened.error());
  }
  tally t;
  auto begin = clock::now();
  auto cpu = load.pid ? cpu_seconds(load.pid) : 0;
  for (auto end = begin + seconds{load.seconds}; clock::now() < end;) {
    auto next = std::min_element(streams.begin(), streams.end(), [](auto& a, auto& b) { return a.due() < b.due(); });
    if (clock::now() >= next->due())
      if (auto sent = next->send(frames, static_cast<unsigned>(next - streams.begin()) * 7); !sent)
        return fail(sent.error());
    auto ready = [&] { return std::find_if(streams.begin(), streams.end(), [](auto& s) { return s.ready(); }); };
    auto left = std::chrono::ceil<milliseconds>(next->due() - clock::now());
    if (r.run_until([&] { return ready() != streams.end(); }, std::max(left, milliseconds{0})) ==
        reactor::wait_end::interrupted)
      return fail({true, "interrupted"});
    for (auto s = ready(); s != streams.end(); s = ready())
      if (auto got = s->receive(t); !got)
        return fail(got.error());
  }
  auto elapsed = std::chrono::duration<double>(clock::now() - begin).count();
  report(t, elapsed, load.pid ? cpu_seconds(load.pid) - cpu : 0);
  return t.failed == 0 ? succeeded : went_wrong;
}

} // namespace mdai::sim
