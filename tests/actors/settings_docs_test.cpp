#include "actors/settings_docs.hpp"

#include <sstream>

#include "tests/actors/config_fixture.hpp"

namespace mdai::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class settings_docs : public config_test {};

/// The first line in which the two differ, for a message that people can use.
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left{a}, right{b};
  std::string x, y;
  for (int line = 1;; ++line) {
    bool more_left = static_cast<bool>(std::getline(left, x)), more_right = static_cast<bool>(std::getline(right, y));
    if (!more_left && !more_right)
      return "no line";
    if (x != y || more_left != more_right)
      return "line " + std::to_string(line) + ":\n  file: " + x + "\n  code: " + y;
  }
}

void expect_up_to_date(const std::string& file, const std::string& text, const std::string& flag,
                       const std::string& made) {
  EXPECT_TRUE(text == made) << file << " is out of date in " << first_difference(text, made)
                            << "\nmake it anew: mdai-broker gen-config" << flag << " > " << file;
}

/// With its options in force: "#name = value" and "#NAME=value" are options, "# text" is a comment.
std::string uncommented(const std::string& example) {
  std::istringstream in{example};
  std::string out, line;
  while (std::getline(in, line))
    out.append(line.starts_with('#') && !line.starts_with("# ") ? line.substr(1) : line) += '\n';
  return out;
}

TEST_F(settings_docs, CheckedInFilesAreWhatTheCodeMakes) {
  const std::string root = MDAI_TEST_DATA "/../../";
  expect_up_to_date("docs/settings.md", read(root + "docs/settings.md"), " --docs", settings_reference());
  expect_up_to_date(".env.example", read(root + ".env.example"), " --env", dotenv_example());
  expect_up_to_date("deploy/mdai-broker.toml", read(root + "deploy/mdai-broker.toml"), "", toml_example());
}

TEST_F(settings_docs, TheExamplesHoldEveryOptionAtItsDefault) {
  const settings defaults;
  toml(uncommented(toml_example()));
  auto from_toml = read_sources(sources);
  std::filesystem::remove(path("mdai-broker.toml"));
  dotenv(uncommented(dotenv_example()));
  auto from_dotenv = read_sources(sources);
  for (const auto* from : {&from_toml, &from_dotenv}) {
    EXPECT_THAT(from->errors, IsEmpty());
    for (const auto& o : options()) {
      EXPECT_TRUE(from->is_set(o.name)) << o.name;
      EXPECT_TRUE(o.value->equal(from->values, defaults)) << o.name;
    }
  }
}

TEST_F(settings_docs, TheExamplesAsTheyAreSetNothing) {
  toml(toml_example());
  dotenv(dotenv_example());
  auto read = read_sources(sources);
  EXPECT_THAT(read.errors, IsEmpty());
  for (const auto& o : options())
    EXPECT_TRUE(o.value->equal(read.values, settings{})) << o.name;
}

TEST_F(settings_docs, TheReferenceNamesEveryOption) {
  auto reference = settings_reference();
  for (const auto& o : options()) {
    EXPECT_THAT(reference, HasSubstr("| `" + std::string{o.name} + "` |"));
    EXPECT_THAT(reference, HasSubstr("`" + o.environment() + "`"));
    EXPECT_THAT(reference, HasSubstr("`" + o.known_as() + "`"));
  }
}

TEST_F(settings_docs, FreshSecretsSatisfyProduction) {
  dotenv(fresh_secrets() +
         "BACKEND_VALIDATE_URL=https://a.example/v\nBACKEND_API_URL=https://a.example/r\n"
         "BACKEND_API_KEY=key\nDB_PATH=" +
         path("journal") + "\n");
  auto l = load(sources);
  EXPECT_THAT(l.errors, IsEmpty());
  EXPECT_THAT(l.warnings, IsEmpty());
}

} // namespace
} // namespace mdai::config
