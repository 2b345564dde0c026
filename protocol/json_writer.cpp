#include "protocol/json_writer.hpp"

#include <nlohmann/json.hpp>

#include "protocol/json_text.hpp"

namespace mdai::json {

// Nearly all we write stands for itself; what does not is the library's business.
void append_string(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  if (find_first(text.data(), end, not_plain{}) == end) {
    ((out += '"') += text) += '"';
    return;
  }
  const nlohmann::json value = std::string{text};
  out += value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace mdai::json
