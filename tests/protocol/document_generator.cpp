#include "tests/protocol/document_generator.hpp"

#include <algorithm>
#include <cstdio>

namespace mdai::test {
namespace {

/// Long and short, periodic, with characters that need escapes, past ASCII and past the BMP.
constexpr std::string_view ids[] = {
    "PLT_secret9",
    "PLT_secret9",
    "u1",
    "",
    "abaaba",
    "aaaaaa",
    "12345",
    "a\"b\\c/\n",
    "platform_id",
    "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80xyz",
    "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
    "a-rather-long-platform-id-of-more-than-sixteen-bytes",
};

std::size_t character_size(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

std::string_view without_last_character(std::string_view text) {
  const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  while (!text.empty() && is_continuation(text.back()))
    text.remove_suffix(1);
  text.remove_suffix(text.empty() ? 0 : 1);
  return text;
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  char32_t code = character.size() == 1 ? lead : lead & ((1u << (7 - character.size())) - 1);
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return code;
}

void append_unit(std::string& out, unsigned unit, bool upper) {
  char text[8];
  std::snprintf(text, sizeof text, upper ? "\\u%04X" : "\\u%04x", unit);
  out += text;
}

} // namespace

std::string_view document_generator::choose_id() { return id_ = pick(ids); }

std::string document_generator::document() {
  if (one_in(100))
    return deep();
  std::string out;
  if (one_in(50))
    out = "\xEF\xBB\xBF";
  space(out);
  if (one_in(20))
    value(out, 3);
  else
    object(out, 4);
  space(out);
  return out;
}

/// Around the limits that callers use.
std::string document_generator::deep() {
  const std::size_t levels = one_in(20) ? 1015 + below(15) : 120 + below(15);
  std::string opened = one_in(4) ? "" : "{\"a\":", closed = opened.empty() ? "" : "}";
  for (std::size_t i = 0; i < levels; ++i) {
    const bool object = one_in(2);
    opened += object ? (one_in(4) ? "{\"platform_id\":" : "{\"x\":") : "[";
    closed += object ? '}' : ']';
  }
  std::reverse(closed.begin(), closed.end());
  return opened + "1" + closed;
}

void document_generator::value(std::string& out, unsigned budget) {
  switch (below(budget > 0 ? 9 : 6)) {
  case 0:
    number(out);
    break;
  case 1:
    out += pick({"true", "false", "null"});
    break;
  case 6:
    array(out, budget - 1);
    break;
  case 7:
  case 8:
    object(out, budget - 1);
    break;
  default:
    string(out);
  }
}

void document_generator::object(std::string& out, unsigned budget) {
  out += '{';
  space(out);
  for (std::size_t left = below(5); left > 0; --left) {
    key(out);
    space(out);
    out += ':';
    space(out);
    value(out, budget);
    space(out);
    if (left > 1) {
      out += ',';
      space(out);
    }
  }
  out += '}';
}

void document_generator::array(std::string& out, unsigned budget) {
  out += '[';
  space(out);
  for (std::size_t left = below(4); left > 0; --left) {
    value(out, budget);
    space(out);
    if (left > 1) {
      out += ',';
      space(out);
    }
  }
  out += ']';
}

void document_generator::key(std::string& out) {
  out += '"';
  switch (below(6)) {
  case 0:
  case 1:
    spell(out, "platform_id");
    break;
  case 2:
    spell(out, pick({"platform_i", "platform_idx", "Platform_id", "platform_id\xC3\xA9", ""}));
    break;
  case 3:
    spell(out, id_);
    break;
  default:
    spell(out, pick({"type", "data", "a", "caf\xC3\xA9", "a-long-key-of-more-than-sixteen-bytes"}));
  }
  out += '"';
}

void document_generator::string(std::string& out) {
  out += '"';
  for (std::size_t words = below(4); words > 0; --words) {
    switch (below(5)) {
    case 0:
    case 1:
      spell(out, id_);
      break;
    case 2:
      spell(out, without_last_character(id_));
      break; // nearly the id
    default:
      spell(out, pick({"x", "a", "ba", " ", "platform_id", "\xC3\xA9\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\\", "\"", "/",
                       "\n\t\x01", "\x7F", "0123456789abcdef0123456789", "*", "u1",
                       "The quick brown fox jumps over the lazy dog and runs away"}));
    }
  }
  out += '"';
}

void document_generator::number(std::string& out) {
  if (one_in(200)) {
    out += pick({"1e400", "-1E+999"});
    return;
  }
  out += pick({"0", "-0", "1", "-17", "5.0", "1.10", "1e5", "1E+05", "-2.5e-3", "12345678901234567890", "0.1",
               "123456789012345678901234567890", "18446744073709551616", "-9223372036854775809"});
  if (one_in(10))
    out += one_in(2) ? "0" : "1"; // may break what stands there
}

void document_generator::space(std::string& out) {
  if (one_in(4))
    out += pick({" ", "  ", "\n", "\t", "\r\n", " \t \n "});
}

void document_generator::spell(std::string& out, std::string_view text) {
  constexpr std::size_t rates[] = {1, 3, 10, 1000, 1000, 1000};
  const std::size_t escape_one_in = rates[below(6)];
  while (!text.empty()) {
    const std::size_t size = character_size(text[0]);
    spell_one(out, text.substr(0, size), escape_one_in);
    text.remove_prefix(size);
  }
}

void document_generator::spell_one(std::string& out, std::string_view character, std::size_t escape_one_in) {
  constexpr std::string_view named = "\"\\/\b\f\n\r\t", letters = "\"\\/bfnrt";
  const char32_t code = code_point(character);
  const bool needs_escape = code < 0x20 || code == '"' || code == '\\';
  if (!needs_escape && !one_in(escape_one_in)) {
    out += character;
  } else if (const auto at = named.find(character); at != named.npos && one_in(2)) {
    out += {'\\', letters[at]};
  } else if (code < 0x10000) {
    append_unit(out, static_cast<unsigned>(code), one_in(2));
  } else {
    append_unit(out, static_cast<unsigned>(0xD7C0 + (code >> 10)), one_in(2));
    append_unit(out, static_cast<unsigned>(0xDC00 + (code & 0x3FF)), one_in(2));
  }
}

std::string document_generator::mutate(std::string document) {
  for (std::size_t edits = 1 + below(3); edits > 0; --edits) {
    const std::size_t at = below(document.size() + 1), length = below(document.size() - at + 1);
    switch (below(8)) {
    case 0:
      document.resize(at);
      break;
    case 1:
      if (at < document.size())
        document[at] = static_cast<char>(document[at] ^ 1 << below(8));
      break;
    case 2:
      document.insert(at, 1, static_cast<char>(below(256)));
      break;
    case 3:
      document.insert(below(document.size() + 1), document.substr(at, length));
      break;
    case 4:
      document.erase(at, 1 + below(4));
      break;
    case 5:
      document.insert(at, pick({"\\u0070", "\\ud83d", "\\udc00", "\\udc00\\udc00", "\\ud83d\\ude00", "\\u12", "\\x",
                                "\\", "\\u00zz"}));
      break;
    case 6:
      document.insert(at, pick({"\"", ",", ":", "{", "}", "[", "]", "{}", "\"platform_id\":1,", ",\"platform_id\":[]",
                                "null", "0", "-", "e5", " ", "\xEF\xBB\xBF"}));
      break;
    default:
      document.insert(at, pick({"\xC3\xA9", "\xC3", "\x80", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80",
                                "\xF0\x9F\x98\x80", "\xE2\x82", "\xFF"}));
    }
  }
  return document;
}

} // namespace mdai::test
