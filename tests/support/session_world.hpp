#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/session_machine.hpp"

namespace mdai::test {

/// A result that is good enough for the platform.
inline constexpr auto good_result =
    R"({"type":"submit_result","image":"aGVsbG8=","consecutive_passes":5,"confidence":0.95})";
/// The platform's yes, with a number that no double holds.
inline messages::outcome success() { return {true, {}, R"({"success":true,"score":12345678901234567890})"}; }

/// A session and the world around it, without I/O: tests play the sockets, the directory, the journal and the outbox.
/// Answers that the real world gives later are given by grant(), bound() and the like.
class session_world final : public session_port {
public:
  struct end {
    close_code code;
    std::string reason;
  };

  explicit session_world(std::string platform_id = "PLT_secret9", session_policy p = {})
      : session_world(record_for(std::move(platform_id)), p) {}
  explicit session_world(session_record record, session_policy p = {})
      : policy(p)
      , machine(std::move(record), *this, policy) {}

  static session_record record_for(std::string platform_id) {
    session_record r;
    r.id = *object_id::parse("6922e0540000000000000001");
    r.created_at = from_unix_ms(1'000'000);
    r.expires_at = from_unix_ms(1'180'000);
    r.platform_id = std::move(platform_id);
    return r;
  }

  // -- what tests do --------------------------------------------------------------------------------------------------

  void join_mobile(link_id link) { machine.on_join(link, party::mobile, {}, now); }
  void join_device(link_id link, std::string id = "RDK_001") {
    machine.on_join(link, party::device, std::move(id), now);
  }
  void grant() { machine.on_claimed(true, now); }
  void bound(bool on_disk = true) { machine.on_bound(on_disk, now); }
  /// A device in its seat.
  void seat_device(link_id link, std::string id = "RDK_001") {
    join_device(link, std::move(id));
    grant();
    if (awaiting_store)
      bound();
  }
  void seat_both() {
    join_mobile(1);
    seat_device(2);
    sent.clear();
  }
  void say(link_id from, std::string text) { machine.on_message(from, payload{std::move(text)}, now); }

  std::vector<std::string> types_to(link_id link) const {
    std::vector<std::string> out;
    if (auto it = sent.find(link); it != sent.end())
      for (auto& text : it->second)
        out.push_back(nlohmann::json::parse(text).at("type"));
    return out;
  }
  nlohmann::json last_to(link_id link) const {
    auto it = sent.find(link);
    return it == sent.end() || it->second.empty() ? nlohmann::json{} : nlohmann::json::parse(it->second.back());
  }
  /// Every byte that went to a link.
  std::string all_to(link_id link) const {
    std::string out;
    if (auto it = sent.find(link); it != sent.end())
      for (auto& text : it->second)
        out += text;
    return out;
  }

  // -- what the machine asks for --------------------------------------------------------------------------------------

  void send(link_id to, payload text) override { sent[to].emplace_back(text.view()); }
  void close(link_id link, close_code code, std::string_view reason) override {
    closed.try_emplace(link, end{code, std::string{reason}});
  }
  void admitted(link_id link) override { admitted_links.push_back(link); }
  void refused(link_id link, std::string_view text, close_code code) override {
    refusals.try_emplace(link, end{code, std::string{text}});
  }
  void dropped(party from) override { ++drops[from]; }
  std::optional<refusal> recheck(link_id, party, const messages::auth&) override { return recheck_answer; }
  void claim_device(const std::string& device_id) override { claims.push_back(device_id); }
  void release_device(const std::string& device_id) override { releases.push_back(device_id); }
  void probe_answer(bool alive) override { probe_answers.push_back(alive); }
  void ping(link_id link) override { pings.push_back(link); }
  void store(const session_record& record, milestone reached) override {
    stored.push_back(record);
    awaiting_store = reached == milestone::bound;
  }
  void store_scan(scan_record scan) override { scans.push_back(std::move(scan)); }
  void submit(const session_record& record, messages::submission s) override {
    stored.push_back(record);
    submissions.push_back(std::move(s));
  }
  void store_final(const session_record& record) override { finals.push_back(record); }

  session_policy policy;
  wall_time now = from_unix_ms(1'000'000);
  std::map<link_id, std::vector<std::string>> sent;
  std::map<link_id, end> closed, refusals;
  std::vector<link_id> admitted_links, pings;
  std::vector<std::string> claims, releases;
  std::vector<bool> probe_answers;
  std::vector<session_record> stored, finals;
  std::vector<scan_record> scans;
  std::vector<messages::submission> submissions;
  std::optional<refusal> recheck_answer;
  by_party<unsigned> drops;
  bool awaiting_store = false;
  session_machine machine;
};

} // namespace mdai::test
