#include "actors/dotenv.hpp"

#include <algorithm>

#include "actors/settings_parse.hpp"

namespace mdai::config {

namespace {

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

class dotenv_parser {
public:
  explicit dotenv_parser(std::string_view text)
      : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf"))
      text_.remove_prefix(3);
  }

  dotenv_file run() {
    while (at_ < text_.size()) {
      parse_line();
      skip_line();
    }
    return std::move(out_);
  }

private:
  void parse_line() {
    skip_blanks();
    if (ends_line() || peek() == '#')
      return;
    if (text_.substr(at_).starts_with("export ")) {
      at_ += 7;
      skip_blanks();
    }
    dotenv_entry entry{.name = {}, .value = {}, .name_at = position(), .value_at = {}};
    entry.name = take_while(in_name);
    skip_blanks();
    if (entry.name.empty() || peek() != '=')
      return fail(position(), entry.name.empty() ? "expected NAME=value" : "expected '=' after the name");
    ++at_;
    skip_blanks();
    entry.value_at = position();
    if (parse_value(entry.value))
      out_.entries.push_back(std::move(entry));
  }

  bool parse_value(std::string& value) {
    if (peek() != '"' && peek() != '\'') {
      value = bare_value();
      return true;
    }
    auto opened = position();
    if (!quoted_value(value)) {
      fail(opened, "the quote is never closed");
      return false;
    }
    skip_blanks();
    if (ends_line() || peek() == '#')
      return true;
    fail(position(), "unexpected text after the closing quote");
    return false;
  }

  std::string bare_value() {
    auto line = text_.substr(at_, std::min(text_.find('\n', at_), text_.size()) - at_);
    at_ += line.size();
    for (std::size_t i = 0; i < line.size(); ++i)
      if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
        line = line.substr(0, i);
        break;
      }
    return std::string{trim(line)};
  }

  bool quoted_value(std::string& value) {
    const char quote = take();
    while (at_ < text_.size()) {
      char c = take();
      if (c == quote)
        return true;
      if (c == '\\' && quote == '"' && at_ < text_.size())
        append_escape(value, take());
      else
        value += c;
    }
    return false;
  }

  static void append_escape(std::string& value, char c) {
    switch (c) {
    case 'n':
      value += '\n';
      break;
    case 'r':
      value += '\r';
      break;
    case 't':
      value += '\t';
      break;
    case '"':
    case '\\':
    case '$':
      value += c;
      break;
    default:
      (value += '\\') += c;
    }
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool ends_line() const { return peek() == '\n' || peek() == '\r'; }

  char take() {
    char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      line_start_ = at_;
    }
    return c;
  }

  std::string take_while(bool (*allowed)(char)) {
    auto start = at_;
    while (at_ < text_.size() && allowed(text_[at_]))
      ++at_;
    return std::string{text_.substr(start, at_ - start)};
  }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t')
      ++at_;
  }

  void skip_line() {
    while (at_ < text_.size() && take() != '\n') {
    }
  }

  text_position position() const { return {line_, static_cast<unsigned>(at_ - line_start_ + 1)}; }
  void fail(text_position at, std::string what) { out_.errors.push_back({at, std::move(what)}); }

  std::string_view text_;
  std::size_t at_ = 0, line_start_ = 0;
  unsigned line_ = 1;
  dotenv_file out_;
};

} // namespace

dotenv_file parse_dotenv(std::string_view text) { return dotenv_parser{text}.run(); }

} // namespace mdai::config
