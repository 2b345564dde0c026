#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/close_code.hpp"
#include "protocol/dialect.hpp"
#include "protocol/link_id.hpp"
#include "protocol/messages.hpp"
#include "protocol/party.hpp"
#include "protocol/payload.hpp"
#include "protocol/privacy_filter.hpp"
#include "protocol/session_record.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// Settings a session obeys; read anew for each message, so a reload counts at once.
struct session_policy {
  bool block_on_multi_scan = false;
  std::int64_t min_consecutive_passes = 5;
  unsigned max_json_depth = 128;
  unsigned bad_messages_in_a_row = 10;
};

/// What a session has reached once a record of it is on the disk.
enum class milestone { none, bound, blocked, identified, owned, ended };

/// What a session asks of the world. The session actor implements it over sockets and actors, tests over vectors.
/// Requests marked -> answer later through the event of the machine they name; never from inside the call.
class session_port {
public:
  virtual ~session_port() = default;
  virtual void send(link_id to, payload text) = 0;
  /// After what was sent is flushed.
  virtual void close(link_id link, close_code code, std::string_view reason) = 0;
  /// The link is authenticated: its own limits count from here on.
  virtual void admitted(link_id link) = 0;
  /// The link is refused: its dialect's words for this text, then the code.
  virtual void refused(link_id link, std::string_view text, close_code code) = 0;
  /// A message of this party got no answer, because its dialect has none for it.
  virtual void dropped(party from) = 0;
  /// Checks an `auth` message that comes on an authenticated link; nothing when it is right.
  struct refusal {
    std::string_view text;
    close_code code;
  };
  virtual std::optional<refusal> recheck(link_id link, party from, const messages::auth& message) = 0;

  /// Is the device free? -> on_claimed.
  virtual void claim_device(const std::string& device_id) = 0;
  virtual void release_device(const std::string& device_id) = 0;
  /// Answers the probe of this session's device that on_probe began.
  virtual void probe_answer(bool alive) = 0;
  /// Pings the link; a pong or silence for 2 s -> on_pong / on_no_pong.
  virtual void ping(link_id link) = 0;

  /// Journals the record. -> the event of the milestone: on_bound, on_blocked, on_identified, on_owned or on_ended.
  virtual void store(const session_record& record, milestone reached = milestone::none) = 0;
  virtual void store_scan(scan_record scan) = 0;
  /// Answers on_own: the session is that person's, on the disk. Errors: not_found (it is somebody else's),
  /// session_over, journal_unavailable.
  virtual void owned(result<void> whether) = 0;
  /// Journals record, outbox entry and image together, then starts the delivery. -> on_submitted, on_delivery_pending,
  /// on_outcome.
  virtual void submit(const session_record& record, messages::submission submission) = 0;
  /// Journals the record and takes the result off the outbox together; retried until it works. -> on_final_stored.
  virtual void store_final(const session_record& record) = 0;
};

/// The life of one session, without I/O, threads or clocks: events in, requests to the port out.
class session_machine {
public:
  session_machine(session_record record, session_port& port, const session_policy& policy);

  // -- events of the sockets ------------------------------------------------------------------------------------------

  /// A party whose token is verified. `resumed`: it was here before the session was restarted, nobody is told; a device
  /// claims itself again, because the directory knows the session that died.
  void on_join(link_id link, party who, std::string device_id, wall_time now, bool resumed = false);
  void on_message(link_id link, const payload& text, wall_time now);
  void on_binary(link_id link);
  void on_gone(link_id link);
  void on_pong(link_id link);
  void on_no_pong(link_id link);

  // -- answers of the world -------------------------------------------------------------------------------------------

  void on_claimed(bool granted, wall_time now);
  void on_bound(bool stored, wall_time now);
  void on_blocked();
  void on_identified(bool stored, wall_time now);
  void on_submitted(bool stored);
  void on_delivery_pending(const messages::delay& why);
  void on_outcome(const messages::outcome& outcome);
  void on_final_stored();
  /// Another session wants this session's device (has_device): is it alive? Answered by probe_answer.
  void on_probe();
  /// A person's phone names this session, which may have been made without one. Answered by `owned`, in the order of
  /// the calls.
  void on_own(std::string platform_id, bool hybrid);
  void on_owned(bool stored);
  /// The operator ends it, unless it is over already. Stored -> on_ended.
  void on_end();
  void on_ended();
  /// This device was revoked: it goes, if it is here.
  void on_revoked(std::string_view device_id);
  /// The deadline. Ends everything.
  void on_expire();

  // -- observers ------------------------------------------------------------------------------------------------------

  const session_record& record() const { return record_; }
  bool ended() const { return ended_; }
  bool connected(party p) const { return seats_[p].link != 0; }
  /// Nothing more happens in it.
  bool over() const { return ended_ || !is_active(record_.status); }
  /// Seated here, or about to be.
  bool has_device(std::string_view device_id) const;
  bool paired() const { return connected(party::mobile) && connected(party::device); }

private:
  struct seat {
    link_id link = 0;
    unsigned bad_in_a_row = 0;
  };
  struct rival {
    link_id link;
    party who;
    wall_time came;
  };
  struct waiting_device {
    link_id link;
    std::string device_id;
    bool resumed;
  };

  struct owner {
    std::string platform_id;
    bool hybrid;
  };

  void join_mobile(link_id link, wall_time now, bool resumed);
  void next_device(wall_time now);
  void begin_device(waiting_device w, wall_time now);
  void admit_device(wall_time now);
  void refuse_device(const waiting_device& w, std::string_view text, close_code code, wall_time now);
  void refuse_multi_scan(const waiting_device& w, wall_time now);
  /// Whoever still waits for a seat goes without one.
  void refuse_waiting(std::string_view text, close_code code);
  /// Both leave, and their device is free again: `farewell` has the last word to each and closes its link.
  void dismiss(const std::function<void(party, link_id)>& farewell);
  void take_seat(party who, link_id link, wall_time now, bool resumed);
  void greet(party who, link_id link, wall_time now, bool resumed);
  void block();
  void next_owner();
  void own(owner next);
  /// The record as it is once everything that is on its way to the disk has arrived there.
  session_record next_record() const;

  void on_words(party who, const payload& text, wall_time now);
  void on_auth(party who, std::string_view text, wall_time now);
  void on_submission(reading said);
  void refuse_result(std::string_view why, int code);
  void identify(reading said);
  void belongs_to(std::string platform_id);
  void remember(const std::string& platform_id);
  /// It is known whether the person who was named last stands on the disk.
  void settle_person(bool stored);
  void relay(party to, payload text);
  void bad_message(party who, std::string_view text);
  session_view view(wall_time now) const;

  /// Somebody wants a seat whose holder may still be alive.
  void contest(party who, link_id link, wall_time now);
  bool is_contested(party who) const;
  void refuse_rivals(party who, std::string_view text, close_code code);
  void seat_next_rival(party who);

  /// An answer, which the dialect may withhold.
  void reply(party to, payload text);
  void tell(party to, payload text);
  void tell_link(party to, link_id link, payload text);
  void tell_both(const std::string& text);
  void send_final(party to, link_id link);
  bool wait_room_full() const { return waiting_.size() >= max_waiting; }
  std::optional<party> party_of(link_id link) const;

  static constexpr std::size_t max_waiting = 16;
  /// Messages of a mobile that may wait for its platform_id to be stored.
  static constexpr std::size_t max_held = 256;

  session_record record_;
  const dialect& dialect_;
  session_port& port_;
  const session_policy& policy_;
  privacy_filter filter_;
  by_party<seat> seats_;
  std::optional<waiting_device> joining_;      ///< the device whose claim or binding is under way
  std::deque<waiting_device> waiting_;         ///< devices that came meanwhile, in order
  std::optional<owner> owning_;                ///< on its way to the disk
  std::deque<owner> owners_;                   ///< who came meanwhile, in order
  bool settled_ = false;                       ///< the last word is journaled: whoever comes back gets it and goes
  std::string delayed_;                        ///< what both were told when the delivery took longer
  std::vector<rival> rivals_;                  ///< they wait for the holder of their seat to answer a ping, in order
  std::optional<payload> introduction_;        ///< for the device, when the platform_id that it brought is stored
  std::optional<std::string> unstored_before_; ///< while it is not: the platform_id to go back to
  std::vector<payload> held_;                  ///< what the mobile said behind it
  bool submitting_ = false;                    ///< a result is on its way to the disk
  bool concluding_ = false;                    ///< a verdict is being stored, of which nobody has heard
  bool probing_ = false;
  bool ended_ = false;
};

} // namespace mdai
