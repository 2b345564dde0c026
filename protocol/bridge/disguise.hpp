#pragma once
#include <span>
#include <string>
#include <string_view>

#include "protocol/json.hpp"

namespace mdai::bridge {

/// A session's alias: "PID_" and 16 random hex digits. Any thread.
std::string make_alias();

/// What a message to hardware looks like when an alias stands for the person.
struct disguised {
  std::string text;        ///< the whole document
  std::string platform_id; ///< that the message names; empty: none
};

/// The alias takes the place of the value of every `platform_id` member, at any depth, and of the named id, of `known`
/// and of `earlier` ones inside every string and key. A `platform_id` that is an empty string or null stays; one that
/// is no text and no number becomes null. Everything else stays byte for byte. `document` is valid JSON. Errors: those
/// of json::scan_object; invalid_value when the message names two people, or one whose id is a part of the alias.
result<disguised> disguise(std::string document, std::string_view known, std::span<const std::string> earlier,
                           std::string_view alias, unsigned max_depth);

/// The person that a `platform_id` value names: a text, or a number as it is written; empty: nobody.
std::string named_by(const json::value& platform_id);

/// The person whom the members called `platform_id` name, at any depth; empty: nobody. Errors as above.
result<std::string> find_platform_id(std::string_view document, unsigned max_depth);

} // namespace mdai::bridge
