#include "actors/eraser.hpp"

#include <algorithm>
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
    columns.push_back(static_cast<char>(range.where));
  return columns;
}

/// Takes one more range in: files are rewritten once for each column, however many wait.
void add(std::vector<storage::key_range>& ranges, const storage::key_range& one) {
  auto same = std::find_if(ranges.begin(), ranges.end(), [&](auto& r) { return r.where == one.where; });
  if (same == ranges.end())
    return ranges.push_back(one);
  same->from = std::min(same->from, one.from);
  same->to = same->to.empty() || one.to.empty() ? std::string{} : std::max(same->to, one.to);
}

} // namespace

void eraser_state::pass::answer(const caf::error& why) {
  for (auto& promise : std::exchange(answers, {}))
    why ? promise.deliver(why) : promise.deliver(stored{});
}

eraser_state::eraser_state(interface::pointer self, std::shared_ptr<storage::journal> journal,
                           persistence_actor persistence)
    : self_(self)
    , journal_(std::move(journal))
    , persistence_(std::move(persistence)) {}

eraser_state::~eraser_state() {
  for (auto p : {&now_, &next_})
    p->answer(caf::make_error(errc::journal_unavailable));
}

eraser_actor::behavior_type eraser_state::make_behavior() {
  begin();
  return {[this](const erase_for_good& x) { return on_erase(x); }, //
          [this](const erase_waiting&) { begin(); },
          [this](const retry_erasing&) {
            retrying_ = false;
            begin();
          }};
}

// What a crash has left undone. Nothing is begun before that is known: its mark would be overwritten.
void eraser_state::look_back() {
  busy_ = true;
  self_->request(persistence_, caf::infinite, fetch{column::meta, mark})
      .then([this](const std::string& columns) { looked_back(columns); },
            [this](const caf::error& why) {
              if (why == errc::not_found)
                return looked_back({});
              busy_ = false;
              std::exchange(next_, {}).answer(why);
              try_again_later();
            });
}

void eraser_state::looked_back(const std::string& columns) {
  for (auto c : columns)
    if (static_cast<std::size_t>(c) < storage::column_count)
      add(unclean_, {static_cast<column>(c), {}, {}});
  looked_back_ = true;
  busy_ = false;
  begin();
}

caf::result<stored> eraser_state::on_erase(const erase_for_good& x) {
  if (next_.answers.empty())
    self_->send(self_, erase_waiting{}); // behind those that wait already
  next_.batch.append(x.batch);
  for (auto& range : x.ranges)
    add(next_.ranges, range);
  auto promise = self_->make_response_promise<stored>();
  next_.answers.push_back(promise);
  return promise;
}

void eraser_state::begin() {
  if (busy_)
    return;
  if (!looked_back_)
    return look_back();
  if (next_.answers.empty() && unclean_.empty())
    return;
  busy_ = true;
  now_ = std::exchange(next_, {});
  auto ranges = unclean_;
  for (auto& range : now_.ranges)
    add(ranges, range);
  now_.batch.put(column::meta, mark, columns_of(ranges));
  self_->request(persistence_, caf::infinite, store{std::move(now_.batch)})
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
    try_again_later();
}

void eraser_state::try_again_later() {
  if (!std::exchange(retrying_, true))
    self_->delayed_send(self_, retry_interval, retry_erasing{});
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
  self_->request(persistence_, caf::infinite, std::move(done)).then([](stored) {}, [](const caf::error&) {});
  return true;
}

} // namespace mdai
