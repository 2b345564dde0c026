#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/face/analysis.hpp"

namespace mdai::vision::detail {

/// Embeddings in memory, one after the other, each belonging to somebody. A row keeps its address until it is removed.
class template_rows {
public:
  using row = std::uint32_t;
  using owner = std::uint32_t;
  static constexpr owner nobody = ~owner{0};

  explicit template_rows(std::uint32_t dimension)
      : dimension_(dimension) {}

  row add(const face::embedding& values, owner of);
  void remove(row which);

  std::uint32_t dimension() const { return dimension_; }
  row end() const { return static_cast<row>(owners_.size()); } ///< rows from 0; some belong to nobody
  owner owner_of(row which) const { return owners_[which]; }
  const float* operator[](row which) const { return &blocks_[which / block_rows][which % block_rows * dimension_]; }

private:
  static constexpr row block_rows = 512;

  std::uint32_t dimension_;
  std::vector<std::unique_ptr<float[]>> blocks_; // growing copies nothing
  std::vector<owner> owners_;
  std::vector<row> free_;
};

} // namespace mdai::vision::detail
