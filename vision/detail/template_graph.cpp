#include "vision/detail/template_graph.hpp"

#define NO_MANUAL_VECTORIZATION // our own distance is in its place
#include <hnswlib/hnswlib.h>

#include "vision/detail/dot.hpp"

namespace mdai::vision::detail {
namespace {

constexpr std::size_t links = 16, build_effort = 100, search_effort = 160, first_capacity = 1024;

/// What hnswlib copies around as an element: where its numbers are.
using element = const float*;

/// One minus the cosine, of rows by their addresses.
class row_space final : public hnswlib::SpaceInterface<float> {
public:
  explicit row_space(std::size_t dimension)
      : dimension_(dimension) {}
  std::size_t get_data_size() override { return sizeof(element); }
  hnswlib::DISTFUNC<float> get_dist_func() override {
    return [](const void* a, const void* b, const void* dimension) {
      return 1 - dot(*static_cast<const element*>(a), *static_cast<const element*>(b),
                     *static_cast<const std::size_t*>(dimension));
    };
  }
  void* get_dist_func_param() override { return &dimension_; }

private:
  std::size_t dimension_;
};

} // namespace

struct template_graph::impl {
  explicit impl(const template_rows& all)
      : rows(all)
      , space(all.dimension())
      , graph(&space, first_capacity, links, build_effort) {
    graph.ef_ = search_effort;
  }
  bool has(template_rows::row which) const { return which < in_graph.size() && in_graph[which]; }

  const template_rows& rows;
  row_space space;
  hnswlib::HierarchicalNSW<float> graph;
  std::vector<bool> in_graph;
};

template_graph::template_graph(const template_rows& rows)
    : impl_(std::make_unique<impl>(rows)) {}
template_graph::~template_graph() = default;

void template_graph::add(template_rows::row which) {
  auto& graph = impl_->graph;
  if (impl_->in_graph.size() <= which)
    impl_->in_graph.resize(which + 1);
  if (graph.cur_element_count == graph.max_elements_)
    graph.resizeIndex(graph.max_elements_ * 2);
  const element at = impl_->rows[which];
  graph.addPoint(&at, which); // a removed row of that number is put back with its new neighbours
  impl_->in_graph[which] = true;
}

void template_graph::remove(template_rows::row which) {
  if (!impl_->has(which))
    return;
  impl_->graph.markDelete(which);
  impl_->in_graph[which] = false;
}

std::vector<template_rows::row> template_graph::near(const face::embedding& probe, std::size_t most) const {
  const element at = probe.data();
  auto found = impl_->graph.searchKnn(&at, most);
  std::vector<template_rows::row> out;
  for (; !found.empty(); found.pop())
    out.push_back(static_cast<template_rows::row>(found.top().second));
  return out;
}

} // namespace mdai::vision::detail
