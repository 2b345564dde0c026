#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Small texts of HTTP: pure functions, any thread.
namespace mdai::transport::detail {

/// ASCII only, as HTTP's names are.
bool equal_without_case(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
/// Without blanks and tabs at both ends.
std::string_view trim(std::string_view text);
/// The parts between separators, in order; always at least one.
std::vector<std::string_view> split(std::string_view text, char separator);

/// %XX decoded; with `plus_is_space` a form's '+' too. Nothing when a '%' lacks its digits or a NUL appears.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// RFC 7230 token: what a method or a field name is made of.
bool is_token(std::string_view text);
/// Free of the control characters that could end a header field early.
bool is_field_value(std::string_view text);
/// `host`, `host:port` or `[v6]` with an optional port; nothing that could smuggle a path or a user into a
/// URL.
bool is_host(std::string_view text);
/// 1..65535 in decimal digits.
bool is_port(std::string_view text);

} // namespace mdai::transport::detail
