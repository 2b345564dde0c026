#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>

#include "tests/support/face_renderer.hpp"

/// Writes what a camera would send of a person who looks into it, as <directory>/frame-000.jpg and so on:
///   render_faces <directory> [identity] [frames] [none|glasses|sunglasses|mask|hat|hand]
/// Somebody blinks at frames 8, 18, 28, ... and moves aside and back from frames 12, 42, 72, ...
int main(int argc, char** argv) {
  using namespace mdai::test;
  auto number = [&](int i, int otherwise) {
    int value = otherwise;
    if (argc > i)
      std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), value);
    return value;
  };
  if (argc < 2) {
    std::cerr << "usage: render_faces <directory> [identity] [frames] [none|glasses|sunglasses|mask|hat|hand]\n";
    return 2;
  }
  performance who{.identity = static_cast<unsigned>(number(2, 1))};
  const int frames = number(3, 40);
  const char* covers[] = {"none", "glasses", "sunglasses", "mask", "hat", "hand"};
  for (unsigned i = 0; argc > 4 && i < 6; ++i)
    if (std::strcmp(argv[4], covers[i]) == 0)
      who.cover = static_cast<cover>(i);
  for (int at = 8; at < frames; at += 10)
    who.blinks.push_back(at);
  for (int at = 12; at < frames; at += 30)
    who.turns.push_back(at);
  for (int i = 0; i < frames; ++i) {
    auto digits = std::to_string(1000 + i).substr(1);
    std::ofstream file(std::string(argv[1]) + "/frame-" + digits + ".jpg", std::ios::binary);
    file << jpeg_of(moment_of(who, i));
    if (!file.flush()) {
      std::cerr << "render_faces: cannot write into " << argv[1] << '\n';
      return 1;
    }
  }
  return 0;
}
