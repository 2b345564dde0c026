# Writes files into a C++ source: cmake -D OUT=<file.cpp> -D HEADER=<header> -D NAMESPACE=<ns> -D "FILES=<name>=<path>;..." -P embed.cmake
# Each <name> becomes `const std::string_view <name>`, which the header declares.
cmake_minimum_required(VERSION 3.25)

set(text "// Made by cmake/embed.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
foreach(pair IN LISTS FILES)
  string(REGEX MATCH "^([a-z_]+)=(.+)$" unused "${pair}")
  set(name ${CMAKE_MATCH_1})
  file(READ ${CMAKE_MATCH_2} content)
  string(FIND "${content}" ")embedded\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${CMAKE_MATCH_2} has )embedded\" in it, which ends the literal")
  endif()
  string(APPEND text "\nconst std::string_view ${name} = R\"embedded(${content})embedded\";\n")
endforeach()
string(APPEND text "\n} // namespace ${NAMESPACE}\n")
file(WRITE ${OUT} "${text}")
