#include "tests/protocol/filter_reference.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace mdai::test {
namespace {

/// A character and how the document spells it.
struct unit {
  char32_t code_point;
  std::string spelling;
};

/// Reads valid UTF-8, and valid escapes when `escapes`.
std::vector<unit> units_of(std::string_view text, bool escapes) {
  const std::string s{text};
  std::vector<unit> units;
  for (std::size_t i = 0, size = 0; i < s.size(); i += size) {
    const auto c = static_cast<unsigned char>(s[i]);
    char32_t code = 0;
    if (c == '\\' && escapes && s[i + 1] == 'u') {
      size = 6;
      code = static_cast<char32_t>(std::stoul(s.substr(i + 2, 4), nullptr, 16));
      if (code >= 0xD800 && code < 0xDC00) {
        const auto low = static_cast<char32_t>(std::stoul(s.substr(i + 8, 4), nullptr, 16));
        size = 12;
        code = 0x10000 + (code % 0x400) * 0x400 + low % 0x400;
      }
    } else if (c == '\\' && escapes) {
      size = 2;
      const std::string letters = "bfnrt", meanings = "\b\f\n\r\t";
      const auto which = letters.find(s[i + 1]);
      code = static_cast<char32_t>(which == letters.npos ? s[i + 1] : meanings[which]);
    } else {
      size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
      code = size == 1 ? c : c % (1u << (7 - size));
      for (std::size_t k = 1; k < size; ++k)
        code = code * 64 + static_cast<unsigned char>(s[i + k]) % 64;
    }
    units.push_back({code, s.substr(i, size)});
  }
  return units;
}

bool same(const unit& a, const unit& b) { return a.code_point == b.code_point; }

/// `units` as they stand, with each match of `id` as stars: Python's str.replace, one star per code point.
std::string masked(const std::vector<unit>& units, const std::vector<unit>& id) {
  const bool whole = std::equal(units.begin(), units.end(), id.begin(), id.end(), same);
  std::string out;
  for (auto at = units.begin(); at != units.end();) {
    const auto room = static_cast<std::size_t>(units.end() - at);
    const bool allowed = id.size() >= 6 || whole;
    if (allowed && !id.empty() && room >= id.size() && std::equal(id.begin(), id.end(), at, same)) {
      out.append(id.size(), '*');
      at += static_cast<std::ptrdiff_t>(id.size());
    } else {
      out += (at++)->spelling;
    }
  }
  return out;
}

bool is_platform_id(const std::vector<unit>& key) {
  const auto name = units_of("platform_id", false);
  return std::equal(key.begin(), key.end(), name.begin(), name.end(), same);
}

/// Recursive descent over a document that is known to be valid.
class slow_filter {
public:
  slow_filter(std::string_view document, std::string_view id)
      : text_(document)
      , id_(units_of(id, false)) {}

  reference run() {
    std::string out;
    if (text_.substr(0, 3) == "\xEF\xBB\xBF")
      out = take(3);
    out += space();
    out += value(1);
    out += space();
    if (at_ != text_.size())
      throw std::logic_error{"the reference was given an invalid document"};
    result_.text = out;
    return result_;
  }

private:
  std::string value(unsigned depth) {
    switch (text_.at(at_)) {
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case '"':
      return '"' + masked(string(), id_) + '"';
    default:
      return take(std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size()) - at_);
    }
  }

  std::string array(unsigned depth) {
    result_.depth = std::max(result_.depth, depth);
    std::string out = take(1);
    out += space();
    while (text_.at(at_) != ']') {
      out += value(depth + 1);
      out += space();
      if (text_.at(at_) != ',')
        continue;
      out += take(1);
      out += space();
    }
    return out + take(1);
  }

  /// A member's pieces in their order in the document.
  struct member {
    bool goes;
    std::string space_before, key, colon, value, space_after, comma;
  };

  std::string object(unsigned depth) {
    result_.depth = std::max(result_.depth, depth);
    std::string out = take(1);
    std::string before = space();
    std::vector<member> members;
    while (text_.at(at_) != '}') {
      members.push_back(read_member(depth, before));
      before = members.back().comma.empty() ? "" : space();
    }
    cut(members);
    for (const auto& m : members)
      out += m.space_before + m.key + m.colon + m.value + m.space_after + m.comma;
    if (members.empty())
      out += before;
    return out + take(1);
  }

  member read_member(unsigned depth, const std::string& before) {
    member m{};
    m.space_before = before;
    const auto key = string();
    m.goes = is_platform_id(key);
    m.key = '"' + masked(key, id_) + '"';
    m.colon = space();
    m.colon += take(1);
    m.colon += space();
    const auto begin = at_;
    m.value = value(depth + 1);
    if (depth == 1) {
      std::string decoded = nlohmann::json::parse('"' + spelled(key) + '"').get<std::string>();
      top(decoded, text_.substr(begin, at_ - begin));
    }
    m.space_after = space();
    m.comma = text_.at(at_) == ',' ? take(1) : "";
    return m;
  }

  /// The rules as they are told, one member after the other.
  static void cut(std::vector<member>& members) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!members[i].goes)
        continue;
      members[i].key = members[i].colon = members[i].value = "";
      if (i + 1 < members.size()) { // up to the next member's key
        members[i].space_after = members[i].comma = members[i + 1].space_before = "";
        continue;
      }
      const auto kept = std::find_if(members.rbegin(), members.rend(), [](const member& m) { return !m.goes; });
      if (kept == members.rend())
        continue;
      kept->comma = "";
      for (auto gone = kept.base(); gone != members.end(); ++gone)
        gone->space_before = "";
    }
  }

  std::vector<unit> string() {
    const auto begin = ++at_;
    while (text_.at(at_) != '"')
      at_ += text_[at_] == '\\' ? 2 : 1;
    return units_of(text_.substr(begin, at_++ - begin), true);
  }

  static std::string spelled(const std::vector<unit>& units) {
    std::string out;
    for (const auto& u : units)
      out += u.spelling;
    return out;
  }

  void top(const std::string& key, std::string_view raw) {
    if (top_is_object())
      result_.members.emplace_back(key, raw);
  }

  bool top_is_object() const { return text_.at(text_.find_first_not_of("\xEF\xBB\xBF \t\r\n")) == '{'; }

  std::string space() {
    const auto stop = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return take(stop - at_);
  }

  std::string take(std::size_t count) {
    at_ += count;
    return std::string{text_.substr(at_ - count, count)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<unit> id_;
  reference result_;
};

/// nlohmann's events as strings.
class token_list final : public nlohmann::json::json_sax_t {
public:
  explicit token_list(std::optional<std::string_view> id)
      : id_(id) {}

  bool null() override { return scalar("null"); }
  bool boolean(bool v) override { return scalar(v ? "true" : "false"); }
  bool number_integer(number_integer_t v) override { return scalar(std::to_string(v)); }
  bool number_unsigned(number_unsigned_t v) override { return scalar(std::to_string(v)); }
  bool number_float(number_float_t, const string_t& s) override { return scalar(s); }
  bool string(string_t& s) override { return scalar("string " + mask(s)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open("{"); }
  bool end_object() override { return close("}"); }
  bool start_array(std::size_t) override { return open("["); }
  bool end_array() override { return close("]"); }

  bool key(string_t& s) override {
    if (skipping_ == 0 && id_ && s == "platform_id")
      skip_next_ = true;
    else
      put("key " + mask(s));
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& e) override {
    if (e.id == 406) // number out of range
      unreadable = {position - token.size(), token.size()};
    return false;
  }

  std::vector<std::string> tokens;
  std::optional<std::pair<std::size_t, std::size_t>> unreadable; ///< a number out of range: begin and size

private:
  bool scalar(const std::string& text) {
    if (!skip_next_)
      put(text);
    skip_next_ = false;
    return true;
  }

  bool open(const std::string& text) {
    if (skip_next_ || skipping_ > 0)
      ++skipping_;
    skip_next_ = false;
    put(text);
    return true;
  }

  bool close(const std::string& text) {
    put(text);
    if (skipping_ > 0)
      --skipping_;
    return true;
  }

  void put(const std::string& text) {
    if (skipping_ == 0)
      tokens.push_back(text);
  }

  std::string mask(std::string s) const {
    if (!id_ || id_->empty())
      return s;
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto length = static_cast<std::size_t>(std::count_if(id_->begin(), id_->end(), starts_character));
    if (length < 6)
      return s == *id_ ? std::string(length, '*') : s;
    for (auto at = s.find(*id_); at != s.npos; at = s.find(*id_, at + length))
      s.replace(at, id_->size(), length, '*');
    return s;
  }

  std::optional<std::string_view> id_;
  bool skip_next_ = false;
  unsigned skipping_ = 0; ///< containers open inside a value that goes
};

} // namespace

reference reference_filter(std::string_view valid_document, std::string_view platform_id) {
  return slow_filter{valid_document, platform_id}.run();
}

bool nlohmann_accepts(std::string& document) {
  for (;;) {
    token_list tokens{std::nullopt};
    if (nlohmann::json::sax_parse(document, &tokens))
      return true;
    if (!tokens.unreadable)
      return false;
    // With an exponent, so that nothing behind it can become a part of it.
    document.replace(tokens.unreadable->first, tokens.unreadable->second, std::string{"0e0"});
  }
}

std::vector<std::string> nlohmann_tokens(std::string document, std::optional<std::string_view> platform_id) {
  if (!nlohmann_accepts(document))
    throw std::logic_error{"not a valid document"};
  token_list tokens{platform_id};
  nlohmann::json::sax_parse(document, &tokens);
  return std::move(tokens.tokens);
}

} // namespace mdai::test
