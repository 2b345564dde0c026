#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/face/face_machine.hpp"

namespace mdai::test {

inline constexpr auto some_picture = R"({"type":"frame","image":"/9j/4A=="})";

/// A frame that any engine would be glad of.
inline face::frame_analysis clean_frame(float quality = 0.9f, float mark = 1) {
  face::frame_analysis f;
  f.status = face::frame_status::one_face;
  f.width = 640;
  f.height = 480;
  f.face = face::box{200, 100, 400, 340};
  f.landmarks = {{250, 180}, {350.25f, 181}};
  f.eyes = {{230, 165, 270, 195}, {330, 165, 370, 195}};
  f.quality = quality;
  f.descriptor = face::embedding{mark};
  return f;
}

/// What liveness says of somebody who has blinked and moved.
inline face::liveness_reading alive(int blinks = 1, int motion = 1) {
  return {.ear = 0.3f, .blinks = blinks, .motion_events = motion, .motion_score = 0.5f, .still = false};
}

/// One face session and the world around it, without I/O: tests play sockets, journal, worker and gallery.
class face_world : public face::face_port {
public:
  struct end {
    close_code code;
    std::string reason;
  };

  explicit face_world(face::session_record r = record_for(face::session_kind::enrollment), face::stream_policy p = {})
      : expires_at(r.expires_at)
      , machine(std::move(r), crypto::key256{7}, *this, p) {}

  static face::session_record record_for(face::session_kind kind) {
    face::session_record r;
    r.session_id = *uuid::parse("00000000-0000-4000-8000-000000000001");
    r.token = "sess_of_tests";
    r.client_id = "tenant";
    r.kind = kind;
    r.status = kind == face::session_kind::enrollment ? face::session_status::pending : face::session_status::active;
    if (kind == face::session_kind::enrollment)
      r.enrollment_id = *uuid::parse("00000000-0000-4000-8000-0000000000e1");
    if (kind != face::session_kind::identification)
      r.user_id = "anna";
    r.created_at = from_unix_ms(1'000'000);
    r.expires_at = from_unix_ms(1'300'000);
    return r;
  }

  // -- what tests do --------------------------------------------------------------------------------------------------

  void attach(link_id link) { machine.on_attach(link, now); }
  /// The journal answers what it was asked first.
  void stored(bool on_disk = true) {
    auto reached = stores.front().first;
    stores.pop_front();
    machine.on_stored(reached, on_disk, now);
  }
  void settle() {
    while (!stores.empty())
      stored();
  }
  void attach_ready(link_id link = 1) {
    attach(link);
    settle();
  }
  void say(std::string text, link_id from = 1) { machine.on_text(from, payload{text}, now); }
  void pass(milliseconds d) { now += d; }
  /// A frame at a good pace, which the engine answers.
  void frame(const result<face::frame_analysis>& analysis = clean_frame(), face::liveness_reading l = alive(),
             link_id from = 1) {
    pass(milliseconds{100});
    say(some_picture, from);
    if (machine.busy())
      machine.on_analyzed(analysis, l, now);
  }
  void decided(face::match_outcome::kind what, std::string user = {}, float confidence = 0) {
    machine.on_decided({what, std::move(user), confidence}, now);
  }

  nlohmann::json last(link_id link = 1) const {
    auto it = sent.find(link);
    return it == sent.end() || it->second.empty() ? nlohmann::json{} : nlohmann::json::parse(it->second.back());
  }
  std::vector<std::string> types(link_id link = 1) const {
    std::vector<std::string> out;
    if (auto it = sent.find(link); it != sent.end())
      for (auto& text : it->second)
        out.push_back(nlohmann::json::parse(text).at("type"));
    return out;
  }

  // -- what the machine asks for --------------------------------------------------------------------------------------

  void send(link_id to, std::string_view text) override { sent[to].emplace_back(text); }
  void close(link_id link, close_code code, std::string_view reason) override {
    closed.try_emplace(link, end{code, std::string{reason}});
  }
  void store(const face::session_record& record, face::stream_milestone reached) override {
    stores.emplace_back(reached, record);
    journal.push_back(record);
  }
  void analyze(const face::messages::picture& frame) override { frames.push_back(frame); }
  void noted(face::frame_fate fate) override { ++fates[fate]; }
  void decide(const std::vector<face::embedding>& s, const face::session_record& completed) override {
    decisions.push_back(s);
    journaled_at_decision = journal.size();
    when_completed = completed;
  }

  wall_time now = from_unix_ms(1'000'000);
  const wall_time expires_at;
  std::map<link_id, std::vector<std::string>> sent;
  std::map<link_id, end> closed;
  std::deque<std::pair<face::stream_milestone, face::session_record>> stores; ///< not answered yet
  std::vector<face::session_record> journal;
  std::vector<face::messages::picture> frames;
  std::map<face::frame_fate, unsigned> fates;
  std::vector<std::vector<face::embedding>> decisions;
  std::size_t journaled_at_decision = 0; ///< how long the journal was at the last one
  std::optional<face::session_record> when_completed;
  face::face_machine machine;
};

} // namespace mdai::test
