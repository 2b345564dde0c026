#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/errc.hpp"
#include "protocol/json.hpp"
#include "protocol/payload.hpp"

namespace mdai {

/// The privacy law towards devices: removes every `platform_id` key at any depth and masks the session's
/// platform_id inside every string and key. What it does not remove or mask leaves byte for byte as it came.
/// Immutable after construction. Any thread.
class privacy_filter {
public:
  /// An id that is empty or no UTF-8 masks nothing: no JSON text can contain it.
  explicit privacy_filter(std::string platform_id);

  /// Validates `document` like json::scan_object (with the same search for top-level members) and, in the
  /// same pass, finds what must go. Answers true when something had to go: then `out` holds the clean
  /// document; else the document may pass as it is and `out` is untouched. `found` refers to `document`,
  /// before the cuts. After an error `out` holds nothing of the document. Note that a result<bool> is true
  /// when there is no error: ask for its value.
  result<bool> apply(std::string_view document, std::string& out, unsigned max_depth,
                     std::span<const std::string_view> names = {},
                     std::span<std::optional<json::value>> found = {}) const;

  /// The document as a device may see it: itself when nothing had to go, else a clean copy. Asks for no memory but the
  /// copy's, which is recycled. Otherwise as above.
  result<payload> clean(const payload& document, unsigned max_depth, std::span<const std::string_view> names = {},
                        std::span<std::optional<json::value>> found = {}) const;

  /// Masks the platform_id in plain text that is no JSON (error texts, device ids in a device's answers).
  std::string mask_text(std::string_view text) const;

  const std::string& platform_id() const { return platform_id_; }

private:
  std::string platform_id_;
  std::size_t code_points_ = 0;
};

} // namespace mdai
