#pragma once
#include <cstdint>
#include <string>

#include "protocol/errc.hpp"

/// The directory a journal lives in.
namespace mdai::storage {

/// Makes `path` and its missing parents with mode 0700, and makes the new names durable. A directory that is
/// there already keeps its mode. `why` is one sentence for the operator when it fails (journal_unavailable).
result<void> make_private_directory(const std::string& path, std::string& why);

/// Whether `bytes` more find room below `directory`: a file of that size is allocated and removed. `why` as
/// above.
result<void> prove_room(const std::string& directory, std::uint64_t bytes, std::string& why);

/// The sizes of the files in `directory`, summed; what cannot be read counts 0.
std::uint64_t bytes_in(const std::string& directory);

} // namespace mdai::storage
