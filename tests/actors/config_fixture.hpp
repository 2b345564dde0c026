#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include "actors/settings_load.hpp"
#include "actors/settings_secrets.hpp"

namespace mdai::config {

/// A directory of its own for each test, gone afterwards, and sources that look nowhere else.
class config_test : public testing::Test {
protected:
  config_test() {
    auto name = testing::TempDir() + "mdai-config-XXXXXX";
    directory_ = mkdtemp(name.data());
    sources.directory = directory_;
  }
  ~config_test() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path(name), std::ios::binary} << text;
    return path(name);
  }
  static std::string read(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  void toml(const std::string& text) { write("mdai-broker.toml", text); }
  void dotenv(const std::string& text) { write(".env", text); }
  void environment(const std::string& name, const std::string& value) { sources.environment.emplace_back(name, value); }
  void flag(const std::string& name, const std::string& value) { sources.flags.push_back({name, value}); }

  /// `lines` without the test's directory.
  std::vector<std::string> relative(std::vector<std::string> lines) const {
    auto prefix = directory_.string() + "/";
    for (auto& line : lines)
      for (auto at = line.find(prefix); at != line.npos; at = line.find(prefix))
        line.erase(at, prefix.size());
    return lines;
  }
  std::vector<std::string> read_errors() const { return relative(read_sources(sources).errors); }

  /// Everything production wants, in the environment. Made afresh: a secret in a test is a secret everybody
  /// knows.
  void good_production() {
    for (auto* name : {"JWT_SECRET", "QR_ENCRYPTION_KEY", "ADMIN_TOKEN", "STORAGE_KEY", "DEVICE_MASTER_SECRET"})
      environment(name, make_secret());
    environment("BACKEND_VALIDATE_URL", "https://platform.example.com/validate");
    environment("BACKEND_API_URL", "https://platform.example.com/verify");
    environment("BACKEND_API_KEY", "key");
    environment("REGISTRATION_TOKEN", make_secret());
    environment("DB_PATH", path("journal"));
  }
  void development() {
    environment("MDAI_MODE", "development");
    environment("DB_PATH", path("journal"));
  }
  /// Another value for a variable that is there already.
  void change(const std::string& name, const std::string& value) {
    for (auto& variable : sources.environment)
      if (variable.first == name)
        variable.second = value;
  }
  std::string value_of(const std::string& name) const {
    for (const auto& variable : sources.environment)
      if (variable.first == name)
        return variable.second;
    return {};
  }

  load_sources sources;

private:
  std::filesystem::path directory_;
};

} // namespace mdai::config
