#pragma once
#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "protocol/recycler.hpp"

namespace mdai {

/// A frame in a session's mailbox, in memory that the next one uses again. CAF's own elements come from the heap, each
/// of them, and cannot be told otherwise.
class frame_element final : public caf::mailbox_element,
                            public caf::detail::tuple_vals_impl<caf::type_erased_tuple, frame> {
public:
  explicit frame_element(frame f)
      : caf::mailbox_element(nullptr, caf::make_message_id(), {})
      , caf::detail::tuple_vals_impl<caf::type_erased_tuple, frame>(std::move(f)) {}

  static void* operator new(std::size_t bytes) { return recycler::take(bytes); }
  static void operator delete(void* block, std::size_t bytes) { recycler::give(block, bytes); }

  caf::type_erased_tuple& content() override { return *this; }
  const caf::type_erased_tuple& content() const override { return *this; }
  caf::message move_content_to_message() override { return caf::make_message(std::move(std::get<0>(this->data()))); }
  caf::message copy_content_to_message() const override { return caf::make_message(std::get<0>(this->data())); }
};

/// caf::anon_send for frames.
inline void send_frame(const session_actor& to, frame f) {
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(caf::mailbox_element_ptr{new frame_element{std::move(f)}},
                                                     nullptr);
}

} // namespace mdai
