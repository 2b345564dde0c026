#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace mdai {

/// Lines of columns for people, each column as wide as its widest cell.
class table {
public:
  explicit table(std::vector<std::string> titles)
      : rows_{std::move(titles)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::ostream& out) const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// A member of an answer as people read it: "-" for null, "yes" and "no".
std::string shown(const nlohmann::ordered_json& object, const char* member);
/// Every member on a line of its own.
void print_members(std::ostream& out, const nlohmann::ordered_json& object);

} // namespace mdai
