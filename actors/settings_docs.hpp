// config: documentation made from the table of options: what gen-config prints.
#pragma once
#include <string>

namespace mdai::config {

/// A TOML file with every option at its default, commented out.
std::string toml_example();
/// The same for .env; what production needs comes first and is not commented out.
std::string dotenv_example();
/// docs/settings.md.
std::string settings_reference();
/// Fresh secrets as .env lines.
std::string fresh_secrets();

} // namespace mdai::config
