#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/json_text.hpp"

/// What the privacy filter and the bridge's disguise share. Internal to the room.
namespace mdai {

constexpr std::string_view forbidden_key = "platform_id";
/// A shorter id is too likely a part of another word: it is masked only where it is the whole string.
constexpr std::size_t shortest_id_within = 6;

/// What stands where something was taken out.
struct stand_in {
  std::string_view text{};
  std::size_t stars = 0;
};

/// Copies a document without what is taken out of it; touches `out` from the first removal on.
class document_copier {
public:
  document_copier(std::string_view document, std::string& out)
      : document_(document)
      , kept_(document.data())
      , out_(out) {}

  void replace(const char* begin, const char* end, const stand_in& by) {
    if (!dirty_) {
      out_.clear();
      out_.reserve(document_.size());
      dirty_ = true;
    }
    out_.append(kept_, begin).append(by.text).append(by.stars, '*');
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

/// Finds an id in the insides of JSON strings, however it is escaped there. `code_points` 0: nothing to find.
struct id_masker {
  std::string_view id;
  std::size_t code_points;
  stand_in by;

  void mask(std::string_view text, document_copier& copy) const {
    if (code_points == 0 || text.size() < id.size())
      return;
    if (code_points >= shortest_id_within)
      mask_within(text.data(), text.data() + text.size(), copy);
    else if (json::means(text, id))
      copy.replace(text.data(), text.data() + text.size(), by);
  }

private:
  void mask_within(const char* p, const char* end, document_copier& copy) const {
    const json::either_of candidate{id.front(), '\\'};
    while ((p = json::find_first(p, end, candidate)) != end) {
      if (const char* const after = json::match(p, end, id)) {
        copy.replace(p, after, by);
        p = after;
      } else {
        p = *p == '\\' ? json::read_escape(p, end).end : p + 1;
      }
    }
  }
};

} // namespace mdai
