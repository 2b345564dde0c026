// libFuzzer target: no text makes the reader of public keys fail otherwise than by an error, and a key that it takes
// can be used and comes back from its own bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/rsa_key.hpp"

using namespace mdai;

namespace {

void check(const result<rsa_key>& key) {
  if (!key)
    return;
  auto again = rsa_key::from_der(key->der());
  if (!again || again->der() != key->der() || key->bits() < rsa_key::least_bits || key->bits() > rsa_key::most_bits)
    std::abort();
  (void)key->seal("thirty-two bytes are what we send");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check(rsa_key::from_pem(bytes));
  check(rsa_key::from_der(bytes));
  return 0;
}
