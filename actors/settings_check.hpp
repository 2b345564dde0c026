// config: the rules between options, and what production asks for.
#pragma once
#include "actors/settings_load.hpp"

namespace mdai::config {

/// Adds errors and warnings. Says nothing more about options whose text was already refused. Looks at the
/// files that the settings name, changes none.
void check(loaded& l);

} // namespace mdai::config
