#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include <toml++/toml.h>

#include "actors/settings_sources.hpp"

namespace mdai::config {

namespace {

std::optional<std::string> scalar_text(const toml::node& node) {
  if (auto* text = node.as_string())
    return text->get();
  if (auto* number = node.as_integer())
    return std::to_string(number->get());
  if (auto* truth = node.as_boolean())
    return truth->get() ? "true" : "false";
  if (auto* real = node.as_floating_point()) {
    std::array<char, 32> digits{};
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), real->get()).ptr;
    return std::string{digits.data(), end};
  }
  return std::nullopt;
}

std::optional<raw_value> value_of(const toml::node& node) {
  const auto* array = node.as_array();
  if (!array) {
    auto text = scalar_text(node);
    return text ? std::optional{raw_value::of(std::move(*text))} : std::nullopt;
  }
  raw_value out{{}, true};
  for (const auto& item : *array)
    if (auto text = scalar_text(item))
      out.items.push_back(std::move(*text));
    else
      return std::nullopt;
  return out;
}

class toml_reader {
public:
  explicit toml_reader(std::string file)
      : file_(std::move(file)) {}

  source read(const toml::table& document) {
    for (const auto& [key, node] : document)
      if (section_doc(key.str()).empty())
        read_option(std::string{key.str()}, key, node);
      else if (const auto* section = node.as_table())
        read_section(key.str(), *section);
      else
        fail(key.source().begin, std::string{key.str()} + " is a section: write [" + std::string{key.str()} + "]");
    return std::move(out_);
  }

private:
  void read_section(std::string_view section, const toml::table& table) {
    for (const auto& [key, node] : table)
      read_option(std::string{section} + "." + std::string{key.str()}, key, node);
  }

  void read_option(const std::string& name, const toml::key& key, const toml::node& node) {
    const auto* what = find_option(name);
    if (!what)
      return fail(key.source().begin, unknown(name, node));
    auto at = node.source().begin;
    if (auto value = value_of(node))
      out_.assignments.push_back({what, std::move(*value), {origin::kind::toml, name, file_, position(at)}});
    else
      fail(at, name + ": wanted a value (" + what->value->type() + "), not a table or a date");
  }

  static std::string unknown(const std::string& name, const toml::node& node) {
    bool is_section = node.is_table() && name.find('.') == name.npos;
    if (is_section) {
      auto meant = closest(name, section_names());
      return "unknown section [" + name + "]" + (meant.empty() ? "" : ", did you mean [" + meant + "]?");
    }
    return "unknown option " + name + meant_option(name);
  }

  static std::string meant_option(const std::string& name) {
    if (const auto* by_variable = find_environment(name))
      return ", did you mean " + std::string{by_variable->name} + "?";
    if (auto near = did_you_mean(name, option_names()); !near.empty())
      return near;
    // The right word in the wrong section.
    auto word = name.substr(name.find('.') + 1);
    for (const auto& o : options())
      if (o.key() == word)
        return ", did you mean " + std::string{o.name} + "?";
    return {};
  }

  static std::vector<std::string> section_names() {
    std::vector<std::string> out;
    for (const auto& o : options())
      if (!o.section().empty() && (out.empty() || out.back() != o.section()))
        out.emplace_back(o.section());
    return out;
  }

  static text_position position(const toml::source_position& at) { return {at.line, at.column}; }
  void fail(const toml::source_position& at, std::string_view what) {
    out_.errors.push_back({position(at), place_of(file_, position(at)).append(": ").append(what)});
  }

  std::string file_;
  source out_;
};

/// toml++ quotes what it stumbled over, which may be a secret. One character may stay; names and what it
/// wanted may, too.
std::string without_quotation(std::string_view description) {
  std::string text{description};
  if (auto saw = text.find(", saw '"); saw != text.npos && text.size() > saw + 10)
    text.resize(saw);
  for (auto before : {": '", "interpret '"})
    if (auto at = text.find(before), quote = text.find('\'', at); at != text.npos)
      text.replace(quote, text.rfind('\'') - quote + 1, "the value");
  return text;
}

source syntax_error(const toml::parse_error& e, const std::string& file) {
  text_position at{e.source().begin.line, e.source().begin.column};
  return {{}, {{at, place_of(file, at) + ": " + without_quotation(e.description())}}};
}

} // namespace

source read_toml(std::string_view text, const std::string& file) {
  try {
    return toml_reader{file}.read(toml::parse(text, file));
  } catch (const toml::parse_error& e) {
    return syntax_error(e, file);
  }
}

} // namespace mdai::config
