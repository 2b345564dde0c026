#include "actors/eraser.hpp"

#include <chrono>
#include <utility>

#include "actors/log.hpp"
#include "actors/metric.hpp"

namespace mdai {
namespace {

using namespace std::chrono_literals;
using storage::column;

/// meta: the columns whose files still hold what was erased, a byte each. Which keys it was about is erased too.
constexpr const char* mark = "scrub";
constexpr auto retry_interval = 5min;

timing scrub_seconds{"mdai_journal_scrub_seconds", "Time of cleaning the journal's files of what was erased"};

std::string columns_of(const std::vector<storage::key_range>& ranges) {
  std::string columns;
  for (auto& range : ranges)
    if (auto c = static_cast<char>(range.where); columns.find(c) == columns.npos)
      columns.push_back(c);
  return columns;
}

} // namespace

void eraser_state::pass::answer(const caf::error& why) {
  for (auto& promise : std::exchange(answers, {}))
    why ? promise.deliver(why) : promise.deliver(stored{});
}

eraser_state::eraser_state(interface::pointer self, std::shared_ptr<storage::journal> journal, environment& env)
    : self_(self)
    , journal_(std::move(journal))
    , env_(env) {}

eraser_state::~eraser_state() {
  for (auto p : {&now_, &next_})
    p->answer(caf::make_error(errc::journal_unavailable));
}

eraser_actor::behavior_type eraser_state::make_behavior() {
  resume();
  return {[this](const erase_for_good& x) { return on_erase(x); }, [this](const erase_waiting&) { begin(); }};
}

// What a crash has left undone.
void eraser_state::resume() {
  self_->request(env_.persistence, caf::infinite, fetch{column::meta, mark})
      .then(
          [this](const std::string& columns) {
            for (auto c : columns)
              if (static_cast<std::size_t>(c) < storage::column_count)
                unclean_.push_back({static_cast<column>(c), {}, {}});
            begin();
          },
          [](const caf::error&) {}); // there is none
}

caf::result<stored> eraser_state::on_erase(const erase_for_good& x) {
  if (next_.answers.empty())
    self_->send(self_, erase_waiting{}); // behind those that wait already
  next_.batch.append(x.batch);
  next_.ranges.insert(next_.ranges.end(), x.ranges.begin(), x.ranges.end());
  auto promise = self_->make_response_promise<stored>();
  next_.answers.push_back(promise);
  return promise;
}

void eraser_state::begin() {
  if (busy_ || (next_.answers.empty() && unclean_.empty()))
    return;
  busy_ = true;
  now_ = std::exchange(next_, {});
  auto ranges = unclean_;
  ranges.insert(ranges.end(), now_.ranges.begin(), now_.ranges.end());
  now_.batch.put(column::meta, mark, columns_of(ranges));
  self_->request(env_.persistence, caf::infinite, store{std::move(now_.batch)})
      .then(
          [this, ranges](stored) {
            unclean_ = ranges;
            end(clean() ? caf::error{} : caf::make_error(errc::journal_unavailable));
          },
          [this](const caf::error& why) { end(why); });
}

void eraser_state::end(const caf::error& why) {
  now_.answer(why);
  now_ = {};
  busy_ = false;
  if (!next_.answers.empty())
    begin();
  else if (!unclean_.empty())
    self_->delayed_send(self_, retry_interval, erase_waiting{});
}

bool eraser_state::clean() {
  auto begin = std::chrono::steady_clock::now();
  std::string why;
  if (!journal_->scrub(unclean_, why)) {
    log::warning("scrub_failed").with("why", why);
    return false;
  }
  scrub_seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (now_.answers.empty()) // after a crash, or after a failure
    log::info("scrub_finished");
  unclean_.clear();
  store done;
  done.batch.erase(column::meta, mark);
  // Nobody waits for that: with the mark still there, the next start cleans what is clean.
  self_->request(env_.persistence, caf::infinite, std::move(done)).then([](stored) {}, [](const caf::error&) {});
  return true;
}

} // namespace mdai
