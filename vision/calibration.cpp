#include "vision/calibration.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "vision/template_index.hpp"

namespace mdai::vision {
namespace {

namespace fs = std::filesystem;

/// The entries of a directory that are `wanted`, in the order of their names; hidden ones left out.
std::vector<fs::path> entries(const fs::path& directory, bool (fs::directory_entry::*wanted)(std::error_code&) const) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (fs::directory_iterator at(directory, ec), end; !ec && at != end; at.increment(ec)) {
    std::error_code unreadable;
    if (((*at).*wanted)(unreadable) && !at->path().filename().string().starts_with('.'))
      out.push_back(at->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Empty when it cannot be read or is no photograph by its size.
std::string read_file(const fs::path& path) {
  constexpr std::uintmax_t largest = 32 << 20;
  std::error_code ec;
  if (const auto size = fs::file_size(path, ec); ec || size > largest)
    return {};
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The embedding of one photograph, or the count of what kept it from having one.
std::optional<face::embedding> look_at(face_engine& engine, const fs::path& photograph, float least_quality,
                                       photograph_counts& counts) {
  auto seen = engine.open_track()->analyze(read_file(photograph), {});
  if (!seen)
    ++counts.unreadable;
  else if (seen->status == face::frame_status::many_faces)
    ++counts.with_several;
  else if (seen->status == face::frame_status::no_face)
    ++counts.without_face;
  else if (!seen->descriptor || seen->quality < least_quality)
    ++counts.poor;
  else {
    ++counts.used;
    return std::move(seen->descriptor);
  }
  return std::nullopt;
}

struct person {
  std::vector<face::embedding> templates, attempts;
};

/// Enrols the first, at most half; the others become attempts.
person divide(std::vector<face::embedding> all, const calibration_options& options) {
  const auto enrolled = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(options.templates, 1, all.size() / 2));
  person out{{all.begin(), all.begin() + enrolled}, {}};
  const std::span<const face::embedding> rest(all.begin() + enrolled, all.end());
  const std::size_t group = std::max(1u, options.frames);
  for (std::size_t at = 0; at < rest.size(); at += group)
    out.attempts.push_back(mean_of(rest.subspan(at, std::min(group, rest.size() - at))));
  return out;
}

score_report compare(const std::vector<person>& people) {
  std::vector<float> genuine, impostor;
  for (const auto& who : people)
    for (const auto& attempt : who.attempts)
      for (const auto& other : people)
        (&who == &other ? genuine : impostor).push_back(likeness(attempt, other.templates));
  return judge_scores(std::move(genuine), std::move(impostor));
}

} // namespace

result<calibration_report> calibrate(face_engine& engine, const std::string& directory,
                                     const calibration_options& options, const calibration_progress& progress,
                                     std::string& why) {
  std::error_code ec;
  if (!fs::is_directory(directory, ec)) {
    why = directory + ": is not a directory that can be read";
    return errc::not_found;
  }
  std::vector<std::vector<fs::path>> photographs;
  calibration_report out;
  out.engine = engine.info();
  for (const auto& one : entries(directory, &fs::directory_entry::is_directory)) {
    photographs.push_back(entries(one, &fs::directory_entry::is_regular_file));
    out.photographs.all += photographs.back().size();
  }
  std::vector<person> people;
  std::size_t done = 0;
  for (const auto& of_one : photographs) {
    std::vector<face::embedding> embeddings;
    for (const auto& photograph : of_one) {
      if (auto found = look_at(engine, photograph, options.least_quality, out.photographs))
        embeddings.push_back(std::move(*found));
      progress(++done, out.photographs.all);
    }
    if (embeddings.size() < 2)
      ++out.people_left_out;
    else
      people.push_back(divide(std::move(embeddings), options));
  }
  out.people = people.size();
  if (people.size() < 2) {
    why = directory + ": fewer than two sub-directories hold two photographs of use (" +
          std::to_string(out.photographs.used) + " of " + std::to_string(out.photographs.all) + " are)";
    return errc::invalid_value;
  }
  out.scores = compare(people);
  return out;
}

} // namespace mdai::vision
