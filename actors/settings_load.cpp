#include "actors/settings_load.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "actors/settings_check.hpp"
#include "actors/settings_development.hpp"
#include "actors/text_file.hpp"

namespace mdai::config {

namespace {

/// A value as it may be shown: no secrets, nor passwords in URLs; one short line.
std::string shown(const option& what, std::string_view value) {
  constexpr std::size_t enough = 80;
  bool has_password = value.find("://") != value.npos && value.find('@') != value.npos;
  if (what.traits.secret || has_password)
    return "the value";
  std::string out{value.substr(0, enough)};
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return "'" + out + (value.size() > enough ? "..." : "") + "'";
}

/// Sets the option; what the finding says when its text is refused.
std::optional<finding> set(loaded& into, const assignment& a) {
  into.origins[a.what->name] = a.from;
  auto refused = a.what->value->set(into.values, a.value);
  if (!refused)
    return std::nullopt;
  into.broken.insert(a.what->name);
  return finding{a.from.at, a.from.prefix(*a.what) + ": " + shown(*a.what, refused->value) + " " + refused->says};
}

/// One source may name an option twice (SERVER_PORT and MDAI_SERVER_PORT) as long as both say the same.
std::optional<finding> conflict(loaded& into, const assignment& earlier, const assignment& later) {
  if (earlier.value == later.value)
    return std::nullopt;
  into.broken.insert(later.what->name);
  auto other =
      earlier.from.name == later.from.name ? "was set before, differently" : "differs from " + earlier.from.name;
  if (!earlier.from.file.empty())
    other += " (" + earlier.from.place() + ")";
  return finding{later.from.at,
                 later.from.prefix(*later.what) + " " + other + "; both set " + std::string{later.what->name}};
}

void apply(loaded& into, const source& from) {
  auto findings = from.errors;
  std::map<const option*, const assignment*> seen;
  for (const auto& a : from.assignments) {
    auto [earlier, is_first] = seen.emplace(a.what, &a);
    if (auto wrong = is_first ? set(into, a) : conflict(into, *earlier->second, a))
      findings.push_back(std::move(*wrong));
  }
  // People read from the top.
  std::stable_sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  for (auto& f : findings)
    into.errors.push_back(std::move(f.text));
}

void warn_of_visible_secrets(loaded& into, const source& flags) {
  for (const auto& a : flags.assignments)
    if (a.what->traits.secret)
      into.warnings.push_back(a.from.name + ": other users of this machine can see flags; use " + a.what->known_as() +
                              " in the environment or in .env");
}

/// A file somebody asked for must be there; a default one may be absent.
template <class Read>
source read_file(const std::optional<std::string>& asked_for, const std::filesystem::path& by_default, Read read) {
  auto file = asked_for.value_or(by_default.string());
  auto text = read_text_file(file);
  if (text.has_value())
    return read(*text, file);
  if (!asked_for && text.error() == std::errc::no_such_file_or_directory)
    return {};
  return {{}, {{{}, file + ": cannot be read: " + text.error().message()}}};
}

std::optional<std::string> variable(const variables& environment, std::string_view name) {
  auto found = std::find_if(environment.begin(), environment.end(), [&](const auto& v) { return v.first == name; });
  return found == environment.end() || found->second.empty() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> names_of_changes(const settings& a, const settings& b, bool reloadable) {
  std::vector<std::string> out;
  for (const auto& o : options())
    if (o.traits.reloadable == reloadable && !o.value->equal(a, b))
      out.emplace_back(o.name);
  return out;
}

} // namespace

origin loaded::origin_of(std::string_view option_name) const {
  auto found = origins.find(option_name);
  return found == origins.end() ? origin{} : found->second;
}

loaded read_sources(const load_sources& from) {
  loaded out;
  auto toml_file = from.toml_file ? from.toml_file : variable(from.environment, config_variable);
  auto flags = read_flags(from.flags);
  apply(out, read_file(toml_file, from.directory / "mdai-broker.toml", read_toml));
  apply(out, read_file(from.dotenv_file, from.directory / ".env", read_dotenv));
  apply(out, read_environment(from.environment));
  apply(out, flags);
  warn_of_visible_secrets(out, flags);
  return out;
}

loaded load(const load_sources& sources) {
  auto out = read_sources(sources);
  complete_for_development(out);
  check(out);
  if (out.ok())
    complete_storage_key(out, sources.touch_nothing);
  return out;
}

reloaded reload(const settings& running, load_sources sources) {
  auto next = read_sources(sources);
  std::vector<std::string> need_restart;
  if (next.values.mode != running.mode)
    need_restart.emplace_back("mode");
  // The rules are those of the mode that runs, and what was made up for this process is still good.
  next.values.mode = running.mode;
  keep_made_up_secrets(next, running);
  complete_for_development(next);

  auto changed = names_of_changes(running, next.values, true);
  auto ignored = names_of_changes(running, next.values, false);
  need_restart.insert(need_restart.end(), ignored.begin(), ignored.end());
  for (const auto& o : options())
    if (!o.traits.reloadable)
      o.value->copy(running, next.values);
  check(next);
  return {std::move(next.values), std::move(changed), std::move(need_restart), std::move(next.errors),
          std::move(next.warnings)};
}

} // namespace mdai::config
