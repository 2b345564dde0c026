#pragma once
#include "actors/face_messages.hpp"
#include "actors/interfaces.hpp"

/// The actors of the face product and every message they take; they are there when `face.enabled` is on.
///
///   app
///   ├─ face_registry        tenants, their people, and every session by each of its ids; restarts streams that die
///   │  └─ face_stream       one per session, on the loop of its token: record, decisions, socket, deadline
///   ├─ face_workers         hands streams to workers and replaces those that die
///   │  └─ face_worker       a thread and an engine of its own; few
///   ├─ face_gallery         everybody's embeddings; a thread of its own
///   ├─ password_keeper      derives password digests; a thread of its own
///   └─ per loop
///      └─ face_api          HTTP requests of the face product
namespace mdai {

using face_stream_actor = caf::typed_actor<
    /// A socket with the stream's token: admitted in place of an earlier one.
    answers<face_joined, join_face_stream>,
    /// What the socket says.
    accepts<face_text>, accepts<face_image>, accepts<face_link_gone>,
    /// The stream's own timer.
    accepts<face_deadline>,
    /// Its tenant was suspended.
    accepts<client_suspended>,
    /// What are you?
    answers<face::session_record, look>,
    /// End now: the record as it is on the disk then. errc::session_over (it has ended otherwise),
    /// errc::journal_unavailable.
    answers<face::session_record, cancel_face_session>>;

/// A session's record, and its stream unless it is over.
struct found_face_stream {
  face::session_record record;
  face_stream_actor stream;
};

using password_keeper_actor = caf::typed_actor<
    /// errc::overloaded: there is no memory for it now.
    answers<std::string, derive_password>>;

using face_registry_actor = caf::typed_actor<
    /// Answers the tenant. errc::access_denied, errc::overloaded (too many sign in at once).
    answers<face::tenant_record, authenticate_client>,
    /// errc::not_found, errc::tenant_suspended. Counts the call.
    answers<client_admission, admit_client>,
    /// Answers once it is on the disk. errc::already_exists, errc::journal_unavailable.
    answers<created_client, create_client>,
    /// errc::not_found.
    answers<face::tenant_record, find_client>,
    /// Answers once it is on the disk; live streams of a suspended tenant are told. errc::not_found,
    /// errc::journal_unavailable.
    answers<face::tenant_record, set_client_status>,
    /// Which tenants are there?
    answers<client_page, list_clients>,
    /// Answers once it is on the disk. errc::already_exists, errc::journal_unavailable.
    answers<face::user_record, create_face_user>,
    /// errc::not_found.
    answers<face::user_record, find_face_user>,
    /// Answers when nothing of the person is left in the files. errc::not_found, errc::journal_unavailable.
    answers<stored, erase_face_user>,
    /// Answers once it is on the disk; the stream is spawned by then. errc::not_found (the user: unknown and not to be
    /// created, or inactive), errc::overloaded, errc::journal_unavailable.
    answers<face::session_record, create_face_session>,
    /// errc::not_found: there is none, or it is another tenant's.
    answers<face::session_record, find_face_session>,
    /// As above, and what the stream answers.
    answers<face::session_record, cancel_face_session>,
    /// errc::not_found, errc::tenant_suspended.
    answers<found_face_stream, find_face_stream>,
    /// From streams.
    accepts<face_session_news>, accepts<forget_face_stream>,
    /// Its own timer.
    accepts<sweep_face_sessions>>;

using face_worker_actor = caf::typed_actor<
    /// One frame of one stream; a stream asks for its next one when this is answered.
    answers<analysed_frame, analyze_frame>,
    /// A stream is over.
    accepts<drop_track>>;

using face_workers_actor = caf::typed_actor<
    /// The worker of a stream, which keeps it while it lives.
    answers<face_worker_actor, pick_face_worker>,
    /// What engine do they run?
    answers<face::engine_info, describe_engine>>;

using face_gallery_actor = caf::typed_actor<
    /// errc::journal_unavailable.
    answers<face_enrolled, enrol_face>,
    /// Who has no templates of this engine is not matched.
    answers<face_match, verify_face>, answers<face_match, identify_face>,
    /// Answers once it is on the disk, also when there was nothing. errc::journal_unavailable.
    answers<stored, erase_faces>>;

} // namespace mdai

CAF_BEGIN_TYPE_ID_BLOCK(mdai_face, caf::id_block::mdai_handles::end)
CAF_ADD_TYPE_ID(mdai_face, (mdai::face::tenant_record))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face::user_record))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face::session_record))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face::engine_info))
CAF_ADD_TYPE_ID(mdai_face, (mdai::authenticate_client))
CAF_ADD_TYPE_ID(mdai_face, (mdai::admit_client))
CAF_ADD_TYPE_ID(mdai_face, (mdai::client_admission))
CAF_ADD_TYPE_ID(mdai_face, (mdai::create_client))
CAF_ADD_TYPE_ID(mdai_face, (mdai::created_client))
CAF_ADD_TYPE_ID(mdai_face, (mdai::find_client))
CAF_ADD_TYPE_ID(mdai_face, (mdai::set_client_status))
CAF_ADD_TYPE_ID(mdai_face, (mdai::list_clients))
CAF_ADD_TYPE_ID(mdai_face, (mdai::client_page))
CAF_ADD_TYPE_ID(mdai_face, (mdai::create_face_user))
CAF_ADD_TYPE_ID(mdai_face, (mdai::find_face_user))
CAF_ADD_TYPE_ID(mdai_face, (mdai::erase_face_user))
CAF_ADD_TYPE_ID(mdai_face, (mdai::create_face_session))
CAF_ADD_TYPE_ID(mdai_face, (mdai::find_face_session))
CAF_ADD_TYPE_ID(mdai_face, (mdai::cancel_face_session))
CAF_ADD_TYPE_ID(mdai_face, (mdai::find_face_stream))
CAF_ADD_TYPE_ID(mdai_face, (mdai::found_face_stream))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_session_news))
CAF_ADD_TYPE_ID(mdai_face, (mdai::forget_face_stream))
CAF_ADD_TYPE_ID(mdai_face, (mdai::client_suspended))
CAF_ADD_TYPE_ID(mdai_face, (mdai::sweep_face_sessions))
CAF_ADD_TYPE_ID(mdai_face, (mdai::join_face_stream))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_joined))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_text))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_image))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_link_gone))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_deadline))
CAF_ADD_TYPE_ID(mdai_face, (mdai::analyze_frame))
CAF_ADD_TYPE_ID(mdai_face, (mdai::analysed_frame))
CAF_ADD_TYPE_ID(mdai_face, (mdai::drop_track))
CAF_ADD_TYPE_ID(mdai_face, (mdai::pick_face_worker))
CAF_ADD_TYPE_ID(mdai_face, (mdai::describe_engine))
CAF_ADD_TYPE_ID(mdai_face, (mdai::enrol_face))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_enrolled))
CAF_ADD_TYPE_ID(mdai_face, (mdai::verify_face))
CAF_ADD_TYPE_ID(mdai_face, (mdai::identify_face))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_match))
CAF_ADD_TYPE_ID(mdai_face, (mdai::erase_faces))
CAF_ADD_TYPE_ID(mdai_face, (mdai::derive_password))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_stream_actor))
CAF_ADD_TYPE_ID(mdai_face, (mdai::face_worker_actor))
CAF_END_TYPE_ID_BLOCK(mdai_face)

// They never leave the process.
#define MDAI_LOCAL(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mdai::type)
MDAI_LOCAL(face::tenant_record)
MDAI_LOCAL(face::user_record)
MDAI_LOCAL(face::session_record)
MDAI_LOCAL(face::engine_info)
MDAI_LOCAL(authenticate_client)
MDAI_LOCAL(admit_client)
MDAI_LOCAL(client_admission)
MDAI_LOCAL(create_client)
MDAI_LOCAL(created_client)
MDAI_LOCAL(find_client)
MDAI_LOCAL(set_client_status)
MDAI_LOCAL(list_clients)
MDAI_LOCAL(client_page)
MDAI_LOCAL(create_face_user)
MDAI_LOCAL(find_face_user)
MDAI_LOCAL(erase_face_user)
MDAI_LOCAL(create_face_session)
MDAI_LOCAL(find_face_session)
MDAI_LOCAL(cancel_face_session)
MDAI_LOCAL(find_face_stream)
MDAI_LOCAL(found_face_stream)
MDAI_LOCAL(face_session_news)
MDAI_LOCAL(forget_face_stream)
MDAI_LOCAL(client_suspended)
MDAI_LOCAL(sweep_face_sessions)
MDAI_LOCAL(join_face_stream)
MDAI_LOCAL(face_text)
MDAI_LOCAL(face_image)
MDAI_LOCAL(face_link_gone)
MDAI_LOCAL(face_deadline)
MDAI_LOCAL(analyze_frame)
MDAI_LOCAL(analysed_frame)
MDAI_LOCAL(drop_track)
MDAI_LOCAL(pick_face_worker)
MDAI_LOCAL(describe_engine)
MDAI_LOCAL(enrol_face)
MDAI_LOCAL(face_enrolled)
MDAI_LOCAL(verify_face)
MDAI_LOCAL(identify_face)
MDAI_LOCAL(face_match)
MDAI_LOCAL(erase_faces)
MDAI_LOCAL(derive_password)
#undef MDAI_LOCAL
