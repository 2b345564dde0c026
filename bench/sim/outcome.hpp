#pragma once
#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace mdai::sim {

/// Why a step did not work: one sentence for the person at the terminal.
struct failure {
  bool interrupted = false; ///< Ctrl-C, not the other side's fault
  std::string text;
};

inline failure failed(std::string text) { return {false, std::move(text)}; }

template <class T>
using outcome = boost::system::result<T, failure>;

} // namespace mdai::sim
