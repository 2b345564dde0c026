#pragma once
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

/// A program run with its standard output in a pipe. Killed in the end if it still runs.
/// Not a mere fork: RocksDB's threads would be missing in the child.
class child_process {
public:
  explicit child_process(std::vector<std::string> command) {
    int ends[2];
    if (::pipe(ends) != 0)
      throw std::runtime_error("no pipe");
    std::vector<char*> arguments;
    for (auto& word : command)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    ::posix_spawn_file_actions_addclose(&actions, ends[1]);
    bool started = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) == 0;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (!started)
      throw std::runtime_error("cannot run " + command[0]);
  }
  ~child_process() {
    kill();
    wait();
    ::close(output_);
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// One T as the child wrote it; false at the end of its output.
  template <class T>
  bool read(T& what) {
    std::size_t have = 0;
    while (have < sizeof what) {
      auto got = ::read(output_, reinterpret_cast<char*>(&what) + have, sizeof what - have);
      if (got <= 0)
        return false;
      have += static_cast<std::size_t>(got);
    }
    return true;
  }
  std::string read_all() {
    std::string all;
    for (char c; read(c);)
      all.push_back(c);
    return all;
  }
  void kill() {
    if (pid_ > 0)
      ::kill(pid_, SIGKILL);
  }
  /// Its exit code; -1 when it was killed.
  int wait() {
    int status = 0;
    if (pid_ > 0)
      ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  pid_t pid_ = -1;
  int output_ = -1;
};
