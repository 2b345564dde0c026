#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mdai::test {

/// Makes JSON documents full of what the privacy filter must find, spelled in every way, and breaks them. The
/// same seed makes the same documents.
class document_generator {
public:
  explicit document_generator(std::uint64_t seed)
      : random_(seed) {}

  /// The platform_id of the documents that follow.
  std::string_view choose_id();
  /// Mostly an object.
  std::string document();
  /// One to three random edits of the bytes of `document`.
  std::string mutate(std::string document);
  /// A number below `bound`.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

private:
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <std::size_t N>
  std::string_view pick(const std::string_view (&choices)[N]) {
    return choices[below(N)];
  }
  void value(std::string& out, unsigned budget);
  void object(std::string& out, unsigned budget);
  void array(std::string& out, unsigned budget);
  void key(std::string& out);
  void string(std::string& out);
  void number(std::string& out);
  void space(std::string& out);
  void spell(std::string& out, std::string_view text);
  void spell_one(std::string& out, std::string_view character, std::size_t escape_one_in);
  std::string deep();

  std::mt19937_64 random_;
  std::string id_;
};

} // namespace mdai::test
