#include "protocol/privacy_filter.hpp"

#include <utility>

#include "protocol/json_scanner.hpp"

namespace mdai {
namespace {

constexpr std::string_view forbidden_key = "platform_id";
/// A shorter id is too likely a part of another word: it is masked only where it is the whole string.
constexpr std::size_t shortest_within = 6;

/// Copies a document without what is taken out of it; touches `out` from the first removal on.
class copier {
public:
  copier(std::string_view document, std::string& out)
      : document_(document)
      , kept_(document.data())
      , out_(out) {}

  void replace(const char* begin, const char* end, std::size_t stars) {
    if (!dirty_) {
      out_.clear();
      out_.reserve(document_.size());
      dirty_ = true;
    }
    out_.append(kept_, begin).append(stars, '*');
    kept_ = end;
  }

  bool finish() {
    if (dirty_)
      out_.append(kept_, document_.data() + document_.size());
    return dirty_;
  }

  void abandon() {
    if (dirty_)
      out_.clear();
  }

private:
  std::string_view document_;
  const char* kept_; ///< all before is copied or gone
  std::string& out_;
  bool dirty_ = false;
};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Past the last byte before `p` that is no white space.
const char* trim_back(const char* p) {
  while (is_space(p[-1]))
    --p;
  return p;
}

/// The scanner's visitor: cuts members, masks strings, finds members.
class cleaner {
public:
  cleaner(std::string_view id, std::size_t code_points, json::member_finder& finder, copier& copy)
      : id_(id)
      , code_points_(code_points)
      , finder_(finder)
      , copy_(copy) {}

  void key(std::string_view text, unsigned depth) {
    finder_.key(text, depth);
    if (cut_depth_ != 0 && depth != cut_depth_) // inside a value that goes
      return;
    if (json::means(json::inside(text), forbidden_key)) {
      if (cut_depth_ == 0) {
        cut_depth_ = depth;
        cut_begin_ = text.data();
      }
      return;
    }
    end_cut(cut_begin_, text.data());
    mask(json::inside(text));
  }

  void scalar(json::kind kind, std::string_view text, unsigned depth) {
    finder_.scalar(kind, text, depth);
    if (kind == json::kind::string && cut_depth_ == 0)
      mask(json::inside(text));
  }

  void open(json::kind kind, const char* begin, unsigned depth) { finder_.open(kind, begin, depth); }

  void close(json::kind kind, const char* end, unsigned depth) {
    finder_.close(kind, end, depth);
    if (cut_depth_ != depth + 1)
      return;
    // No later member took the comma with it: the one after the last kept member goes. Without any there is a
    // brace.
    const char* const before = trim_back(cut_begin_);
    end_cut(before[-1] == ',' ? before - 1 : cut_begin_, trim_back(end - 1));
  }

private:
  /// One run of adjacent members that go, if there is one.
  void end_cut(const char* begin, const char* end) {
    if (cut_depth_ == 0)
      return;
    copy_.replace(begin, end, 0);
    cut_depth_ = 0;
  }

  void mask(std::string_view text) {
    if (code_points_ == 0 || text.size() < id_.size())
      return;
    if (code_points_ >= shortest_within)
      mask_within(text.data(), text.data() + text.size());
    else if (json::means(text, id_))
      copy_.replace(text.data(), text.data() + text.size(), code_points_);
  }

  void mask_within(const char* p, const char* end) {
    const json::either_of candidate{id_.front(), '\\'};
    while ((p = json::find_first(p, end, candidate)) != end) {
      if (const char* const after = json::match(p, end, id_)) {
        copy_.replace(p, after, code_points_);
        p = after;
      } else {
        p = *p == '\\' ? json::read_escape(p, end).end : p + 1;
      }
    }
  }

  std::string_view id_;
  std::size_t code_points_;
  json::member_finder& finder_;
  copier& copy_;
  unsigned cut_depth_ = 0; ///< depth of the keys that go; 0 while nothing goes
  const char* cut_begin_ = nullptr;
};

} // namespace

privacy_filter::privacy_filter(std::string platform_id)
    : platform_id_(std::move(platform_id))
    , code_points_(utf8::count(platform_id_).value_or(0)) {}

result<bool> privacy_filter::apply(std::string_view document, std::string& out, unsigned max_depth,
                                   std::span<const std::string_view> names,
                                   std::span<std::optional<json::value>> found) const {
  json::member_finder finder{names, found};
  copier copy{document, out};
  cleaner visitor{platform_id_, code_points_, finder, copy};
  if (const auto verdict = json::scanner{document, max_depth, visitor}.run(); !verdict) {
    finder.forget();
    copy.abandon();
    return {boost::system::in_place_error, verdict.error()};
  }
  return copy.finish();
}

std::string privacy_filter::mask_text(std::string_view text) const {
  std::string out;
  if (code_points_ == 0 || (code_points_ < shortest_within && text != platform_id_))
    return out.assign(text);
  for (auto at = text.find(platform_id_); at != text.npos; at = text.find(platform_id_)) {
    out.append(text, 0, at).append(code_points_, '*');
    text.remove_prefix(at + platform_id_.size());
  }
  return out.append(text);
}

} // namespace mdai
