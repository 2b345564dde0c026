#include "vision/detail/remote_answer.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "vision/template_index.hpp"

namespace mdai::vision::detail {
namespace {

using nlohmann::json;

/// Runs `read`; what it throws for a wrong type, a missing member or no JSON at all is one error.
template <class Read>
auto reading(std::string_view text, Read read) -> result<decltype(read(json{}))> {
  try {
    return read(json::parse(text));
  } catch (const std::exception&) {
    return errc::malformed_response;
  }
}

struct unacceptable : std::exception {};
void require(bool condition) {
  if (!condition)
    throw unacceptable{};
}

float number(const json& value) {
  const auto n = value.get<float>();
  require(std::isfinite(n));
  return n;
}
float share(const json& value) {
  const float n = number(value);
  require(n >= 0 && n <= 1);
  return n;
}

face::box box_of(const json& value) {
  require(value.size() == 4);
  auto side = [&](std::size_t i) {
    constexpr float farthest = 100'000;
    const float n = number(value.at(i));
    require(std::abs(n) <= farthest);
    return static_cast<int>(std::lround(n));
  };
  return {side(0), side(1), side(2), side(3)};
}

face::quality_issue issue_of(const std::string& name) {
  constexpr std::string_view names[] = {"none",    "too_dark", "too_bright", "low_contrast",
                                        "blurred", "too_far",  "too_close",  "off_centre"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name)
      return static_cast<face::quality_issue>(i);
  throw unacceptable{};
}

face::embedding embedding_of(const json& values, std::uint32_t dimension) {
  require(values.size() == dimension);
  face::embedding out;
  for (const auto& value : values)
    out.push_back(number(value));
  out = mean_of({&out, 1}); // of length 1, whatever the remote makes of it
  require(similarity(out, out) > 0.5f);
  return out;
}

void read_face(const json& in, std::uint32_t dimension, face::frame_analysis& out) {
  constexpr const char* obstacles[face::obstacle_kinds] = {"glasses", "mask", "hat", "hand_covering"};
  out.status = face::frame_status::one_face;
  out.face = box_of(in.at("face"));
  out.quality = share(in.at("quality"));
  if (in.contains("issue"))
    out.issue = issue_of(in.at("issue").get<std::string>());
  if (in.contains("landmarks"))
    for (const auto& p : in.at("landmarks"))
      out.landmarks.push_back({number(p.at(0)), number(p.at(1))});
  if (in.contains("eyes"))
    for (const auto& eye : in.at("eyes"))
      out.eyes.push_back(box_of(eye));
  if (in.contains("eye_openness"))
    out.eye_openness = {number(in.at("eye_openness").at(0)), number(in.at("eye_openness").at(1))};
  if (in.contains("obstacles"))
    for (std::size_t i = 0; i < face::obstacle_kinds; ++i)
      if (in.at("obstacles").contains(obstacles[i]))
        out.obstacles[i] = share(in.at("obstacles").at(obstacles[i]));
  if (in.contains("descriptor"))
    out.descriptor = embedding_of(in.at("descriptor"), dimension);
}

constexpr std::string_view prefix = "remote:";

} // namespace

result<face::engine_info> read_engine_info(std::string_view text) {
  return reading(text, [](const json& in) {
    constexpr std::uint32_t largest = 4096;
    constexpr std::size_t longest = 64;
    face::engine_info out{.id = in.at("id").get<std::string>(),
                          .version = in.at("version").get<std::string>(),
                          .dimension = in.at("dimension").get<std::uint32_t>(),
                          .thresholds = {}};
    const auto& t = in.at("thresholds");
    out.thresholds = {number(t.at("verify")), number(t.at("identify")), number(t.at("identify_margin")),
                      number(t.at("duplicate"))};
    require(!out.id.empty() && out.id.size() <= longest && !out.version.empty() && out.version.size() <= longest);
    require(out.dimension > 0 && out.dimension <= largest);
    out.id.insert(0, prefix);
    return out;
  });
}

result<face::frame_analysis> read_analysis(std::string_view text, const face::engine_info& expected) {
  return reading(text, [&](const json& in) {
    const auto& engine = in.at("engine");
    require(std::string{prefix} + engine.at("id").get<std::string>() == expected.id &&
            engine.at("version").get<std::string>() == expected.version);
    face::frame_analysis out;
    out.width = in.at("width").get<int>();
    out.height = in.at("height").get<int>();
    const auto faces = in.at("faces").get<std::uint32_t>();
    if (faces == 1)
      read_face(in, expected.dimension, out);
    else if (faces > 1)
      out.status = face::frame_status::many_faces;
    return out;
  });
}

errc read_refusal(unsigned status, std::string_view text) {
  if (status == 429 || status == 503)
    return errc::overloaded;
  const auto in = json::parse(text, nullptr, false);
  const auto error = in.is_object() && in.contains("error") && in["error"].is_string() ? in["error"].get<std::string>()
                                                                                       : std::string{};
  if (status >= 400 && status < 500) {
    if (error == "invalid_image")
      return errc::invalid_image;
    if (error == "image_too_large")
      return errc::image_too_large;
    if (error == "image_too_small")
      return errc::image_too_small;
  }
  return errc::malformed_response;
}

} // namespace mdai::vision::detail
