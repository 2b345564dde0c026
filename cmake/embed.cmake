# Writes files as C++ arrays, run at build time: cmake -D OUT=<file.cpp> -D ROOT=<dir> -D FILES=<names, comma-separated> -P embed.cmake
cmake_minimum_required(VERSION 3.25)

string(REPLACE "," ";" names "${FILES}")
set(arrays "")
set(entries "")
set(index 0)
foreach(name IN LISTS names)
  file(READ "${ROOT}/${name}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "const unsigned char bytes_${index}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(bytes_${index}), sizeof bytes_${index}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
set(tail [=[
std::span<const file> files() { return all; }

std::string_view contents(std::string_view name) {
  for (const auto& one : all)
    if (one.name == name)
      return one.bytes;
  throw std::logic_error{"there is no such file in web/"};
}

} // namespace mdai::web
]=])
file(WRITE "${OUT}" "#include \"web/files.hpp\"\n\n#include <stdexcept>\n\nnamespace mdai::web {\nnamespace {\n\n${arrays}
const file all[] = {\n${entries}};\n\n} // namespace\n\n${tail}")
