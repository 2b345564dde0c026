#pragma once
#include <memory>
#include <span>
#include <vector>

#include "vision/detail/template_rows.hpp"

namespace mdai::vision::detail {

/// A graph of near neighbours (HNSW) over some rows: finds most of the rows most like a face without looking at all of
/// them. It holds the rows' addresses, not their values. Throws what hnswlib throws; then it is of no more use.
class template_graph {
public:
  explicit template_graph(const template_rows& rows);
  ~template_graph();

  /// Costs milliseconds.
  void add(template_rows::row which);
  /// Before the row itself is removed. Nothing happens when it is not in the graph.
  void remove(template_rows::row which);
  /// Up to `most` rows, among the most alike, in no order.
  std::vector<template_rows::row> near(const face::embedding& probe, std::size_t most) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace mdai::vision::detail
