#include "transport/detail/wire.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace mdai::transport::detail {
namespace {

constexpr std::size_t least_capacity = 64; ///< of a buffer that is worth its place: a std::string alone has 15 bytes
/// What OpenSSL may answer (key updates, say) to a peer that does not read: nobody else counts it.
constexpr std::size_t most_answers = 16u << 10;

} // namespace

wire::wire(loop& home, int fd)
    : home_(&home)
    , poller_(&home.sockets())
    , fd_(fd) {}

void wire::start(wire_owner& owner, std::unique_ptr<tls_session> tls) {
  owner_ = &owner;
  tls_ = std::move(tls);
  watching_input_ = true;
  if (!poller_->add(*this, fd_, EPOLLIN))
    return lose(true);
  if (!tls_)
    owner_->on_secured();
  else if (tls_->begins())
    shake_hands();
}

// -- reading ----------------------------------------------------------------------------------------------------------

void wire::on_ready(std::uint32_t events) {
  if (is_open() && (events & EPOLLOUT)) {
    watch(watching_input_, false);
    flush();
  }
  if (!is_open() || !(events & ~static_cast<std::uint32_t>(EPOLLOUT)))
    return;
  if (wanted_ && !ended_)
    return receive();
  if (events & (EPOLLHUP | EPOLLERR))
    return lose(true);
  watch(false, watching_output_); // until it is wanted again
}

void wire::receive() {
  const auto n = ::recv(fd_, tls_ ? poller_->cipher_buffer() : poller_->input_buffer(), poller::buffer_bytes, 0);
  if (n > 0)
    return tls_ ? decrypt(static_cast<std::size_t>(n)) : offer(static_cast<std::size_t>(n));
  if (n == 0)
    return lose(false);
  if (errno != EAGAIN && errno != EINTR)
    lose(true);
}

void wire::decrypt(std::size_t bytes) {
  auto& channel = poller_->channel();
  channel.input = {poller_->cipher_buffer(), bytes};
  if (tls_->secured() || shake_hands())
    read_plaintext();
  channel.input = {}; // a session that failed has left something, which is not for the next
}

// All of it, wanted or not: what OpenSSL has not read by the end of the turn would be lost.
void wire::read_plaintext() {
  auto& channel = poller_->channel();
  for (auto got = tls_session::status::done; got == tls_session::status::done && is_open();) {
    std::size_t fresh = 0;
    got = tls_->read(poller_->input_buffer(), poller::buffer_bytes, fresh);
    const auto later = std::exchange(channel.input, {}); // what the owner causes has the channel for itself
    if (!channel.output.empty() && !push_cipher())
      return;
    if (fresh > 0)
      offer(fresh);
    channel.input = later;
    if (got == tls_session::status::closed && is_open())
      lose(false);
    if (got == tls_session::status::failed && is_open())
      lose(true);
  }
}

bool wire::shake_hands() {
  const auto how = tls_->handshake();
  if (!poller_->channel().output.empty() && !push_cipher())
    return false;
  if (how == tls_session::status::failed)
    lose(true);
  if (how != tls_session::status::done)
    return false;
  owner_->on_secured();
  return is_open();
}

/// `bytes` have come into the input buffer, behind the rest of the last time.
void wire::offer(std::size_t bytes) {
  const std::string_view fresh{poller_->input_buffer(), bytes};
  if (!wanted_)
    return static_cast<void>(rest_.append(fresh));
  std::string joined;
  if (!rest_.empty()) {
    joined = std::exchange(rest_, {});
    joined.append(fresh);
  }
  input_ = joined.empty() ? fresh : std::string_view{joined};
  serving_ = true;
  owner_->on_input();
  serving_ = false;
  if (is_open() && rest_.empty() && input_.size() == joined.size())
    rest_ = std::move(joined); // a part still, which need not be copied
  else if (is_open())
    rest_.append(input_); // behind what was put back
  input_ = {};
}

void wire::offer_rest() {
  if (is_open() && wanted_ && !rest_.empty())
    offer(0);
  if (is_open() && wanted_ && std::exchange(end_untold_, false))
    owner_->on_lost(false);
}

void wire::put_back(std::string bytes) {
  rest_.insert(0, bytes);
  poller_->offer_later(*this);
}

void wire::want_input(bool wanted) {
  if (std::exchange(wanted_, wanted) == wanted || !wanted || !is_open())
    return;
  if (!watching_input_ && !ended_)
    watch(true, watching_output_);
  offer_soon();
}

void wire::offer_soon() {
  if (!serving_ && (!rest_.empty() || end_untold_))
    poller_->offer_later(*this);
}

// -- writing ----------------------------------------------------------------------------------------------------------

void wire::mark() {
  if (std::exchange(marked_, true))
    return;
  poller_->mark(*this);
  home_->end_turn_soon();
}

void wire::write(std::string_view bytes) {
  if (!is_open() || finishing_)
    return;
  if (held_.empty() && held_.capacity() < least_capacity) // as after a flush
    held_ = poller_->take_buffer();
  held_.append(bytes);
  mark();
}

void wire::flush() {
  marked_ = false;
  if (!is_open() || watching_output_)
    return;
  const bool any = pending() > 0;
  if (!push() || !load() || !push())
    return;
  if (finishing_ && !finished_)
    end_half();
  if (any && is_open())
    owner_->on_flushed();
}

/// Whether all that is on its way is with the kernel now.
bool wire::push() {
  if (out_.empty())
    return true;
  while (sent_ < out_.size()) {
    const auto n = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n >= 0) {
      sent_ += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      watch(watching_input_, true);
      return false;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      finishing_ = finished_ = true; // what the peer said before is still to be read; then the poller tells of its end
      out_.clear();
      held_.clear();
      sent_ = firm_ = 0;
      return false;
    } else if (errno != EINTR) {
      lose(true);
      return false;
    }
  }
  sent_ = answered_ = 0;
  poller_->give_back(std::move(out_));
  return true;
}

/// Puts what is held back on its way, where nothing is now.
bool wire::load() {
  if (held_.empty())
    return true;
  firm_ = 0;
  if (!tls_) {
    std::swap(out_, held_);
    return true;
  }
  if (!tls_->write(held_)) {
    lose(true);
    return false;
  }
  poller_->give_back(std::move(held_));
  std::swap(out_, poller_->channel().output);
  return true;
}

/// What OpenSSL says by itself. False: the wire is gone.
bool wire::push_cipher() {
  auto& fresh = poller_->channel().output;
  if (out_.empty() && !watching_output_) {
    std::swap(out_, fresh);
    return push() || is_open();
  }
  out_.append(fresh);
  answered_ += fresh.size();
  fresh.clear();
  if (answered_ <= most_answers)
    return true;
  lose(true);
  return false;
}

// -- ending -----------------------------------------------------------------------------------------------------------

void wire::finish() {
  if (!is_open() || std::exchange(finishing_, true))
    return;
  mark();
}

/// Again when the kernel has taken TLS's goodbye, if it does not at once.
void wire::end_half() {
  if (tls_ && tls_->secured() && !std::exchange(goodbye_, true)) {
    tls_->close();
    if (!push_cipher())
      return;
  }
  if (!out_.empty() || std::exchange(finished_, true))
    return;
  ::shutdown(fd_, SHUT_WR);
}

void wire::close() {
  if (!is_open())
    return;
  poller_->remove(*this, fd_);
  poller_->forget(*this);
  ::close(std::exchange(fd_, -1));
  rest_ = {};
  held_ = {};
  out_ = {};
}

void wire::watch(bool input, bool output) {
  if (watching_input_ == input && watching_output_ == output)
    return;
  watching_input_ = input;
  watching_output_ = output;
  poller_->change(*this, fd_, events());
}

std::uint32_t wire::events() const { return (watching_input_ ? EPOLLIN : 0u) | (watching_output_ ? EPOLLOUT : 0u); }

// -- moving -----------------------------------------------------------------------------------------------------------

void wire::move_to(loop& to) {
  poller_->remove(*this, fd_);
  poller_->forget(*this);
  home_ = &to;
  poller_ = &to.sockets();
  if (tls_)
    tls_->use(poller_->channel());
}

void wire::settle() {
  if (!is_open())
    return;
  if (!poller_->add(*this, fd_, events()))
    return lose(true);
  if (std::exchange(marked_, false) || pending() > 0)
    mark();
  offer_soon();
}

void wire::lose(bool broken) {
  if (std::exchange(broken ? broken_ : ended_, true))
    return;
  if (broken) {
    poller_->remove(*this, fd_); // it would tell us again and again
    end_untold_ = false;
  } else {
    watch(false, watching_output_);
    end_untold_ = !rest_.empty();
    if (end_untold_)
      return offer_soon();
  }
  owner_->on_lost(broken);
}

} // namespace mdai::transport::detail
