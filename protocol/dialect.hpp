#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/close_code.hpp"
#include "protocol/messages.hpp"
#include "protocol/party.hpp"
#include "protocol/payload.hpp"
#include "protocol/privacy_filter.hpp"
#include "protocol/session_record.hpp"
#include "protocol/time.hpp"

namespace mdai {

/// What a dialect may look up in a session while it reads a message.
struct session_view {
  const session_record& record;
  const privacy_filter& filter; ///< of the record's platform_id
  bool mobile_here, device_here;
  wall_time now;
  unsigned max_depth;
};

/// What a client's message asks for, whatever its dialect calls it.
struct reading {
  enum class ask : std::uint8_t {
    nothing, ///< taken silently
    relay,   ///< `text` is for the other side
    answer,  ///< `text` is for the sender; empty: in this dialect it gets none
    bad,     ///< not understood, `problem` says why
    auth,    ///< an auth message on an authenticated connection
    submit,  ///< `submission` is for the platform, or `problem` says why it cannot be
  };
  ask what = ask::nothing;
  payload text;
  std::string_view problem;
  std::string platform_id; ///< that the message names, where the dialect takes it from there
  std::optional<messages::submission> submission;
};

/// How one kind of client talks: the codec between its messages and what the session machine knows. Chosen at the
/// handshake; nothing after that asks which one it is. Stateless; any thread. Where it says nothing to a party, the
/// payload is empty.
class dialect {
public:
  /// What differs besides the words.
  struct customs {
    bool keeps_seats;           ///< a seat whose holder answers a ping is not given to a newer connection
    bool ends_with_verdict;     ///< the platform's verdict is the session's last word
    std::string_view heartbeat; ///< said to each client now and then; empty: the WebSocket's own pings will do
  };

  explicit dialect(const customs& c)
      : ways(c) {}
  virtual ~dialect() = default;

  const customs ways;

  /// The one call for each message that comes.
  virtual reading read(party from, const payload& text, const session_view& session) const = 0;

  /// To who has its seat.
  virtual payload welcome(party to, const session_record& record, wall_time now) const = 0;
  /// `who` has its seat and the other one is there; said to either of them.
  virtual payload paired(party to, party who, const session_record& record) const = 0;
  /// The other side has gone.
  virtual payload peer_left(party to) const = 0;
  /// The other side is not there: the message went nowhere.
  virtual payload peer_absent(party to) const = 0;
  virtual payload error(party to, std::string_view text, int code) const = 0;
  virtual payload expired(party to) const = 0;

  /// How a socket is turned away.
  struct farewell {
    payload text;
    close_code code;
    std::string_view reason;
  };
  virtual farewell refusal(party to, std::string_view text, close_code code) const = 0;

  // -- results: texts for the mobile; the device's copy goes through the privacy filter and `fitted` ------------------

  virtual std::string verdict(const messages::outcome& outcome, const session_record& record) const = 0;
  /// The platform cannot be reached for now.
  virtual std::string delayed(const messages::delay& why, const session_record& record) const = 0;
  /// Fewer passes than the policy wants.
  virtual std::string too_few_passes(const session_record& record) const = 0;
  /// A result that is not accepted.
  virtual payload result_refused(party to, std::string_view why, int code) const = 0;
  /// ... because nobody has said yet whose it is.
  virtual payload result_of_nobody(party to) const = 0;
  /// ... because another one is on its way, of which `delayed` was said (or nothing yet).
  virtual payload result_busy(party to, std::string_view delayed) const = 0;
  /// The same message, within the size that this party takes.
  virtual payload fitted(party, payload text) const { return text; }
};

const dialect& dialect_of(dialect_id id);

} // namespace mdai
