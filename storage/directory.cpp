#include "storage/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace mdai::storage {
namespace {

namespace fs = std::filesystem;

/// Without it a power loss could take the new name, and the whole journal with it.
bool sync_directory(const fs::path& directory) {
  int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool synced = ::fsync(fd) == 0;
  int saved = errno;
  ::close(fd);
  errno = saved;
  return synced;
}

bool make_one(const fs::path& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) == 0)
    return sync_directory(directory.parent_path());
  return errno == EEXIST;
}

std::string reason(int error) { return std::system_category().message(error); }

} // namespace

result<void> make_private_directory(const std::string& path, std::string& why) {
  std::error_code ec;
  auto whole = fs::absolute(path, ec).lexically_normal();
  fs::path at;
  for (const auto& part : whole) {
    at /= part;
    if (!part.empty() && !make_one(at)) {
      why = "the journal's directory " + path + " cannot be made: " + at.string() + ": " + reason(errno);
      return errc::journal_unavailable;
    }
  }
  auto status = fs::status(whole, ec);
  if (fs::is_directory(status))
    return {};
  why =
      ec ? path + " cannot be opened: " + ec.message() : path + " is a file; the journal needs a directory of its own";
  return errc::journal_unavailable;
}

result<void> prove_room(const std::string& directory, std::uint64_t bytes, std::string& why) {
  auto path = directory + "/room.probe";
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  int error = errno;
  if (fd >= 0) {
    ::unlink(path.c_str()); // now, so that nothing is left of it if the process dies here
    error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    ::close(fd);
  }
  if (error == 0)
    return {};
  why = "the journal needs " + std::to_string(bytes >> 20) + " MiB of room in " + directory + ": " + reason(error);
  return errc::journal_unavailable;
}

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t sum = 0;
  std::error_code ec;
  for (fs::directory_iterator at{directory, ec}, end; !ec && at != end; at.increment(ec)) {
    std::error_code gone; // RocksDB may remove a file between the listing and the look
    auto size = at->file_size(gone);
    sum += gone ? 0 : size;
  }
  return sum;
}

} // namespace mdai::storage
