#include "vision/template_index.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <unordered_map>

#include "vision/detail/dot.hpp"
#include "vision/detail/template_graph.hpp"
#include "vision/detail/template_rows.hpp"

namespace mdai::vision {
namespace {

using detail::template_graph;
using detail::template_rows;

constexpr std::size_t catch_up = 16; ///< rows that one change brings into the graph: no change takes long
constexpr std::size_t candidates = 96;
constexpr float less_than_any = -2;

struct person {
  std::string name;
  std::vector<template_rows::row> rows; ///< of the templates, and of their mean when there are several
  std::size_t templates = 0;
};

/// The two best of what it is shown.
struct podium {
  const person* first = nullptr;
  float best = less_than_any, second = less_than_any;
  void show(const person& who, float score) {
    if (score > best) {
      second = best;
      best = score;
      first = &who;
    } else {
      second = std::max(second, score);
    }
  }
  std::optional<template_index::match> result() const {
    if (!first)
      return std::nullopt;
    return template_index::match{first->name, best, second == less_than_any ? best : best - second};
  }
};

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

} // namespace

struct template_index::impl {
  explicit impl(options o)
      : settings(o)
      , rows(o.dimension) {}

  options settings;
  template_rows rows;
  std::vector<person> people; ///< by number; free numbers have no rows
  std::vector<template_rows::owner> free_numbers;
  std::unordered_map<std::string, template_rows::owner, text_hash, std::equal_to<>> numbers;
  std::size_t templates = 0;
  /// Above `exact_up_to`. Complete when nothing is waiting; until then every search is exact.
  std::unique_ptr<template_graph> graph;
  std::deque<template_rows::row> waiting;

  float score(const face::embedding& probe, template_rows::row row) const {
    return detail::dot(probe.data(), rows[row], rows.dimension());
  }

  void add(std::string_view name, std::span<const face::embedding> all) {
    std::vector<face::embedding> good;
    for (const auto& one : all)
      if (one.size() == rows.dimension())
        good.push_back(one);
    if (good.empty())
      return;
    template_rows::owner number = static_cast<template_rows::owner>(people.size());
    if (free_numbers.empty()) {
      people.emplace_back();
    } else {
      number = free_numbers.back();
      free_numbers.pop_back();
    }
    auto& who = people[number];
    who = {std::string{name}, {}, good.size()};
    if (good.size() > 1)
      good.push_back(mean_of(good));
    for (const auto& one : good)
      who.rows.push_back(rows.add(one, number));
    templates += who.templates;
    numbers.emplace(name, number);
    if (graph)
      waiting.insert(waiting.end(), who.rows.begin(), who.rows.end());
  }

  bool remove(std::string_view name) {
    const auto at = numbers.find(name);
    if (at == numbers.end())
      return false;
    auto& who = people[at->second];
    for (auto row : who.rows) {
      if (graph)
        graph->remove(row);
      rows.remove(row);
    }
    templates -= who.templates;
    who = {};
    free_numbers.push_back(at->second);
    numbers.erase(at);
    return true;
  }

  /// Begins, goes on with or drops the graph, a little at a time.
  void tend_graph() {
    try {
      if (templates <= settings.exact_up_to) {
        // Not at every template around the limit.
        if (graph && templates < settings.exact_up_to - settings.exact_up_to / 8)
          drop_graph();
        return;
      }
      if (!graph)
        begin_graph();
      for (std::size_t i = 0; i < catch_up && !waiting.empty(); ++i) {
        if (rows.owner_of(waiting.front()) != template_rows::nobody)
          graph->add(waiting.front());
        waiting.pop_front();
      }
    } catch (const std::exception&) { // no memory: exact searches need none
      drop_graph();
    }
  }

  void begin_graph() {
    graph = std::make_unique<template_graph>(rows);
    for (template_rows::row row = 0; row < rows.end(); ++row)
      waiting.push_back(row);
  }

  void drop_graph() {
    graph.reset();
    waiting.clear();
  }

  std::optional<match> search_all(const face::embedding& probe, std::string_view except) const {
    std::vector<float> best(people.size(), less_than_any);
    for (template_rows::row row = 0; row < rows.end(); ++row)
      if (const auto of = rows.owner_of(row); of != template_rows::nobody)
        best[of] = std::max(best[of], score(probe, row));
    podium winners;
    for (std::size_t number = 0; number < people.size(); ++number)
      if (best[number] > less_than_any && people[number].name != except)
        winners.show(people[number], best[number]);
    return winners.result();
  }

  /// Nothing when the candidates are fewer than two people.
  std::optional<match> search_graph(const face::embedding& probe, std::string_view except) const {
    std::vector<template_rows::owner> near;
    for (auto row : graph->near(probe, candidates))
      near.push_back(rows.owner_of(row));
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    podium winners;
    for (auto number : near) {
      const auto& who = people[number];
      if (who.name == except)
        continue;
      float best = less_than_any;
      for (auto row : who.rows)
        best = std::max(best, score(probe, row));
      winners.show(who, best);
    }
    return winners.second == less_than_any ? std::nullopt : winners.result();
  }
};

template_index::template_index(options o)
    : impl_(std::make_unique<impl>(o)) {}
template_index::template_index(template_index&&) noexcept = default;
template_index& template_index::operator=(template_index&&) noexcept = default;
template_index::~template_index() = default;

void template_index::replace(std::string_view person, std::span<const face::embedding> templates) {
  impl_->remove(person);
  impl_->add(person, templates);
  impl_->tend_graph();
}

bool template_index::erase(std::string_view person) {
  const bool was_there = impl_->remove(person);
  impl_->tend_graph();
  return was_there;
}

std::optional<template_index::match> template_index::search(const face::embedding& probe,
                                                            std::string_view except) const {
  if (probe.size() != impl_->rows.dimension())
    return std::nullopt;
  if (impl_->graph && impl_->waiting.empty())
    if (auto found = impl_->search_graph(probe, except))
      return found;
  return impl_->search_all(probe, except);
}

std::size_t template_index::people() const { return impl_->numbers.size(); }
std::size_t template_index::templates() const { return impl_->templates; }

} // namespace mdai::vision
