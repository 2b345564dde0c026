#include <fstream>
#include <iostream>

#include "tests/support/onnx_stub.hpp"

/// Writes <directory>/yunet.onnx and sface.onnx: networks that learned nothing, for tests that drive the broker from
/// outside.
int main(int argc, char** argv) {
  using namespace mdai::test;
  if (argc != 2) {
    std::cerr << "usage: write_onnx_stubs <directory>\n";
    return 2;
  }
  for (auto& [name, bytes] : {std::pair{"/yunet.onnx", yunet_stub()}, {"/sface.onnx", sface_stub()}}) {
    std::ofstream file(std::string{argv[1]} + name, std::ios::binary);
    if (!(file << bytes).flush()) {
      std::cerr << "write_onnx_stubs: cannot write into " << argv[1] << '\n';
      return 1;
    }
  }
  return 0;
}
