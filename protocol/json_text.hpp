#pragma once
#include <string_view>

#ifdef __SSE2__
#include <bit>
#include <emmintrin.h>
#endif

/// What scanner, decoder and filter share about the inside of JSON strings. Internal to the room.
namespace mdai::json {

/// First byte of [p, end) that passes `test`, else `end`; 16 bytes at a time where SSE2 is. `test` answers a
/// char with a bool and a block with a mask.
template <class Test>
const char* find_first(const char* p, const char* end, Test test) {
#ifdef __SSE2__
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    if (const int mask = _mm_movemask_epi8(test(block)))
      return p + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  while (p != end && !test(*p))
    ++p;
  return p;
}

/// What does not stand for itself in a string: quote, backslash, control characters, and all that is not
/// ASCII.
struct not_plain {
  // Signed: bytes from 0x80 on are negative, so one comparison finds them and the control characters.
  bool operator()(char c) const { return static_cast<signed char>(c) < ' ' || c == '"' || c == '\\'; }
#ifdef __SSE2__
  __m128i operator()(__m128i block) const {
    const __m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(' '));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    return _mm_or_si128(low, _mm_or_si128(quote, backslash));
  }
#endif
};

/// One of two bytes.
struct either_of {
  char a;
  char b;
  bool operator()(char c) const { return c == a || c == b; }
#ifdef __SSE2__
  __m128i operator()(__m128i block) const {
    return _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(a)), _mm_cmpeq_epi8(block, _mm_set1_epi8(b)));
  }
#endif
};

/// An escape of a string: the character it means and where it ends; `end` is null when it is none. A
/// surrogate pair's two escapes are one.
struct escape {
  const char* end = nullptr;
  char32_t code_point = 0;
};

/// The escape whose backslash stands at `p`.
escape read_escape(const char* p, const char* end);

/// Where `expected` ends in the inside of a valid string, when the characters from `p` on begin with it; else
/// null. The characters are compared as they are after unescaping.
const char* match(const char* p, const char* end, std::string_view expected);

/// A string's text without its quotes.
constexpr std::string_view inside(std::string_view quoted) { return quoted.substr(1, quoted.size() - 2); }

/// Whether the inside of a valid string means `expected`.
inline bool means(std::string_view text, std::string_view expected) {
  const char* const end = text.data() + text.size();
  return text.size() >= expected.size() && match(text.data(), end, expected) == end;
}

} // namespace mdai::json
