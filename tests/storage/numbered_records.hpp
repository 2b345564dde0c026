#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "storage/byte_io.hpp"
#include "storage/journal.hpp"
#include "storage/rocksdb_journal.hpp"

/// What the child process commits and its parent looks for: records whose whole content follows from their
/// number.
namespace mdai::storage {

inline const std::string test_secret = "a storage key for tests, 32 bytes or more";

inline std::string numbered_key(std::uint64_t n) {
  byte_writer out{sizeof n};
  out.integer(n);
  return out.take();
}

inline std::string numbered_value(std::uint64_t n) {
  std::string value(40 + n * 7919 % 1500, '\0');
  for (std::size_t i = 0; i < value.size(); ++i)
    value[i] = static_cast<char>(n * 31 + i * 7);
  return value;
}

/// Two columns, so that half a batch would show; now and then an image too, in place of the one before.
inline write_batch numbered_batch(std::uint64_t n) {
  write_batch batch;
  batch.put(column::sessions, numbered_key(n), numbered_value(n));
  batch.put(column::scans, numbered_key(n), numbered_value(n));
  if (n % 32 == 0) {
    batch.put(column::images, numbered_key(n), std::string(60'000, static_cast<char>(n)));
    batch.erase(column::images, numbered_key(n - 32));
  }
  return batch;
}

/// The write-ahead log that is written now.
inline std::filesystem::path newest_log(const std::filesystem::path& directory) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename())
      newest = entry.path();
  return newest;
}

/// One acknowledged commit, as the child reports it.
struct acknowledged {
  std::uint64_t number = 0;
  std::uint64_t log_bytes = 0; ///< the log's size right after it
};

} // namespace mdai::storage
