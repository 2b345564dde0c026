#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "transport/detail/proxies.hpp"
#include "transport/server.hpp"

namespace mdai::transport::detail {

class connection_set;

/// Counts the live connections, and the WebSockets of each client address. Any thread.
class address_counter : public std::enable_shared_from_this<address_counter> {
public:
  explicit address_counter(std::size_t most_connections)
      : most_(most_connections) {}

  bool full() const { return connections_ >= most_; }
  void came() { ++connections_; }
  void went() { --connections_; }

  /// One counted WebSocket; uncounts itself when it goes.
  class ticket {
  public:
    ticket() = default; ///< counts nowhere
    ticket(std::shared_ptr<address_counter> counter, std::string address)
        : counter_(std::move(counter))
        , address_(std::move(address)) {}
    ticket(ticket&&) = default;
    ticket& operator=(ticket&& other) noexcept {
      counter_.swap(other.counter_);
      address_.swap(other.address_);
      return *this;
    }
    ~ticket() {
      if (counter_)
        counter_->release(address_);
    }

  private:
    std::shared_ptr<address_counter> counter_;
    std::string address_;
  };

  /// Nothing when `limit` of that address live already.
  std::optional<ticket> enter(const std::string& address, unsigned limit) {
    std::lock_guard lock{mutex_};
    auto& live = live_[address];
    if (live >= limit) {
      if (live == 0)
        live_.erase(address);
      return std::nullopt;
    }
    ++live;
    return ticket{shared_from_this(), address};
  }

private:
  void release(const std::string& address) {
    std::lock_guard lock{mutex_};
    const auto i = live_.find(address);
    if (--i->second == 0)
      live_.erase(i);
  }

  const std::size_t most_;
  std::atomic<std::size_t> connections_{0};
  std::mutex mutex_;
  std::map<std::string, unsigned> live_;
};

/// Settings as connections read them: with the proxies parsed.
struct live_settings {
  explicit live_settings(const shared_settings& s)
      : given(s)
      , proxies(s.trusted_proxies) {}
  shared_settings given;
  proxy_list proxies;
};

/// What all connections of one server share; lives as long as the last of them. Any thread.
struct server_core {
  /// Where its connections on `home` are; nothing when it is not there (any more).
  std::weak_ptr<connection_set> set_on(const loop& home) const {
    const auto i = sets.find(&home);
    return i == sets.end() ? std::weak_ptr<connection_set>{} : i->second;
  }

  std::map<const loop*, std::weak_ptr<connection_set>> sets; ///< filled before the first connection
  std::shared_ptr<const router> routes;
  server_counters counters;
  std::shared_ptr<address_counter> addresses;
  std::atomic<bool> stopping{false};
  std::atomic<bool> aborted{false}; ///< whoever is between two loops ends when it arrives
};

} // namespace mdai::transport::detail
