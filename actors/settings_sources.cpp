#include "actors/settings_sources.hpp"

namespace mdai::config {

namespace {

const std::vector<std::string>& environment_names() {
  static const auto names = [] {
    std::vector<std::string> out{std::string{config_variable}};
    for (const auto& o : options())
      out.push_back(o.environment());
    return out;
  }();
  return names;
}

/// Other people's variables pass; MDAI_* is ours, so one that we do not know is a mistake.
bool is_mistake(std::string_view name) {
  return name.starts_with("MDAI_") && name != config_variable && !find_environment(name);
}

std::string unknown_variable(std::string_view name) {
  return std::string{name} + ": unknown" + did_you_mean(name, environment_names());
}

} // namespace

std::string place_of(const std::string& file, text_position at) {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string origin::place() const { return place_of(file, at); }

std::string origin::prefix(const option& what) const {
  switch (from) {
  case kind::toml:
  case kind::dotenv:
    return place() + ": " + name;
  case kind::environment:
    return "environment: " + name;
  case kind::flag:
    return name;
  default:
    return what.known_as() + " (" + std::string{what.name} + ")";
  }
}

std::string origin::shown() const {
  switch (from) {
  case kind::environment:
    return "environment " + name;
  case kind::flag:
    return "flag";
  case kind::defaults:
    return "default";
  case kind::development:
    return file;
  default:
    return place();
  }
}

source read_dotenv(std::string_view text, const std::string& file) {
  source out;
  auto parsed = parse_dotenv(text);
  for (const auto& [at, what] : parsed.errors)
    out.errors.push_back({at, place_of(file, at) + ": " + what});
  for (auto& entry : parsed.entries)
    if (is_mistake(entry.name))
      out.errors.push_back({entry.name_at, place_of(file, entry.name_at) + ": " + unknown_variable(entry.name)});
    else if (const auto* what = find_environment(entry.name))
      out.assignments.push_back(
          {what, raw_value::of(std::move(entry.value)), {origin::kind::dotenv, entry.name, file, entry.value_at}});
  return out;
}

source read_environment(const variables& environment) {
  source out;
  for (const auto& [name, value] : environment)
    if (is_mistake(name))
      out.errors.push_back({{}, "environment: " + unknown_variable(name)});
    else if (const auto* what = find_environment(name))
      out.assignments.push_back({what, raw_value::of(value), {origin::kind::environment, name, {}, {}}});
  return out;
}

source read_flags(const std::vector<flag>& flags) {
  source out;
  for (const auto& [name, value] : flags) {
    auto dashed = "--" + name;
    const auto* what = find_option(name);
    if (!what) {
      auto meant = closest(name, option_names());
      out.errors.push_back({{}, dashed + ": unknown" + (meant.empty() ? "" : ", did you mean --" + meant + "?")});
    } else if (!value) {
      out.errors.push_back({{}, dashed + ": a value is missing"});
    } else {
      out.assignments.push_back({what, raw_value::of(*value), {origin::kind::flag, dashed, {}, {}}});
    }
  }
  return out;
}

} // namespace mdai::config
