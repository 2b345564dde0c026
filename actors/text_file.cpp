#include "actors/text_file.hpp"

#include <array>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mdai::config {

namespace {

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

class descriptor {
public:
  descriptor(const std::string& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }

private:
  int fd_;
};

result<void> write_synced(const std::string& path, std::string_view text) {
  descriptor file{path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW};
  if (file.get() < 0)
    return last_error();
  while (!text.empty()) {
    auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0)
      return last_error();
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(file.get()) != 0)
    return last_error();
  return {};
}

} // namespace

result<std::string> read_text_file(const std::string& path) {
  descriptor file{path, O_RDONLY};
  std::string text;
  std::array<char, 8192> chunk{};
  while (true) {
    auto count = file.get() < 0 ? -1 : ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0)
      return last_error();
    if (count == 0)
      return text;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

result<void> create_private_file(const std::string& path, const std::string& text) {
  // A link appears in one step, so a second process never reads half a file.
  auto draft = path + "." + std::to_string(::getpid());
  auto done = write_synced(draft, text);
  if (done.has_value() && ::link(draft.c_str(), path.c_str()) != 0)
    done = last_error();
  ::unlink(draft.c_str());
  return done;
}

} // namespace mdai::config
