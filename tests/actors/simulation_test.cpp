#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/actors/simulation.hpp"

namespace mdai::test {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  auto text = std::getenv(variable);
  return text ? std::stoull(text) : otherwise;
}

// MDAI_SIM_SEED=<n> plays one seed again, MDAI_SIM_SEEDS=<n> more of them.
TEST(Simulation, EveryPromiseHoldsWhateverHappens) {
  auto only = std::getenv("MDAI_SIM_SEED");
  auto first = number_of("MDAI_SIM_SEED", 1);
  auto count = only ? 1 : number_of("MDAI_SIM_SEEDS", 300);
  for (auto seed = first; seed < first + count; ++seed) {
    simulation s{seed};
    for (int i = 0; i < 2000 && s.broken().empty(); ++i)
      s.step();
    if (s.broken().empty())
      s.finish();
    ASSERT_EQ(s.broken(), "") << "seed " << seed;
  }
}

} // namespace
} // namespace mdai::test
