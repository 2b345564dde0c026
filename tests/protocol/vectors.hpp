#pragma once
#include <fstream>

#include <nlohmann/json.hpp>

namespace mdai {

/// The known answers of tests/data/vectors.json (made by tests/data/make_vectors.py).
inline const nlohmann::json& vectors() {
  static const auto all = nlohmann::json::parse(std::ifstream{MDAI_TEST_DATA "/vectors.json"});
  return all;
}

} // namespace mdai
