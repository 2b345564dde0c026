#include "actors/settings_development.hpp"

#include "actors/settings_secrets.hpp"
#include "actors/text_file.hpp"

namespace mdai::config {

namespace {

bool is_missing(const loaded& l, const option& o) {
  return o.value->text(l.values).empty() && !l.broken.contains(o.name);
}

/// Answers whether the option takes `text`.
bool fill(loaded& l, std::string_view name, std::string text, std::string_view how) {
  const auto& o = *find_option(name);
  if (o.value->set(l.values, raw_value::of(std::move(text))))
    return false;
  l.origins[o.name] = {origin::kind::development, {}, std::string{how}, {}};
  return true;
}

void make_up_secret(loaded& l, std::string_view name) {
  const auto& o = *find_option(name);
  if (!is_missing(l, o))
    return;
  fill(l, name, make_secret(), "made up for this process");
  l.warnings.push_back(o.known_as() + " (" + std::string{o.name} + ") is missing: made up for this process");
}

void fill_missing(loaded& l, std::string_view name, std::string_view text) {
  if (is_missing(l, *find_option(name)))
    fill(l, name, std::string{text}, "development default");
}

/// The key in `file`, made when it is not there.
result<std::string> key_in_file(const std::string& file, bool touch_nothing) {
  auto key = read_text_file(file);
  if (key.has_value() || key.error() != std::errc::no_such_file_or_directory || touch_nothing)
    return key;
  std::error_code failed;
  if (auto parent = std::filesystem::path{file}.parent_path(); !parent.empty())
    std::filesystem::create_directories(parent, failed);
  auto made = create_private_file(file, make_secret() + "\n");
  // Another process that starts right now may have been faster; its key is as good.
  if (!made.has_value() && made.error() != std::errc::file_exists)
    return made.error();
  return read_text_file(file);
}

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

} // namespace

void complete_for_development(loaded& l) {
  if (!l.values.development())
    return;
  for (auto name : guarded_secrets())
    if (name != "storage.key")
      make_up_secret(l, name);
  fill_missing(l, "backend.validate_url", development_validate_url);
  fill_missing(l, "backend.api_url", development_api_url);
  if (!l.is_set("cors.allowed_origins"))
    fill(l, "cors.allowed_origins", "*", "development default");
  if (!l.is_set("devices.registration"))
    fill(l, "devices.registration", "open", "development default");
}

void keep_made_up_secrets(loaded& next, const settings& running) {
  if (!next.values.development())
    return;
  for (auto name : guarded_secrets())
    if (const auto& o = *find_option(name); is_missing(next, o)) {
      o.value->copy(running, next.values);
      next.origins[o.name] = {origin::kind::development, {}, "made up for this process", {}};
    }
}

void complete_storage_key(loaded& l, bool touch_nothing) {
  const auto& o = *find_option("storage.key");
  if (!l.values.development() || !is_missing(l, o))
    return;
  auto file = without_trailing_slash(l.values.storage.path) + ".storage-key";
  auto key = key_in_file(file, touch_nothing);
  if (!key.has_value()) {
    if (touch_nothing && key.error() == std::errc::no_such_file_or_directory)
      fill(l, o.name, make_secret(), "made at the first start in " + file);
    else
      l.errors.push_back(file + ": cannot be read or made: " + key.error().message());
    return;
  }
  auto text = std::string{trim(*key)};
  if (text.size() < shortest_secret || !fill(l, o.name, std::move(text), file))
    l.errors.push_back(file + ": holds no key of at least " + std::to_string(shortest_secret) +
                       " bytes; restore it, or remove it together with the journal");
}

} // namespace mdai::config
