#pragma once
#include <caf/all.hpp>

#include "actors/messages.hpp"

/// START HERE: every actor of the broker and every message it takes.
///
///   app
///   ├─ persistence          the only writer of the journal; a thread of its own
///   ├─ eraser               rewrites the journal's files after an erasure; a thread of its own
///   ├─ outbox               results that must reach the backend, whatever dies
///   ├─ device_registry      which devices there are, and their keys
///   ├─ challenges           what only a device with its private key can answer
///   ├─ admin_api            what operators ask over HTTP
///   └─ per loop
///      ├─ supervisor        knows every session whose id falls on this loop; restarts the ones that die
///      │  └─ session        one per session, until its deadline
///      ├─ device_directory  which session a device is in, for the devices whose name falls on this loop
///      ├─ api               HTTP requests that need other actors
///      │  └─ backend_call   one per call to the platform
///      ├─ device_api        HTTP requests about devices and challenges
///      └─ connection        one per WebSocket, until it is closed
namespace mdai {

// The only two words of CAF 0.17's signature language that are used; both survive a port to CAF 1.x.
template <class... In>
using accepts = caf::reacts_to<In...>;
template <class Out, class... In>
using answers = typename caf::replies_to<In...>::template with<Out>;

using session_actor = caf::typed_actor<
    /// A socket wants a seat.
    accepts<join>,
    /// A message of a seated party: checked, filtered, relayed.
    accepts<frame>, accepts<binary_frame>, accepts<excess_frame>,
    /// Its socket closed.
    accepts<link_gone>,
    /// Its socket answered a ping, or did not within two seconds.
    accepts<link_pong>, accepts<ping_overdue>,
    /// The session's own timer.
    accepts<deadline>,
    /// Another session wants this session's device: is it alive here?
    answers<bool, probe_device>,
    /// News of this session's result.
    accepts<delivery_pending>, answers<bool, delivery_outcome>,
    /// What are you?
    answers<session_record, look>, answers<session_report, describe>,
    /// Whose are you? errc::not_found (somebody else's), errc::session_over, errc::journal_unavailable.
    answers<session_record, own_session>,
    /// End now. errc::session_over, errc::journal_unavailable.
    answers<stored, end_session>,
    /// This device must go, if it is here.
    accepts<device_revoked>>;

using connection_actor = caf::typed_actor<
    /// The first message, which must be `auth`.
    accepts<first_message>,
    /// The session has taken the socket in.
    accepts<admitted>,
    /// The socket is gone: so is the actor.
    accepts<socket_closed>,
    /// No auth message in time.
    accepts<auth_overdue>,
    /// Settings were reloaded.
    accepts<limits_changed>,
    /// Its own timer, where the dialect has a word for it.
    accepts<heartbeat>,
    /// Drain.
    accepts<go_away>>;

using supervisor_actor = caf::typed_actor<
    /// Journals a new session, then spawns it; answers its record. errc::journal_unavailable when it cannot be stored.
    answers<session_record, create_session>,
    /// The session, brought back from the journal when it slept through a restart. errc::not_found, errc::session_over.
    answers<session_actor, find_session>,
    /// A session's life is over: forget it.
    accepts<session_over>,
    /// Which sessions are there?
    answers<session_page, list_sessions>,
    /// The outbox has news for a session that may have slept through a restart.
    accepts<delivery_pending>, answers<bool, delivery_outcome>,
    /// Settings were reloaded.
    accepts<policy_changed>,
    /// Forget sleeping sessions whose time is over.
    accepts<sweep>>;

using device_directory_actor = caf::typed_actor<
    /// A device for this session alone? Waits for a probe of the session that has it, if any.
    answers<bool, claim_device, session_actor>,
    /// The session's device has gone.
    accepts<release_device>,
    /// It must leave the session that it is in.
    accepts<device_revoked>>;

using device_registry_actor = caf::typed_actor<
    /// Answers once it is on the disk. errc::journal_unavailable.
    answers<registered, register_device>,
    /// errc::device_unknown.
    answers<device_record, find_device>,
    /// Answers once it is on the disk. errc::device_unknown, errc::journal_unavailable.
    answers<device_record, revoke_device>,
    /// Which devices are there?
    answers<device_page, list_devices>>;

using challenges_actor = caf::typed_actor<
    /// Answers once it is on the disk. errc::device_unknown, errc::device_revoked, errc::not_found (the session),
    /// errc::overloaded, errc::journal_unavailable.
    answers<issued_challenge, issue_challenge>,
    /// One answer of each challenge at a time. errc::journal_unavailable.
    answers<challenge_answer, answer_challenge>,
    /// Something runs out, or is to be stored again.
    accepts<challenge_tick>>;

using persistence_actor = caf::typed_actor<
    /// Group commit: answers when the batch is on the disk.
    answers<stored, store>,
    /// Reads one value.
    answers<std::string, fetch>,
    /// Looks for a session that is over, until it is purged.
    answers<bool, find_record>,
    /// Commits what has gathered.
    accepts<flush_writes>,
    /// Deletes what is past its retention.
    accepts<purge_expired>,
    /// Tries whether the disk takes writes again.
    accepts<resume_journal>>;

using eraser_actor = caf::typed_actor<
    /// Answers when no trace is left in any file.
    answers<stored, erase_for_good>,
    /// Begins with what has gathered, and with what failed before.
    accepts<erase_waiting>,
    /// Its own timer.
    accepts<retry_erasing>>;

using outbox_actor = caf::typed_actor<
    /// A result that is journaled: deliver it until the backend has answered.
    accepts<deliver>,
    /// Something in the schedule is due.
    accepts<outbox_tick>>;

using backend_call_actor = caf::typed_actor<
    /// The one call; the actor ends with the answer.
    answers<backend::reply, backend_request>,
    /// From the HTTP client.
    accepts<backend_answered>>;

using api_actor = caf::typed_actor<
    /// An HTTP request that needs other actors to be answered.
    accepts<http_exchange>>;

} // namespace mdai

CAF_BEGIN_TYPE_ID_BLOCK(mdai_handles, caf::id_block::mdai::end)
CAF_ADD_TYPE_ID(mdai_handles, (mdai::session_actor))
CAF_ADD_TYPE_ID(mdai_handles, (mdai::connection_actor))
CAF_END_TYPE_ID_BLOCK(mdai_handles)
