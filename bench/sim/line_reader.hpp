#pragma once
#include <memory>
#include <optional>
#include <string>

#include "bench/sim/reactor.hpp"

namespace mdai::sim {

/// The lines of standard input, as they are typed (or piped), without blocking the reactor.
class line_reader {
public:
  explicit line_reader(reactor& r);
  ~line_reader();

  /// The next whole line that has come.
  std::optional<std::string> take();
  bool ready() const;

private:
  class impl;
  std::shared_ptr<impl> impl_;
};

} // namespace mdai::sim
