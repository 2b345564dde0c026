#include <algorithm>
#include <cmath>

#include "vision/detail/obstacles.hpp"

namespace mdai::vision::detail {
namespace {

/// One cue's part in an obstacle: `weight` for each `scale` that it lies above `mean`.
struct term {
  cue seen;
  float mean, scale, weight;
};

struct model {
  float bias;
  std::array<term, 6> terms; ///< fewer: the rest have no scale
};

/// Printed by tests/vision/fit_obstacles.cpp: logistic regression on 960 drawn faces of 360 people, 120 with each kind
/// of cover, whom no test draws. By `face::obstacle`.
constexpr std::array<model, face::obstacle_kinds> models{{
    {-1.067f, {{{cue::bridge_edge, -0.659f, 1.028f, 3.326f}, {cue::rim_edge, 0.075f, 0.799f, 0.972f}}}},
    {-3.187f,
     {{{cue::rim_edge, 0.164f, 0.803f, 0.268f},
       {cue::lower_colour, 6.540f, 10.004f, 1.273f},
       {cue::lower_light, 0.233f, 0.210f, 0.538f},
       {cue::mouth_edge, -0.549f, 0.537f, -0.861f},
       {cue::nostril_edge, -0.503f, 0.540f, -1.178f},
       {cue::lower_detail, -0.775f, 0.539f, -1.866f}}}},
    {-3.107f, {{{cue::forehead_colour, 7.826f, 13.604f, 2.910f}, {cue::forehead_light, 0.188f, 0.222f, 1.605f}}}},
    {-3.768f,
     {{{cue::mouth_edge, -0.716f, 0.522f, -1.728f},
       {cue::nostril_edge, -0.659f, 0.445f, -0.757f},
       {cue::lower_detail, -0.726f, 0.367f, -1.267f},
       {cue::asymmetry, 0.318f, 0.150f, 0.558f},
       {cue::eye_asymmetry, 0.086f, 0.180f, 1.906f},
       {cue::upright_edge, -1.454f, 0.157f, 0.344f}}}},
}};

bool is_colour(cue c) { return c == cue::lower_colour || c == cue::forehead_colour; }

float sum_of(const model& m, const obstacle_cues& seen, bool has_colours) {
  constexpr float extreme = 3; // a single cue never decides all
  float sum = m.bias;
  for (const auto& t : m.terms)
    if (t.scale > 0 && (has_colours || !is_colour(t.seen)))
      sum += t.weight * std::clamp((seen[static_cast<std::size_t>(t.seen)] - t.mean) / t.scale, -extreme, extreme);
  return sum;
}

} // namespace

face::obstacle_scores judge_obstacles(const obstacle_cues& seen, bool has_colours, bool sharp,
                                      const face::obstacle_scores& bias) {
  face::obstacle_scores out{};
  for (std::size_t kind = 0; kind < out.size(); ++kind)
    out[kind] = 1 / (1 + std::exp(-sum_of(models[kind], seen, has_colours) - bias[kind]));
  if (!sharp)
    out[static_cast<std::size_t>(face::obstacle::hand_covering)] = 0;
  return out;
}

} // namespace mdai::vision::detail
