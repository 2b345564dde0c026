#include "vision/detail/dot.hpp"

// One function for every processor, another for those of the last ten years, chosen when the program starts. Sanitizers
// are not ready at that moment.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define MDAI_VECTOR_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define MDAI_VECTOR_CLONES
#endif

namespace mdai::vision::detail {

MDAI_VECTOR_CLONES float dot(const float* a, const float* b, std::size_t size) {
  constexpr std::size_t lanes = 32; // sums that do not wait for each other; the compiler may not make them itself
  float sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k)
      sums[k] += a[i + k] * b[i + k];
  float all = 0;
  for (; i < size; ++i)
    all += a[i] * b[i];
  for (float sum : sums)
    all += sum;
  return all;
}

} // namespace mdai::vision::detail
