#include "bench/load/pairs.hpp"

#include <unistd.h>

#include "bench/load/creator.hpp"

namespace mdai::load {
namespace {

sim::outcome<std::vector<created_session>> create_sessions(bench& with, std::size_t count) {
  if (with.wish.kind != dialect::mdai || count == 0)
    return std::vector<created_session>{};
  session_creator creator{with, std::min(with.wish.at_once, count)};
  if (auto done = creator.create(count); !done)
    return done.error();
  return std::move(creator.sessions());
}

identity phone_of(std::uint32_t pair, const created_session* session, bool paired) {
  identity out{party::mobile, pair, {}, {}, {}, paired};
  if (session != nullptr) {
    out.session_id = session->id;
    out.token = session->phone_token;
  }
  return out;
}

/// A kiosk with a name that no other run has: one device is in one session at a time.
sim::outcome<identity> kiosk_of(std::uint32_t pair, const created_session* session, const std::string& qr_key) {
  identity out{party::device, pair, {}, {}, "LOAD_" + std::to_string(::getpid()) + "_" + std::to_string(pair), true};
  if (session == nullptr)
    return out;
  auto token = scan_token(session->sealed_code, qr_key);
  if (!token)
    return token.error();
  out.session_id = session->id;
  out.token = std::move(*token);
  return out;
}

} // namespace

sim::outcome<void> open_pairs(bench& with, fleet& all) {
  const auto& wish = with.wish;
  if (wish.kind == dialect::mdai && !crypto::key_from_hex(wish.qr_key))
    return sim::failed("--qr-key is needed, 64 hex digits: kiosks read their tokens from QR codes");
  if (auto others = create_sessions(with, wish.live_sessions); !others)
    return others.error();
  const auto sessions = create_sessions(with, wish.pairs);
  if (!sessions)
    return sessions.error();
  for (std::uint32_t i = 0; i < wish.pairs; ++i) {
    const auto* session = sessions->empty() ? nullptr : &(*sessions)[i];
    auto kiosk = kiosk_of(i, session, wish.qr_key);
    if (!kiosk)
      return kiosk.error();
    all.add(wish.kind, phone_of(i, session, true), wish.size);
    all.add(wish.kind, std::move(*kiosk), wish.size);
  }
  return all.open(wish.at_once, wish.per_address, with.show);
}

sim::outcome<std::vector<identity>> make_lone_phones(bench& with, std::uint32_t first, std::size_t count) {
  const auto sessions = create_sessions(with, count);
  if (!sessions)
    return sessions.error();
  std::vector<identity> out;
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i)
    out.push_back(phone_of(first + i, sessions->empty() ? nullptr : &(*sessions)[i], false));
  return out;
}

sim::outcome<void> add_lone_phones(bench& with, fleet& all, std::uint32_t first, std::size_t count) {
  auto phones = make_lone_phones(with, first, count);
  if (!phones)
    return phones.error();
  for (auto& phone : *phones)
    all.add(with.wish.kind, std::move(phone), 0);
  return {};
}

} // namespace mdai::load
