#pragma once
#include <caf/all.hpp>

#include "actors/messages/devices.hpp"
#include "actors/messages/http.hpp"
#include "actors/messages/results.hpp"
#include "actors/messages/sessions.hpp"
#include "actors/messages/sockets.hpp"
#include "protocol/errc.hpp"

/// Every message that actors exchange, a conversation a file; interfaces.hpp says who takes which.
///
/// Here each has its number, by its place: new ones go to the end. They never leave the process (frames travel between
/// nodes by other means), which is what makes them "unsafe" in CAF's words.
#define MDAI_MESSAGES(X)                                                                                               \
  X(frame)                                                                                                             \
  X(binary_frame)                                                                                                      \
  X(excess_frame)                                                                                                      \
  X(link_pong)                                                                                                         \
  X(link_gone)                                                                                                         \
  X(join)                                                                                                              \
  X(ping_overdue)                                                                                                      \
  X(deadline)                                                                                                          \
  X(first_message)                                                                                                     \
  X(admitted)                                                                                                          \
  X(socket_closed)                                                                                                     \
  X(auth_overdue)                                                                                                      \
  X(limits_changed)                                                                                                    \
  X(heartbeat)                                                                                                         \
  X(go_away)                                                                                                           \
  X(create_session)                                                                                                    \
  X(find_session)                                                                                                      \
  X(look)                                                                                                              \
  X(session_record)                                                                                                    \
  X(session_over)                                                                                                      \
  X(policy_changed)                                                                                                    \
  X(sweep)                                                                                                             \
  X(claim_device)                                                                                                      \
  X(release_device)                                                                                                    \
  X(probe_device)                                                                                                      \
  X(store)                                                                                                             \
  X(stored)                                                                                                            \
  X(fetch)                                                                                                             \
  X(find_record)                                                                                                       \
  X(flush_writes)                                                                                                      \
  X(purge_expired)                                                                                                     \
  X(resume_journal)                                                                                                    \
  X(deliver)                                                                                                           \
  X(outbox_tick)                                                                                                       \
  X(delivery_pending)                                                                                                  \
  X(delivery_outcome)                                                                                                  \
  X(backend_request)                                                                                                   \
  X(backend_answered)                                                                                                  \
  X(backend::reply)                                                                                                    \
  X(http_exchange)                                                                                                     \
  X(describe)                                                                                                          \
  X(session_report)                                                                                                    \
  X(own_session)                                                                                                       \
  X(end_session)                                                                                                       \
  X(list_sessions)                                                                                                     \
  X(session_page)                                                                                                      \
  X(device_revoked)                                                                                                    \
  X(register_device)                                                                                                   \
  X(registered)                                                                                                        \
  X(find_device)                                                                                                       \
  X(device_record)                                                                                                     \
  X(revoke_device)                                                                                                     \
  X(list_devices)                                                                                                      \
  X(device_page)                                                                                                       \
  X(issue_challenge)                                                                                                   \
  X(issued_challenge)                                                                                                  \
  X(answer_challenge)                                                                                                  \
  X(challenge_answer)                                                                                                  \
  X(challenge_tick)                                                                                                    \
  X(erase_for_good)                                                                                                    \
  X(erase_waiting)                                                                                                     \
  X(retry_erasing)

#define MDAI_NUMBERED(type) CAF_ADD_TYPE_ID(mdai, (mdai::type))
#define MDAI_LOCAL(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mdai::type)

CAF_BEGIN_TYPE_ID_BLOCK(mdai, first_custom_type_id)
MDAI_MESSAGES(MDAI_NUMBERED)
CAF_END_TYPE_ID_BLOCK(mdai)
MDAI_MESSAGES(MDAI_LOCAL)

#undef MDAI_LOCAL
#undef MDAI_NUMBERED
#undef MDAI_MESSAGES

CAF_ERROR_CODE_ENUM(mdai::errc, "mdai")
