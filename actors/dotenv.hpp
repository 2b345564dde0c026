// config: the .env format that shells and docker-compose share, without interpolation.
#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace mdai::config {

/// A place in a text; both count from 1, columns in bytes.
struct text_position {
  unsigned line = 1;
  unsigned column = 1;
  auto operator<=>(const text_position&) const = default;
};

struct dotenv_entry {
  std::string name;
  std::string value;
  text_position name_at;
  text_position value_at;
};

struct dotenv_error {
  text_position at;
  std::string what; ///< never quotes the file: it holds secrets
};

struct dotenv_file {
  std::vector<dotenv_entry> entries; ///< in the file's order, repeated names included
  std::vector<dotenv_error> errors;
};

/// Lines of `NAME=value`, `export NAME=value`, `# comment`. A value is bare (blanks around it and ` #
/// comment` after it go), in single quotes (as it stands) or in double quotes (\n \r \t \" \\ \$ are
/// escapes); quoted values may span lines. A line that is wrong is reported and skipped.
dotenv_file parse_dotenv(std::string_view text);

} // namespace mdai::config
