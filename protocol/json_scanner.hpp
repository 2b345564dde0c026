#pragma once
#include <algorithm>
#include <bitset>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/json.hpp"
#include "protocol/json_text.hpp"
#include "protocol/utf8.hpp"

/// The one pass that scan_object and the privacy filter share. Internal to the room.
namespace mdai::json {

/// Validates a document and tells a visitor what it meets. `depth` counts the containers around the thing:
/// the top-level object's keys have depth 1. A visitor has
///   void key(std::string_view text, unsigned depth);                 with its quotes
///   void scalar(kind, std::string_view text, unsigned depth);        string, number, boolean or null
///   void open(kind, const char* begin, unsigned depth);              an object or array that begins here
///   void close(kind, const char* end, unsigned depth);               the same, past its last byte
/// What a visitor hears before an error is as it stands in the document; the whole may still be refused.
template <class Visitor>
class scanner {
public:
  scanner(std::string_view document, unsigned max_depth, Visitor& visitor)
      : p_(document.data())
      , end_(p_ + document.size())
      , max_depth_(std::min(max_depth, deepest))
      , visitor_(visitor) {}

  result<void> run() {
    skip_bom();
    skip_space();
    const bool object = peek() == '{';
    while (value() && next()) {
    }
    if (error_ != errc{})
      return error_;
    if (!object)
      return errc::not_an_object;
    return {};
  }

private:
  /// One value down to its first scalar or empty container.
  bool value() {
    for (;;) {
      skip_space();
      switch (peek()) {
      case '{':
        if (!open(kind::object))
          return false;
        if (peek() == '}')
          return true;
        if (!key())
          return false;
        continue;
      case '[':
        if (!open(kind::array))
          return false;
        if (peek() == ']')
          return true;
        continue;
      default:
        return scalar();
      }
    }
  }

  /// Past the end of a value: closes what ends here. Answers whether another value must follow.
  bool next() {
    for (;;) {
      skip_space();
      if (depth_ == 0)
        return p_ != end_ && fail();
      const kind container = open_kind();
      const char c = peek();
      if (c == ',') {
        ++p_;
        if (container == kind::array)
          return true;
        skip_space();
        return key();
      }
      if (c != (container == kind::object ? '}' : ']'))
        return fail();
      visitor_.close(container, ++p_, --depth_);
    }
  }

  bool open(kind container) {
    if (depth_ == max_depth_)
      return fail(errc::nesting_too_deep);
    visitor_.open(container, p_++, depth_);
    objects_[depth_++] = container == kind::object;
    skip_space();
    return true;
  }

  kind open_kind() const { return objects_[depth_ - 1] ? kind::object : kind::array; }

  bool key() {
    const char* const begin = p_;
    if (peek() != '"' || !string())
      return fail();
    visitor_.key({begin, p_}, depth_);
    skip_space();
    if (peek() != ':')
      return fail();
    ++p_;
    return true;
  }

  bool scalar() {
    const char* const begin = p_;
    switch (peek()) {
    case '"':
      return took(kind::string, begin, string());
    case 't':
      return took(kind::boolean, begin, literal("true"));
    case 'f':
      return took(kind::boolean, begin, literal("false"));
    case 'n':
      return took(kind::null, begin, literal("null"));
    default:
      return took(kind::number, begin, number());
    }
  }

  bool took(kind k, const char* begin, bool valid) {
    if (!valid)
      return fail();
    visitor_.scalar(k, {begin, p_}, depth_);
    return true;
  }

  bool string() {
    for (++p_;;) {
      p_ = find_first(p_, end_, not_plain{});
      switch (peek()) {
      case '"':
        ++p_;
        return true;
      case '\\': {
        const escape escaped = read_escape(p_, end_);
        if (!escaped.end)
          return false;
        p_ = escaped.end;
        break;
      }
      default:
        if (!non_ascii())
          return false;
      }
    }
  }

  /// A run of characters past ASCII. Refuses the end, a control character and what is no UTF-8.
  bool non_ascii() {
    do {
      const std::size_t size = utf8::sequence_length(p_, end_);
      if (size < 2)
        return false;
      p_ += size;
    } while (static_cast<signed char>(peek()) < 0);
    return true;
  }

  bool number() {
    if (peek() == '-')
      ++p_;
    if (peek() == '0')
      ++p_;
    else if (!digits())
      return false;
    if (peek() == '.') {
      ++p_;
      if (!digits())
        return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++p_;
      if (peek() == '+' || peek() == '-')
        ++p_;
      return digits();
    }
    return true;
  }

  bool digits() {
    const char* const begin = p_;
    while (peek() >= '0' && peek() <= '9')
      ++p_;
    return p_ != begin;
  }

  bool literal(std::string_view word) {
    if (!std::string_view{p_, end_}.starts_with(word))
      return false;
    p_ += word.size();
    return true;
  }

  /// NUL at the end: no JSON text has one where anything is looked for.
  char peek() const { return p_ != end_ ? *p_ : '\0'; }

  void skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t'))
      ++p_;
  }

  void skip_bom() {
    constexpr std::string_view bom = "\xEF\xBB\xBF";
    if (std::string_view{p_, end_}.starts_with(bom))
      p_ += bom.size();
  }

  bool fail() {
    const bool bad_utf8 = p_ != end_ && utf8::sequence_length(p_, end_) == 0;
    return fail(bad_utf8 ? errc::invalid_utf8 : errc::malformed_json);
  }

  /// The first error stands.
  bool fail(errc error) {
    if (error_ == errc{})
      error_ = error;
    return false;
  }

  const char* p_;
  const char* const end_;
  unsigned depth_ = 0;
  const unsigned max_depth_;
  errc error_{};
  Visitor& visitor_;
  std::bitset<deepest> objects_; ///< which of the open containers are objects, outermost first
};

/// Finds top-level members by name.
class member_finder {
public:
  member_finder(std::span<const std::string_view> names, std::span<std::optional<value>> found)
      : names_(names)
      , found_(found)
      , wanted_(names.size()) {
    forget();
  }

  void forget() { std::fill(found_.begin(), found_.end(), std::nullopt); }

  void key(std::string_view text, unsigned depth) {
    if (depth != 1)
      return;
    wanted_ = 0;
    while (wanted_ < names_.size() && !means(inside(text), names_[wanted_]))
      ++wanted_;
  }

  void scalar(kind k, std::string_view text, unsigned depth) {
    if (depth == 1 && wanted_ < names_.size())
      found_[wanted_] = {k, text};
  }

  void open(kind, const char* begin, unsigned depth) {
    if (depth == 1)
      begin_ = begin;
  }

  void close(kind k, const char* end, unsigned depth) { scalar(k, {begin_, end}, depth); }

private:
  std::span<const std::string_view> names_;
  std::span<std::optional<value>> found_;
  std::size_t wanted_;
  const char* begin_ = nullptr;
};

} // namespace mdai::json
