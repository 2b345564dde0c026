#pragma once
#include <cerrno>
#include <utility>

#include <boost/system/error_code.hpp>
#include <unistd.h>

namespace mdai::transport::detail {

/// Owns a file descriptor.
class descriptor {
public:
  explicit descriptor(int fd = -1)
      : fd_(fd) {}
  descriptor(descriptor&& other) noexcept
      : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0)
      ::close(release());
  }

private:
  int fd_;
};

/// What `errno` says.
inline boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

} // namespace mdai::transport::detail
