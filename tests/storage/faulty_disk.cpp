#include "tests/storage/faulty_disk.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr auto endless = std::numeric_limits<std::int64_t>::max();

std::atomic<std::int64_t> room{endless};
std::atomic<bool> allocations_succeed{false};
std::atomic<bool> syncs_fail{false};

bool spared(int fd) { return fd <= STDERR_FILENO; }

/// How many of `wanted` bytes the disk still takes.
std::size_t take_room(std::size_t wanted) {
  auto left = room.load();
  std::int64_t taken = 0;
  do
    taken = std::min(left, static_cast<std::int64_t>(wanted));
  while (!room.compare_exchange_weak(left, left == endless ? endless : left - taken));
  return static_cast<std::size_t>(taken);
}

template <class Write>
ssize_t write_within_room(int fd, std::size_t count, Write write) {
  auto taken = spared(fd) ? count : take_room(count);
  if (taken == 0 && count > 0) {
    errno = ENOSPC;
    return -1;
  }
  return write(taken);
}

int sync_unless_failing(long call, int fd) {
  if (!syncs_fail)
    return static_cast<int>(::syscall(call, fd));
  errno = EIO;
  return -1;
}

} // namespace

namespace faulty_disk {

void fill_after(std::int64_t bytes, allocations larger) {
  allocations_succeed = larger == allocations::succeed;
  room = bytes;
}
void fail_syncs() { syncs_fail = true; }
void heal() {
  room = endless;
  allocations_succeed = false;
  syncs_fail = false;
}

} // namespace faulty_disk

// The program's own definitions come before the C library's, for the libraries it links too.
extern "C" {

ssize_t write(int fd, const void* data, size_t count) {
  return write_within_room(fd, count, [&](size_t n) { return ::syscall(SYS_write, fd, data, n); });
}

ssize_t pwrite(int fd, const void* data, size_t count, off_t at) {
  return write_within_room(fd, count, [&](size_t n) { return ::syscall(SYS_pwrite64, fd, data, n, at); });
}

int fsync(int fd) { return sync_unless_failing(SYS_fsync, fd); }

int fdatasync(int fd) { return sync_unless_failing(SYS_fdatasync, fd); }

int fallocate(int fd, int mode, off_t from, off_t bytes) {
  if (allocations_succeed || room >= bytes)
    return static_cast<int>(::syscall(SYS_fallocate, fd, mode, from, bytes));
  errno = ENOSPC;
  return -1;
}

int posix_fallocate(int fd, off_t from, off_t bytes) { return ::fallocate(fd, 0, from, bytes) == 0 ? 0 : errno; }
}
