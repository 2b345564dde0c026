#include "protocol/privacy_filter.hpp"

#include <utility>

#include "protocol/json_scanner.hpp"
#include "protocol/privacy_text.hpp"

namespace mdai {
namespace {

constexpr std::size_t kept_capacity = 64u << 10; ///< of memory for clean copies

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
  cleaner(const id_masker& masker, json::member_finder& finder, document_copier& copy)
      : masker_(masker)
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
    masker_.mask(json::inside(text), copy_);
  }

  void scalar(json::kind kind, std::string_view text, unsigned depth) {
    finder_.scalar(kind, text, depth);
    if (kind == json::kind::string && cut_depth_ == 0)
      masker_.mask(json::inside(text), copy_);
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
    copy_.replace(begin, end, {});
    cut_depth_ = 0;
  }

  const id_masker& masker_;
  json::member_finder& finder_;
  document_copier& copy_;
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
  document_copier copy{document, out};
  const id_masker masker{platform_id_, code_points_, {{}, code_points_}};
  cleaner visitor{masker, finder, copy};
  if (const auto verdict = json::scanner{document, max_depth, visitor}.run(); !verdict) {
    finder.forget();
    copy.abandon();
    return {boost::system::in_place_error, verdict.error()};
  }
  return copy.finish();
}

result<payload> privacy_filter::clean(const payload& document, unsigned max_depth,
                                      std::span<const std::string_view> names,
                                      std::span<std::optional<json::value>> found) const {
  thread_local std::string copy; // its memory is kept for the next
  const auto cut = apply(document.view(), copy, max_depth, names, found);
  if (!cut)
    return cut.error();
  if (!*cut)
    return document;
  payload clean{copy};
  if (copy.capacity() > kept_capacity)
    copy = {};
  return clean;
}

std::string privacy_filter::mask_text(std::string_view text) const {
  std::string out;
  if (code_points_ == 0 || (code_points_ < shortest_id_within && text != platform_id_))
    return out.assign(text);
  for (auto at = text.find(platform_id_); at != text.npos; at = text.find(platform_id_)) {
    out.append(text, 0, at).append(code_points_, '*');
    text.remove_prefix(at + platform_id_.size());
  }
  return out.append(text);
}

} // namespace mdai
