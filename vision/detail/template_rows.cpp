#include "vision/detail/template_rows.hpp"

#include <algorithm>

namespace mdai::vision::detail {

template_rows::row template_rows::add(const face::embedding& values, owner of) {
  if (free_.empty()) {
    if (end() == blocks_.size() * block_rows)
      blocks_.push_back(std::make_unique<float[]>(std::size_t{block_rows} * dimension_));
    free_.push_back(end());
    owners_.push_back(nobody);
  }
  const row where = free_.back();
  free_.pop_back();
  owners_[where] = of;
  std::copy_n(values.begin(), dimension_, &blocks_[where / block_rows][where % block_rows * dimension_]);
  return where;
}

void template_rows::remove(row which) {
  owners_[which] = nobody;
  free_.push_back(which);
}

} // namespace mdai::vision::detail
