#pragma once
#include <memory>
#include <string>
#include <vector>

#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/link.hpp"
#include "protocol/session_machine.hpp"

namespace mdai {

/// A session as an actor: its machine decides, this carries out. Lives on its supervisor's loop from creation (or
/// recovery) to its deadline.
struct session_state final : private session_port {
  using interface = session_actor;
  static inline const char* name = "mdai.session";

  /// Lives until `deadline`, monotonic. `policy` belongs to the supervisor, which lives on the same loop and longer.
  session_state(interface::pointer self, environment& env, session_record record,
                std::chrono::steady_clock::time_point deadline, const session_policy& policy);
  ~session_state();
  interface::behavior_type make_behavior();

private:
  // What the machine asks for.
  void send(link_id to, payload text) override;
  void close(link_id id, close_code code, std::string_view reason) override;
  void admitted(link_id id) override;
  void refused(link_id id, std::string_view text, close_code code) override;
  void dropped(party from) override;
  std::optional<refusal> recheck(link_id id, party from, const messages::auth& message) override;
  void claim_device(const std::string& device_id) override;
  void release_device(const std::string& device_id) override;
  void probe_answer(bool alive) override;
  void ping(link_id id) override;
  void store(const session_record& record, milestone reached) override;
  void store_scan(scan_record scan) override;
  void submit(const session_record& record, messages::submission submission) override;
  void store_final(const session_record& record) override;

  void on_join(const join& x);
  void on_frame(const frame& x);
  void on_excess(const excess_frame& x);
  void on_link_gone(const link_gone& x);
  void on_deadline();
  void on_stored(milestone reached, bool on_disk);
  caf::result<bool> on_probe(const probe_device& x);
  caf::result<bool> on_outcome(const delivery_outcome& x);
  void count_presence();

  link* find(link_id id);
  /// Wall time by the session's own monotonic clock: at the deadline it is exactly the record's expires_at.
  wall_time now() const;

  interface::pointer self_;
  environment& env_;
  std::chrono::steady_clock::time_point deadline_;
  session_machine machine_;
  std::vector<std::shared_ptr<link>> links_; ///< joining and seated; a handful
  std::vector<caf::typed_response_promise<bool>> probes_;
  std::vector<caf::typed_response_promise<bool>> outcomes_; ///< the outbox waits until the outcome is stored
  by_party<std::uint64_t> ping_rounds_;
  link_id speaking_ = 0; ///< whose message is being dealt with
  bool storing_final_ = false;
  bool counted_active_ = false, counted_mobile_ = false, counted_device_ = false, counted_pair_ = false,
       counted_multi_scan_ = false;
};

} // namespace mdai
