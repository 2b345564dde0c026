#pragma once
#include <cstdint>
#include <random>
#include <string>

#include "protocol/time.hpp"

namespace mdai::storage::test {

/// Fields of records, the same again for the same seed.
class random_fields {
public:
  explicit random_fields(unsigned seed)
      : engine_(seed) {}

  std::uint64_t below(std::uint64_t end) { return engine_() % end; }
  std::uint32_t number() { return static_cast<std::uint32_t>(engine_()); }
  bool coin() { return below(2) == 1; }
  /// Any bytes, often none.
  std::string text() {
    std::string bytes(below(3) == 0 ? 0 : below(200), '\0');
    fill(bytes);
    return bytes;
  }
  wall_time time() { return from_unix_ms(static_cast<std::int64_t>(engine_())); }

  /// One of: a bit flipped, cut short, made longer, a byte set, a part repeated.
  std::string damage(std::string bytes) {
    const auto at = below(bytes.size());
    switch (below(5)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      break;
    case 1:
      bytes.resize(at);
      break;
    case 2:
      bytes += text();
      break;
    case 3:
      bytes[at] = static_cast<char>(engine_());
      break;
    default:
      bytes.insert(at, bytes, 0, below(bytes.size()));
      break;
    }
    return bytes;
  }

protected:
  template <class Bytes>
  void fill(Bytes& bytes) {
    for (auto& b : bytes)
      b = static_cast<typename Bytes::value_type>(engine_());
  }
  std::mt19937_64& engine() { return engine_; }

private:
  std::mt19937_64 engine_;
};

} // namespace mdai::storage::test
