#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace mdai::sim {

/// Prints what happens as it happens, one aligned line per step:
///
///     12 ms  ✓  session created              6922e054…, 180 s to live
///
/// Colour on a terminal only, and not where NO_COLOR is set.
class console {
public:
  console();

  void title(std::string_view text) const;
  /// A step that was checked; answers `held`, so that steps chain with &&.
  bool check(bool held, std::string_view step, std::string_view detail = {});
  /// Something that happened, neither good nor bad.
  void note(std::string_view step, std::string_view detail = {}) const;
  /// The text of a QR code: printed, or written to `file` when that is given. Whether it could be.
  bool show_code(const std::string& text, const std::string& file) const;
  /// The last line: "✓ 17 checks held, 412 ms" or "✗ stopped: 8 checks held, 1 failed, 80 ms".
  void summary() const;

  bool all_held() const { return failed_ == 0; }

private:
  void line(std::string_view colour, std::string_view mark, std::string_view step, std::string_view detail) const;
  long elapsed_ms() const;
  std::string paint(std::string_view colour, std::string_view text) const;

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool colour_;
  unsigned checks_ = 0, failed_ = 0;
};

/// `text`, cut to `limit` bytes (between characters) with "…" behind.
std::string shortened(std::string_view text, std::size_t limit);

} // namespace mdai::sim
