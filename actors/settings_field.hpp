// config: how one member of `settings` is read from text, written as text, compared and copied. A codec per
// kind of value; field_of ties a codec to a member.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/did_you_mean.hpp"
#include "actors/settings.hpp"
#include "actors/settings_parse.hpp"

namespace mdai::config {

/// A value as a source wrote it: one text, or the items of a TOML array.
struct raw_value {
  std::vector<std::string> items{1};
  bool array = false;

  static raw_value of(std::string text) { return {{std::move(text)}, false}; }
  bool operator==(const raw_value&) const = default;
};

/// Why a value is refused: "'<value>' <says>". The value stands apart because a secret's is never shown.
struct complaint {
  std::string value;
  std::string says;
};
using complaints = std::optional<complaint>;

/// How a value looks in TOML.
enum class toml_form { bare, quoted, array };

/// One member of `settings`, its type forgotten. Immutable; any thread.
class field {
public:
  virtual ~field() = default;
  virtual complaints set(settings& s, const raw_value& raw) const = 0;
  /// The items of a list, else one item.
  virtual std::vector<std::string> items(const settings& s) const = 0;
  virtual bool equal(const settings& a, const settings& b) const = 0;
  virtual void copy(const settings& from, settings& to) const = 0;
  virtual toml_form form() const = 0;
  /// What the documentation calls the type, with its range: "duration, 1s to 24h".
  virtual std::string type() const = 0;
  std::string text(const settings& s) const { return join(items(s)); }
};

struct boolean {
  static constexpr auto form = toml_form::bare;
  std::string type() const { return "boolean"; }
  std::string print(bool value) const { return value ? "true" : "false"; }
  std::string parse(std::string_view text, bool& out) const {
    auto value = parse_boolean(text);
    out = value.value_or(out);
    return value ? "" : "is neither true nor false";
  }
};

/// What numbers, durations and sizes share: a parser that may say no, and a range.
template <class Value, auto Parse, auto Print>
struct ranged {
  Value min, max;
  std::string_view name, example; ///< "is no <name> (<example>)"

  std::string type() const { return std::string{name} + ", " + range(); }
  std::string range() const { return Print(min) + " to " + Print(max); }
  template <class T>
  std::string print(const T& value) const {
    return Print(static_cast<Value>(value));
  }
  template <class T>
  std::string parse(std::string_view text, T& out) const {
    std::optional<Value> value = Parse(text);
    if (!value)
      return "is no " + std::string{name} + (example.empty() ? "" : " (" + std::string{example} + ")");
    if (*value < min || *value > max)
      return "is out of range (" + range() + ")";
    out = static_cast<T>(*value);
    return {};
  }
};

inline std::string print_integer(std::int64_t value) { return std::to_string(value); }

struct number : ranged<std::int64_t, parse_integer, print_integer> {
  static constexpr auto form = toml_form::bare;
  number(std::int64_t from, std::int64_t to)
      : ranged{from, to, "integer", ""} {}
};
struct port : number {
  port()
      : number(0, 65535) {
    name = "port";
  }
};
struct duration : ranged<milliseconds, parse_duration, print_duration> {
  static constexpr auto form = toml_form::quoted;
  duration(milliseconds from, milliseconds to)
      : ranged{from, to, "duration", "such as 180, 3m or 500ms"} {}
};
struct size : ranged<std::int64_t, parse_size, print_size> {
  static constexpr auto form = toml_form::quoted;
  size(std::int64_t from, std::int64_t to)
      : ranged{from, to, "size", "such as 1048576, 64KiB or 1MiB"} {}
};
struct decimal : ranged<double, parse_decimal, print_decimal> {
  static constexpr auto form = toml_form::bare;
  decimal(double from, double to)
      : ranged{from, to, "number", "such as 0.65"} {}
};

/// One of a few words; words for a value that already has one are synonyms, understood but not advertised.
template <class T>
struct choice {
  static constexpr auto form = toml_form::quoted;
  std::vector<std::pair<std::string, T>> words;

  std::vector<std::string> advertised() const {
    std::vector<std::string> out;
    for (const auto& [word, value] : words)
      if (print(value) == word)
        out.push_back(word);
    return out;
  }
  std::string type() const { return "one of " + join(advertised()); }
  std::string print(const T& value) const {
    for (const auto& [word, meaning] : words)
      if (meaning == value)
        return word;
    return {};
  }
  std::string parse(std::string_view text, T& out) const {
    auto wanted = lower(text);
    for (const auto& [word, value] : words)
      if (word == wanted) {
        out = value;
        return {};
      }
    return "is none of " + join(advertised()) + did_you_mean(wanted, advertised());
  }
};

/// Any text that `accepts` says yes to; `what` is the documentation's word for it, `refusal` is said of
/// others.
struct text_of {
  static constexpr auto form = toml_form::quoted;
  std::string what;
  bool (*accepts)(std::string_view);
  std::string refusal = "is no " + what;

  std::string type() const { return what; }
  std::string print(const std::string& value) const { return value; }
  std::string parse(std::string_view text, std::string& out) const {
    if (!accepts(text))
      return refusal;
    out = std::string{text}; // `text` may be a view of `out`
    return {};
  }
};

/// Several texts: a TOML array, or commas between them.
struct list_of {
  static constexpr auto form = toml_form::array;
  text_of item;
  std::string type() const { return "list of " + item.what; }
};

template <class T, class Codec>
class field_of final : public field {
public:
  using accessor = T& (*)(settings&);
  field_of(accessor at, Codec codec)
      : at_(at)
      , codec_(std::move(codec)) {}

  complaints set(settings& s, const raw_value& raw) const override {
    if constexpr (std::is_same_v<Codec, list_of>) {
      return set_list(at_(s), raw);
    } else {
      if (raw.array)
        return complaint{"[" + join(raw.items) + "]", "is a list where one value is wanted"};
      auto says = codec_.parse(raw.items.front(), at_(s));
      return says.empty() ? complaints{} : complaint{raw.items.front(), says};
    }
  }
  std::vector<std::string> items(const settings& s) const override {
    if constexpr (std::is_same_v<Codec, list_of>)
      return value(s);
    else
      return {codec_.print(value(s))};
  }
  bool equal(const settings& a, const settings& b) const override { return value(a) == value(b); }
  void copy(const settings& from, settings& to) const override { at_(to) = value(from); }
  toml_form form() const override { return Codec::form; }
  std::string type() const override { return codec_.type(); }

private:
  complaints set_list(T& out, const raw_value& raw) const {
    auto items = raw.array ? raw.items : split_list(raw.items.front());
    for (auto& item : items)
      if (auto says = codec_.item.parse(item, item); !says.empty())
        return complaint{item, says};
    out = std::move(items);
    return {};
  }
  // One accessor serves both ways; reading through it changes nothing.
  const T& value(const settings& s) const { return at_(const_cast<settings&>(s)); }

  accessor at_;
  Codec codec_;
};

} // namespace mdai::config
