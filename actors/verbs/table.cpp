#include "actors/verbs/table.hpp"

#include <algorithm>
#include <ostream>

namespace mdai {
namespace {

/// Characters, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

} // namespace

void table::print(std::ostream& out) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  for (auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      out << row[i] << (i + 1 < row.size() ? std::string(widths[i] - width(row[i]) + 2, ' ') : "\n");
  }
}

std::string shown(const nlohmann::ordered_json& object, const char* member) {
  auto found = object.find(member);
  if (found == object.end() || found->is_null())
    return "-";
  if (found->is_boolean())
    return found->get<bool>() ? "yes" : "no";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void print_members(std::ostream& out, const nlohmann::ordered_json& object) {
  std::size_t widest = 0;
  for (auto& [name, value] : object.items())
    widest = std::max(widest, name.size());
  for (auto& [name, value] : object.items())
    out << name << std::string(widest - name.size() + 2, ' ') << shown(object, name.c_str()) << '\n';
}

} // namespace mdai
