#include "actors/metric.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "actors/metered.hpp"

namespace mdai {
namespace {

struct register_of_metrics {
  std::mutex mutex;
  std::vector<const metric*> metrics;
  prometheus::Registry timings;
};

register_of_metrics& all() {
  static register_of_metrics instance;
  return instance;
}

using families = std::map<std::string, prometheus::MetricFamily>;

void add(families& out, metric::kind kind, const std::string& name, const std::string& help,
         const metric::labels& labels, double value) {
  auto& family = out[name];
  family.name = name;
  family.help = help;
  family.type = kind == metric::kind::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  prometheus::ClientMetric m;
  for (auto& [k, v] : labels)
    m.label.push_back({k, v});
  (kind == metric::kind::counter ? m.counter.value : m.gauge.value) = value;
  family.metric.push_back(std::move(m));
}

void add_actors(families& out) {
  for_each_actor_type([&](std::string_view type, const actor_counters& c) {
    metric::labels labels{{"type", std::string{type}}};
    auto gauge = metric::kind::gauge, counter = metric::kind::counter;
    add(out, gauge, "mdai_actors_alive", "Actors that exist", labels, static_cast<double>(c.alive));
    add(out, counter, "mdai_actors_spawned_total", "Actors ever spawned", labels, static_cast<double>(c.spawned));
    add(out, counter, "mdai_actors_failed_total", "Actors that died of an exception", labels,
        static_cast<double>(c.failed));
    add(out, counter, "mdai_actors_restarted_total", "Actors brought back after their death", labels,
        static_cast<double>(c.restarted));
    add(out, gauge, "mdai_actor_mailbox_messages", "Messages that wait in mailboxes", labels,
        static_cast<double>(c.mailbox));
    add(out, counter, "mdai_actor_messages_total", "Messages that actors have handled", labels,
        static_cast<double>(c.messages));
  });
}

} // namespace

metric::metric(kind k, std::string n, std::string h, labels l)
    : type(k)
    , name(std::move(n))
    , help(std::move(h))
    , label(std::move(l)) {
  std::lock_guard lock{all().mutex};
  all().metrics.push_back(this);
}

void metric::for_each(const std::function<void(const metric&)>& visit) {
  std::lock_guard lock{all().mutex};
  for (auto m : all().metrics)
    visit(*m);
}

// A function, because timings of other files are made before this file's statics.
prometheus::Histogram::BucketBoundaries bounds() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

timing::timing(std::string name, std::string help)
    : histogram_(prometheus::BuildHistogram().Name(name).Help(help).Register(all().timings).Add({}, bounds())) {}

void timing::observe(double seconds) { histogram_.Observe(seconds); }

std::string metrics_text() {
  families found;
  metric::for_each(
      [&](const metric& m) { add(found, m.type, m.name, m.help, m.label, static_cast<double>(m.value())); });
  add_actors(found);
  auto collected = all().timings.Collect();
  for (auto& [name, family] : found)
    collected.push_back(std::move(family));
  return prometheus::TextSerializer{}.Serialize(collected);
}

} // namespace mdai
