#include "protocol/bridge/disguise.hpp"

#include <utility>

#include "protocol/crypto.hpp"
#include "protocol/json_scanner.hpp"
#include "protocol/privacy_text.hpp"

namespace mdai::bridge {
namespace {

/// Tells the values of `platform_id` members from all else, and hands each kind to `Derived`:
///   void id_value(const json::value&);  void text(std::string_view inside);
template <class Derived>
class id_visitor {
public:
  void key(std::string_view text, unsigned depth) {
    if (inside_)
      return;
    const bool names_somebody = json::means(json::inside(text), forbidden_key);
    id_depth_ = names_somebody ? depth : 0;
    if (!names_somebody)
      self().text(json::inside(text));
  }
  void scalar(json::kind kind, std::string_view text, unsigned depth) {
    if (inside_)
      return;
    if (std::exchange(id_depth_, 0) == depth && depth != 0)
      self().id_value({kind, text});
    else if (kind == json::kind::string)
      self().text(json::inside(text));
  }
  void open(json::kind, const char* begin, unsigned depth) {
    if (inside_ || depth == 0 || std::exchange(id_depth_, 0) != depth)
      return;
    inside_ = depth;
    begin_ = begin;
  }
  void close(json::kind kind, const char* end, unsigned depth) {
    if (inside_ != depth || depth == 0)
      return;
    inside_ = 0;
    self().id_value({kind, {begin_, end}});
  }

private:
  Derived& self() { return static_cast<Derived&>(*this); }

  unsigned id_depth_ = 0; ///< the next value at this depth is an id's
  unsigned inside_ = 0;   ///< depth of an id's value that is a container, while in it
  const char* begin_ = nullptr;
};

struct id_finder : id_visitor<id_finder> {
  std::string named;
  bool ambiguous = false;

  void id_value(const json::value& v) {
    auto id = named_by(v);
    ambiguous = ambiguous || (!id.empty() && !named.empty() && id != named);
    if (!id.empty())
      named = std::move(id);
  }
  void text(std::string_view) {}
};

struct disguiser : id_visitor<disguiser> {
  const id_masker& masker;
  document_copier& copy;
  std::string_view quoted_alias;

  disguiser(const id_masker& m, document_copier& c, std::string_view alias)
      : masker(m)
      , copy(c)
      , quoted_alias(alias) {}

  void id_value(const json::value& v) {
    bool is_text = v.kind == json::kind::string;
    if (v.kind == json::kind::null || (is_text && json::decode(v).empty()))
      return;
    bool names = is_text || v.kind == json::kind::number;
    copy.replace(v.text.data(), v.text.data() + v.text.size(), {names ? quoted_alias : "null"});
  }
  void text(std::string_view inside) { masker.mask(inside, copy); }
};

/// The document with the alias in place of `id`, in one more pass.
result<std::string> replaced(std::string document, std::string_view id, std::string_view alias, unsigned max_depth) {
  const auto code_points = utf8::count(id).value_or(0);
  if (code_points >= shortest_id_within ? alias.find(id) != alias.npos : alias == id)
    return errc::invalid_value; // it would be revealed
  const auto quoted = '"' + std::string{alias} + '"';
  std::string out;
  document_copier copy{document, out};
  const id_masker masker{id, code_points, {alias, 0}};
  disguiser visitor{masker, copy, quoted};
  if (auto ok = json::scanner{document, max_depth, visitor}.run(); !ok)
    return ok.error();
  return copy.finish() ? std::move(out) : std::move(document);
}

} // namespace

std::string make_alias() { return "PID_" + crypto::hex(crypto::random_bytes(8)); }

std::string named_by(const json::value& v) {
  if (v.kind == json::kind::string)
    return json::decode(v);
  return v.kind == json::kind::number ? std::string{v.text} : std::string{};
}

result<std::string> find_platform_id(std::string_view document, unsigned max_depth) {
  id_finder finder;
  if (auto ok = json::scanner{document, max_depth, finder}.run(); !ok)
    return ok.error();
  if (finder.ambiguous)
    return errc::invalid_value;
  return std::move(finder.named);
}

result<disguised> disguise(std::string document, std::string_view known, std::span<const std::string> earlier,
                           std::string_view alias, unsigned max_depth) {
  auto named = find_platform_id(document, max_depth);
  if (!named)
    return named.error();
  auto text = replaced(std::move(document), known, alias, max_depth);
  if (text && !named->empty() && *named != known)
    text = replaced(std::move(*text), *named, alias, max_depth);
  for (auto id = earlier.begin(); text && id != earlier.end(); ++id)
    text = replaced(std::move(*text), *id, alias, max_depth);
  if (!text)
    return text.error();
  return disguised{std::move(*text), std::move(*named)};
}

} // namespace mdai::bridge
