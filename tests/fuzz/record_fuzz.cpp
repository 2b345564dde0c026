// libFuzzer target: no bytes make a record's decoder read out of bounds, and what it takes has no other
// encoding.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/face_records.hpp"
#include "storage/records.hpp"

using namespace mdai;
using namespace mdai::storage;

namespace {

template <class Record>
void check(const result<Record>& decoded, std::string_view bytes) {
  if (!decoded)
    return;
  auto again = encode(*decoded);
  if (again.front() == bytes.front() && again != bytes) // an older version is written anew in the newest
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check(decode_session(bytes), bytes);
  check(decode_scan(bytes), bytes);
  check(decode_outbox(bytes), bytes);
  check(decode_device(bytes), bytes);
  check(decode_challenge(bytes), bytes);
  check(decode_tenant(bytes), bytes);
  check(decode_user(bytes), bytes);
  check(decode_face_session(bytes), bytes);
  check(decode_template(bytes), bytes);
  return 0;
}
