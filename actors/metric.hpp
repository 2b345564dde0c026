#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace prometheus {
class Histogram;
}

namespace mdai {

/// A number for the operators. Declared once, as a static beside the code that bumps it: it registers itself and shows
/// in /metrics under its name. Counting is one relaxed atomic addition. Any thread.
class metric {
public:
  enum class kind { counter, gauge };
  using labels = std::map<std::string, std::string>;

  metric(kind k, std::string name, std::string help, labels l = {});
  metric(const metric&) = delete;
  metric& operator=(const metric&) = delete;

  metric& operator++() { return *this += 1; }
  metric& operator--() { return *this += -1; }
  metric& operator+=(std::int64_t n) {
    value_.fetch_add(n, std::memory_order_relaxed);
    return *this;
  }
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  /// Visits every metric that exists, in the order of their making.
  static void for_each(const std::function<void(const metric&)>& visit);

  const kind type;
  const std::string name, help;
  const labels label;

private:
  std::atomic<std::int64_t> value_{0};
};

/// A distribution in seconds, declared like a metric.
class timing {
public:
  timing(std::string name, std::string help);
  void observe(double seconds);

private:
  prometheus::Histogram& histogram_; // lives in the registry, as long as the process
};

/// Everything as Prometheus text: metrics, timings, actors by type.
std::string metrics_text();

} // namespace mdai
