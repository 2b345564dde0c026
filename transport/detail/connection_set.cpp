#include "transport/detail/connection_set.hpp"

#include <algorithm>

namespace mdai::transport::detail {

void connection::leave() {
  if (set_)
    set_->remove(*this);
}

connection_set::~connection_set() {
  if (home_.is_current())
    abort_all();
  // Else the loop is gone and its services with it: nothing may be touched but the way back.
  for (auto& c : connections_)
    c->set_ = nullptr;
}

void connection_set::add(std::shared_ptr<connection> c) {
  c->set_ = this;
  c->place_ = connections_.size();
  connections_.push_back(std::move(c));
  arm();
}

void connection_set::remove(connection& c) {
  home_.retire(take(c)); // it may be who calls
}

std::shared_ptr<connection> connection_set::take(connection& c) {
  auto leaving = std::move(connections_[c.place_]);
  if (c.place_ + 1 < connections_.size()) {
    connections_[c.place_] = std::move(connections_.back());
    connections_[c.place_]->place_ = c.place_;
  }
  connections_.pop_back();
  leaving->set_ = nullptr;
  return leaving;
}

void connection_set::be_precise_for(milliseconds d) {
  const auto wanted = std::max(d / 4, milliseconds{5});
  if (wanted >= period_)
    return;
  period_ = wanted;
  timer_.cancel();
  arm();
}

void connection_set::abort_all() {
  while (!connections_.empty()) {
    const auto c = connections_.back();
    c->abort();
    c->leave();
  }
}

void connection_set::arm() {
  if (timer_.is_set() || connections_.empty())
    return;
  timer_.set_after(period_, [this] { sweep(); });
}

void connection_set::sweep() {
  unswept_ = connections_.size();
  sweep_some();
}

// A few at a time: what the others have to say does not wait for ten thousand.
void connection_set::sweep_some() {
  const auto now = steady::now();
  for (auto left = swept_at_once; left > 0 && unswept_ > 0; --left) {
    // Backwards, because who leaves is replaced by the last, which has had its turn.
    unswept_ = std::min(unswept_, connections_.size());
    if (unswept_ == 0)
      break;
    const auto c = connections_[--unswept_];
    c->sweep(now);
  }
  if (unswept_ == 0)
    return arm();
  home_.post([weak = weak_from_this()] {
    if (const auto self = weak.lock())
      self->sweep_some();
  });
}

} // namespace mdai::transport::detail
