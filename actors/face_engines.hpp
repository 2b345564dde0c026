#pragma once
#include <string>

#include "actors/face_worker.hpp"
#include "actors/settings.hpp"

namespace mdai {

/// What looks at faces by `face.engine`, and how more of it is made for each worker.
struct face_engines {
  face::engine_info info;
  face_engine_maker make;
  std::size_t workers = 1;

  /// Opens one engine to see that it can be done. On failure `why` is one sentence that names what is missing.
  static result<face_engines> open(const settings& s, std::string& why);
};

} // namespace mdai
