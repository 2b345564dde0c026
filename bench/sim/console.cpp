#include "bench/sim/console.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

namespace mdai::sim {
namespace {

constexpr std::string_view green = "32", red = "31", dim = "2", bold = "1";
constexpr std::size_t step_width = 32;

} // namespace

console::console()
    : colour_(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

void console::title(std::string_view text) const {
  std::printf("%s\n\n", paint(bold, text).c_str());
  std::fflush(stdout);
}

bool console::check(bool held, std::string_view step, std::string_view detail) {
  ++checks_;
  failed_ += held ? 0 : 1;
  line(held ? green : red, held ? "✓" : "✗", step, detail);
  return held;
}

void console::note(std::string_view step, std::string_view detail) const { line(dim, "·", step, detail); }

bool console::show_code(const std::string& text, const std::string& file) const {
  if (file.empty()) {
    note("QR code", text);
    return true;
  }
  std::ofstream out{file, std::ios::trunc};
  out << text << '\n';
  note("QR code written", file);
  return out.good();
}

void console::summary() const {
  const auto held = std::to_string(checks_ - failed_) + " checks held";
  const auto text = failed_ == 0 ? held : "stopped: " + held + ", " + std::to_string(failed_) + " failed";
  const auto mark = failed_ == 0 ? paint(green, "✓") : paint(red, "✗");
  std::printf("\n%s %s, %ld ms\n", mark.c_str(), text.c_str(), elapsed_ms());
  std::fflush(stdout);
}

void console::line(std::string_view colour, std::string_view mark, std::string_view step,
                   std::string_view detail) const {
  std::string text{step};
  if (!detail.empty())
    text.append(step.size() < step_width ? step_width - step.size() : 0, ' ').append("  ").append(detail);
  std::printf("%7ld ms  %s  %s\n", elapsed_ms(), paint(colour, mark).c_str(), text.c_str());
  std::fflush(stdout);
}

long console::elapsed_ms() const {
  using namespace std::chrono;
  return static_cast<long>(duration_cast<milliseconds>(steady_clock::now() - start_).count());
}

std::string console::paint(std::string_view colour, std::string_view text) const {
  if (!colour_)
    return std::string{text};
  return "\033[" + std::string{colour} + "m" + std::string{text} + "\033[0m";
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return std::string{text};
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
    --limit;
  return std::string{text.substr(0, limit)} + "…";
}

} // namespace mdai::sim
