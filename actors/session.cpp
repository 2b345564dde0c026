#include "actors/session.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "actors/auth.hpp"
#include "actors/log.hpp"
#include "actors/presence.hpp"
#include "storage/records.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;

constexpr auto ping_answer_time = 2s;
constexpr auto final_store_retry = 1s;

metric relayed{metric::kind::counter, "mdai_session_messages_total", "Messages that sessions have taken from sockets"};
metric multi_scans{metric::kind::counter, "mdai_multi_scans_total", "Scans of a session that has another device"};
metric busy_scans{metric::kind::counter, "mdai_busy_scans_total", "Scans by a device that is alive in another session"};
metric expired{metric::kind::counter, "mdai_sessions_expired_total", "Sessions that reached their deadline open"};
metric dropped_messages{metric::kind::counter, "mdai_dropped_messages_total",
                        "Messages that went nowhere, from older hardware that must not be told"};

} // namespace

link_id link::next_id() {
  static std::atomic<link_id> last{0};
  return ++last;
}

session_state::session_state(interface::pointer self, environment& env, session_record record,
                             std::chrono::steady_clock::time_point deadline, const session_policy& policy)
    : self_(self)
    , env_(env)
    , deadline_(deadline)
    , machine_(std::move(record), *this, policy) {
  count_presence();
}

// Whoever still waits for an answer learns that none comes: a promise that dies says nothing.
session_state::~session_state() {
  const auto too_late = caf::make_error(errc::session_over);
  for (auto& promise : owners_)
    promise.deliver(too_late);
  for (auto& promise : ends_)
    promise.deliver(too_late);
  for (auto* waiting : {&probes_, &outcomes_})
    for (auto& promise : *waiting)
      promise.deliver(false);
  links_.clear();
  presence::sessions += -counted_active_;
  presence::mobiles += -counted_mobile_;
  presence::devices += -counted_device_;
  presence::pairs += -counted_pair_;
}

session_actor::behavior_type session_state::make_behavior() {
  on_deadline(); // arms the timer
  return {[this](const join& x) { on_join(x); },
          [this](const frame& x) { on_frame(x); },
          [this](const binary_frame& x) { machine_.on_binary(x.from); },
          [this](const excess_frame& x) { on_excess(x); },
          [this](const link_gone& x) { on_link_gone(x); },
          [this](const link_pong& x) { machine_.on_pong(x.from); },
          [this](const ping_overdue& x) {
            if (auto l = find(x.to); l && x.round == ping_rounds_[l->who])
              machine_.on_no_pong(x.to);
            count_presence();
          },
          [this](const deadline&) { on_deadline(); },
          [this](const probe_device& x) { return on_probe(x); },
          [this](const delivery_pending& x) { machine_.on_delivery_pending(x.why); },
          [this](const delivery_outcome& x) { return on_outcome(x); },
          [this](const look&) { return machine_.record(); },
          [this](const describe&) { return view(); },
          [this](const own_session& x) { return on_own(x); },
          [this](const end_session&) { return on_end(); },
          [this](const device_revoked& x) {
            machine_.on_revoked(x.device_id);
            count_presence();
          }};
}

// -- events -----------------------------------------------------------------------------------------------------------

void session_state::on_join(const join& x) {
  links_.push_back(x.who);
  machine_.on_join(x.who->id, x.who->who, x.who->device_id, now(), x.resumed);
  count_presence();
}

void session_state::on_frame(const frame& x) {
  ++relayed;
  speaking_ = x.from;
  machine_.on_message(x.from, x.text, now());
  if (auto l = find(x.from))
    l->socket->consumed(x.text.size());
}

void session_state::on_excess(const excess_frame& x) {
  auto l = find(x.from);
  if (!l)
    return;
  if (x.out_of_patience)
    l->socket->close(close_code::rate_limited, "rate limit");
  else if (auto text = l->speaks->error(l->who, "Too many messages", 429); !text.empty())
    l->socket->send(std::move(text));
  else
    dropped(l->who);
  l->socket->consumed(x.bytes);
}

void session_state::on_link_gone(const link_gone& x) {
  machine_.on_gone(x.from);
  std::erase_if(links_, [&](auto& l) { return l->id == x.from; });
  count_presence();
}

wall_time session_state::now() const {
  return machine_.record().expires_at - std::chrono::duration_cast<milliseconds>(deadline_ - env_.steady());
}

void session_state::on_deadline() {
  auto left = deadline_ - env_.steady();
  if (left > 0s)
    return self_->delayed_send(self_, left, deadline{});
  if (machine_.record().status == session_status::open)
    ++expired;
  machine_.on_expire();
  self_->send(env_.supervisor_of(machine_.record().id), session_over{machine_.record().id});
  self_->quit();
}

caf::result<bool> session_state::on_probe(const probe_device& x) {
  if (!machine_.has_device(x.device_id))
    return false;
  auto promise = self_->make_response_promise<bool>();
  probes_.push_back(promise);
  if (probes_.size() == 1)
    machine_.on_probe();
  return promise;
}

caf::result<bool> session_state::on_outcome(const delivery_outcome& x) {
  if (x.outcome.round < machine_.record().rounds) // everybody has heard it, and gone on to another result
    return true;
  auto promise = self_->make_response_promise<bool>();
  outcomes_.push_back(promise);
  machine_.on_outcome(x.outcome);
  return promise;
}

// -- what the machine asks for: sockets -------------------------------------------------------------------------------

link* session_state::find(link_id id) {
  auto it = std::find_if(links_.begin(), links_.end(), [id](auto& l) { return l->id == id; });
  return it == links_.end() ? nullptr : it->get();
}

void session_state::send(link_id to, payload text) {
  if (auto l = find(to))
    l->socket->send(std::move(text));
}

void session_state::close(link_id id, close_code code, std::string_view reason) {
  if (auto l = find(id))
    l->socket->close(code, std::string{reason});
}

void session_state::admitted(link_id id) {
  if (auto l = find(id))
    self_->send(l->owner, mdai::admitted{});
}

void session_state::refused(link_id id, std::string_view text, close_code code) {
  auto l = find(id);
  if (!l)
    return;
  if (text == messages::multi_scan)
    ++multi_scans;
  if (text == messages::device_busy)
    ++busy_scans;
  auto farewell = l->speaks->refusal(l->who, text, code);
  log::info("refused")
      .with("session_id", machine_.record().id.hex())
      .with("request_id", l->trace.request_id)
      .with("party", mdai::name(l->who))
      .with("close_code", static_cast<int>(farewell.code));
  if (!farewell.text.empty())
    l->socket->send(farewell.text);
  l->socket->close(farewell.code, std::string{farewell.reason});
}

void session_state::dropped(party) { ++dropped_messages; }

std::optional<session_port::refusal> session_state::recheck(link_id id, party, const messages::auth& message) {
  auto l = find(id);
  if (!l)
    return std::nullopt;
  auto problem = recheck_auth(*env_.now(), l->who, l->session_id, l->device_id, message, env_.wall());
  return problem ? std::optional{refusal{problem->text, problem->code}} : std::nullopt;
}

void session_state::ping(link_id id) {
  auto l = find(id);
  if (!l)
    return;
  l->socket->ping();
  self_->delayed_send(self_, ping_answer_time, ping_overdue{id, ++ping_rounds_[l->who]});
}

void session_state::probe_answer(bool alive) {
  for (auto& promise : std::exchange(probes_, {}))
    promise.deliver(alive);
}

// -- what the machine asks for: other actors --------------------------------------------------------------------------

void session_state::claim_device(const std::string& device_id) {
  self_
      ->request(env_.directory_of(device_id), 10s, mdai::claim_device{device_id, machine_.record().id},
                session_actor{self_})
      .then(
          [this](bool granted) {
            machine_.on_claimed(granted, now());
            count_presence();
          },
          [this](const caf::error&) { machine_.on_claimed(false, now()); });
}

void session_state::release_device(const std::string& device_id) {
  self_->send(env_.directory_of(device_id), mdai::release_device{device_id, machine_.record().id});
}

void session_state::store(const session_record& record, milestone reached) {
  if (record.multi_scan_detected && !std::exchange(counted_multi_scan_, true))
    ++presence::multi_scanned;
  mdai::store x;
  x.batch.put(storage::column::sessions, storage::session_key(record), storage::encode(record));
  self_->request(env_.persistence, caf::infinite, std::move(x))
      .then([this, reached](stored) { on_stored(reached, true); },
            [this, reached](const caf::error&) { on_stored(reached, false); });
}

void session_state::on_stored(milestone reached, bool on_disk) {
  if (reached == milestone::bound)
    machine_.on_bound(on_disk, now());
  if (reached == milestone::blocked)
    machine_.on_blocked(); // on the disk or not: as long as this process lives it is
  if (reached == milestone::identified)
    machine_.on_identified(on_disk, now());
  if (reached == milestone::owned)
    machine_.on_owned(on_disk);
  if (reached == milestone::ended) {
    machine_.on_ended();
    for (auto& promise : std::exchange(ends_, {}))
      on_disk ? promise.deliver(stored{}) : promise.deliver(caf::make_error(errc::journal_unavailable));
  }
  count_presence();
}

void session_state::store_scan(scan_record scan) {
  mdai::store x;
  x.batch.put(storage::column::scans, storage::scan_key(scan), storage::encode(scan));
  // A scan that cannot be written down stops nobody.
  self_->request(env_.persistence, caf::infinite, std::move(x)).then([](stored) {}, [](const caf::error&) {});
}

// -- what operators see -----------------------------------------------------------------------------------------------

void session_state::count_presence() {
  auto count = [](bool now, bool& before, metric& gauge) {
    gauge += static_cast<int>(now) - static_cast<int>(before);
    before = now;
  };
  count(is_active(machine_.record().status), counted_active_, presence::sessions);
  count(machine_.connected(party::mobile), counted_mobile_, presence::mobiles);
  count(machine_.connected(party::device), counted_device_, presence::devices);
  count(machine_.paired(), counted_pair_, presence::pairs);
}

} // namespace mdai
