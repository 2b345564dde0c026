// config: how the tables of options are written.
#pragma once
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/settings_field.hpp"
#include "actors/settings_table.hpp"

namespace mdai::config {

template <class T, class Codec>
option make(std::string_view name, T& (*at)(settings&), Codec codec, std::string_view doc, option_traits traits = {}) {
  return {name, doc, traits, std::make_shared<field_of<T, Codec>>(at, std::move(codec))};
}

/// A member's path is the option's name too, so the two cannot drift apart.
#define MDAI_AT(member)                                                                                                \
#member, +[](settings & s) -> auto& { return s.member; }

/// The options of `[face]`; options() has them too.
std::vector<option> face_options();

} // namespace mdai::config
