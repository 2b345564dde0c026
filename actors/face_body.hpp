#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/json_body.hpp"

/// What the face product's clients send, checked field by field, and how they are told what is wrong with it.
namespace mdai {

/// What is wrong with a request: for each field a list of sentences, beside the members that every error has.
class field_errors {
public:
  void add(std::string_view field, std::string_view says);
  bool empty() const { return errors_.empty(); }
  transport::http_response answer(const transport::http_request& request, unsigned status, std::string_view code) const;
  /// 400 VALIDATION_ERROR.
  transport::http_response answer(const transport::http_request& request) const;

private:
  nlohmann::ordered_json errors_ = nlohmann::ordered_json::object();
};

/// One field that is wrong.
transport::http_response field_error(const transport::http_request& request, unsigned status, std::string_view code,
                                     std::string_view field, std::string_view says);

/// Whether that is a name for a user: 1 to 100 printable characters.
bool is_user_id(std::string_view text);

/// Reads members of an object, and notes what is wrong with them under their names (and under that of the object, when
/// it is itself a member).
class field_reader {
public:
  enum class need { required, optional }; ///< optional: absent, null and "" are the same

  field_reader(const nlohmann::json& object, field_errors& errors, std::string_view within = {})
      : object_(object)
      , errors_(errors)
      , within_(within) {}

  /// Empty when it is absent or wrong.
  std::string text(const char* name, need n);
  std::string user_id(const char* name, need n);
  bool truth(const char* name, bool otherwise);
  std::uint32_t number(const char* name, std::uint32_t least, std::uint32_t most, std::uint32_t otherwise);
  /// An object; nullptr when it is absent or wrong.
  const nlohmann::json* object(const char* name);
  void fail(std::string_view name, std::string_view says);

private:
  const nlohmann::json* find(const char* name) const;

  const nlohmann::json& object_;
  field_errors& errors_;
  std::string_view within_;
};

/// The exact text of a member that is an object, for keeping it as it was written. Nothing when it is too long or nests
/// too deep, and then `errors` says so; "{}" when there is none.
std::optional<std::string> kept_object(const std::string& body, const char* name, field_errors& errors);

} // namespace mdai
