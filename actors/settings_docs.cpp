#include "actors/settings_docs.hpp"

#include <algorithm>
#include <initializer_list>

#include "actors/settings_secrets.hpp"
#include "actors/settings_table.hpp"

namespace mdai::config {

namespace {

const settings defaults;

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (auto part : parts)
    out += part;
  return out;
}

std::string quoted(std::string_view text) {
  std::string out{'"'};
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out += '"';
}

std::string toml_value(const option& o) {
  auto items = o.value->items(defaults);
  if (o.value->form() == toml_form::bare)
    return items.front();
  for (auto& item : items)
    item = quoted(item);
  return o.value->form() == toml_form::array ? concat({"[", join(items), "]"}) : items.front();
}

/// `text` as comment lines of at most 100 characters.
std::string comment(std::string_view text) {
  constexpr std::size_t width = 98;
  std::string out;
  while (!text.empty()) {
    auto end = text.size() <= width ? text.size() : std::min(text.rfind(' ', width), text.size());
    out += concat({"# ", text.substr(0, end), "\n"});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string facts(const option& o) {
  return concat({o.value->type(), o.traits.production_needs ? "; needed in production" : "",
                 o.traits.secret ? "; secret" : "", o.traits.reloadable ? "; SIGHUP reloads" : ""});
}

std::string environment_names(const option& o) {
  return o.traits.alias.empty() ? o.environment() : concat({o.traits.alias, " or ", o.environment()});
}

std::string dotenv_entry(const option& o, std::string_view before) {
  auto value = o.value->text(defaults);
  bool has_blanks = value.find(' ') != value.npos;
  return concat(
      {comment(o.doc), comment(facts(o)), before, o.known_as(), "=", has_blanks ? quoted(value) : value, "\n\n"});
}

std::string code(std::string_view text) { return text.empty() ? "" : concat({"`", text, "`"}); }

std::string reference_row(const option& o) {
  return concat({"| ", code(o.name), " | ", code(o.traits.alias), o.traits.alias.empty() ? "" : ", ",
                 code(o.environment()), " | ", code(o.value->text(defaults)), " | ", facts(o), " | ", o.doc, " |\n"});
}

/// Calls `head(section)` where a section begins and `body(option)` for each option.
template <class Head, class Body>
void for_each_section(Head head, Body body) {
  std::string_view section;
  for (const auto& o : options()) {
    if (o.section() != section)
      head(section = o.section());
    body(o);
  }
}

constexpr std::string_view reference_head = R"(# Settings

This page is made from the broker's own table of options: `mdai-broker gen-config --docs > docs/settings.md`.

Every option has a place in the TOML file (`[session]` `ttl = "3m"`), a name in the environment and in `.env`
(`MDAI_SESSION_TTL=3m`; some have an older, shorter name too) and a flag (`--session.ttl 3m`). In rising precedence:
defaults, the TOML file (`--config`, else `MDAI_CONFIG`, else `./mdai-broker.toml` if it is there), the .env file
(`--env-file`, else `./.env` if it is there), the environment, flags.

`mdai-broker check-config` shows the settings in effect and where each comes from, and reports every mistake at once, with its
file, line and column. An unknown name is a mistake in the TOML file, among the flags, and when it begins with `MDAI_` in
the environment and in `.env`.

- Durations: `180` (seconds), `500ms`, `3m`, `1.5h`, `7d`. Sizes: `1048576` (bytes), `64KiB`, `1MiB`, `1MB`.
- Lists: TOML arrays; elsewhere commas.
- Secrets: `mdai-broker gen-config --secrets` makes fresh ones, and so does `openssl rand -hex 32`. In production each must be
  strong and different from the others. Flags work too, but every user of the machine can read them.
- SIGHUP reads everything again. Options marked so change without dropping a connection; the others wait for a restart.

| Option | Environment | Default | Type | |
| --- | --- | --- | --- | --- |
)";

} // namespace

std::string toml_example() {
  std::string out = comment("Settings of mdai-broker, each at its default: remove the '#' of what you change. Made by: "
                            "mdai-broker gen-config. What counts more: .env, the environment (names below), flags "
                            "(--section.option). Keep secrets in .env or the environment.") +
                    "\n";
  for_each_section(
      [&](auto section) {
        out += concat({comment(section_doc(section)), "[", section, "]\n\n"});
      },
      [&](const option& o) {
        out += concat({comment(o.doc), comment(facts(o)), comment("environment: " + environment_names(o)), "#", o.key(),
                       " = ", toml_value(o), "\n\n"});
      });
  out.pop_back();
  return out;
}

std::string dotenv_example() {
  std::string out = comment("Settings of mdai-broker: copy to .env and fill in. Made by: mdai-broker gen-config --env. "
                            "Fresh secrets: mdai-broker gen-config --secrets.") +
                    "\n" + comment("What production needs; each secret its own: openssl rand -hex 32") + "\n";
  for (const auto& o : options())
    if (o.traits.production_needs)
      out += dotenv_entry(o, "");
  out += comment("Everything else, at its default.") + "\n";
  for (const auto& o : options())
    if (!o.traits.production_needs)
      out += dotenv_entry(o, "#");
  out.pop_back();
  return out;
}

std::string settings_reference() {
  std::string out{reference_head};
  for_each_section(
      [&](auto section) {
        out += concat({"| **", section, "** | | | | ", section_doc(section), " |\n"});
      },
      [&](const option& o) { out += reference_row(o); });
  return out;
}

std::string fresh_secrets() {
  std::string out;
  for (auto name : guarded_secrets())
    out += concat({find_option(name)->known_as(), "=", make_secret(), "\n"});
  return out += concat({find_option("devices.registration_token")->known_as(), "=", make_secret(), "\n"});
}

} // namespace mdai::config
