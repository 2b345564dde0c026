#include "actors/face_body.hpp"

#include "actors/http_answers.hpp"
#include "protocol/ids.hpp"
#include "protocol/json.hpp"
#include "protocol/utf8.hpp"

namespace mdai {
namespace {

constexpr std::size_t longest_user_id = 100, longest_text = 512, longest_object = 16u << 10;
constexpr unsigned deepest_object = 32;

} // namespace

// -- errors -----------------------------------------------------------------------------------------------------------

void field_errors::add(std::string_view field, std::string_view says) {
  errors_[std::string{field}].push_back(std::string{says});
}

transport::http_response field_errors::answer(const transport::http_request& request, unsigned status,
                                              std::string_view code) const {
  auto first = errors_.begin();
  auto says = first.value().front().get<std::string>();
  auto text = first.key() == "non_field_errors" ? says : first.key() + ": " + says;
  auto out = http_error(request, status, code, text);
  auto body = nlohmann::ordered_json::parse(out.body);
  body.update(errors_);
  out.body = body.dump();
  return out;
}

transport::http_response field_errors::answer(const transport::http_request& request) const {
  return answer(request, 400, "VALIDATION_ERROR");
}

transport::http_response field_error(const transport::http_request& request, unsigned status, std::string_view code,
                                     std::string_view field, std::string_view says) {
  field_errors errors;
  errors.add(field, says);
  return errors.answer(request, status, code);
}

// -- fields -----------------------------------------------------------------------------------------------------------

bool is_user_id(std::string_view text) {
  auto length = utf8::count(text);
  return is_device_id(text) && length && *length <= longest_user_id;
}

void field_reader::fail(std::string_view name, std::string_view says) {
  errors_.add(name, says);
  if (!within_.empty())
    errors_.add(within_, std::string{name} + ": " + std::string{says});
}

const nlohmann::json* field_reader::find(const char* name) const {
  auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string field_reader::text(const char* name, need n) {
  auto found = find(name);
  bool blank = found && found->is_string() && found->get_ref<const std::string&>().empty();
  if (!found || blank) {
    if (n == need::required)
      fail(name, blank                    ? "This field may not be blank."
                 : object_.contains(name) ? "This field may not be null."
                                          : "This field is required.");
    return {};
  }
  if (!found->is_string() || found->get_ref<const std::string&>().size() > longest_text) {
    fail(name, found->is_string() ? "This field is too long." : "Not a valid string.");
    return {};
  }
  return found->get<std::string>();
}

std::string field_reader::user_id(const char* name, need n) {
  auto id = text(name, n);
  if (!id.empty() && id.find_first_not_of(' ') == id.npos) {
    fail(name, "This field may not be blank.");
    return {};
  }
  if (id.empty() || is_user_id(id))
    return id;
  auto length = utf8::count(id);
  fail(name, length && *length > longest_user_id ? "Ensure this field has no more than 100 characters."
                                                 : "Control characters are not allowed.");
  return {};
}

bool field_reader::truth(const char* name, bool otherwise) {
  auto found = find(name);
  if (found && !found->is_boolean())
    fail(name, "Must be a valid boolean.");
  return found && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::uint32_t field_reader::number(const char* name, std::uint32_t least, std::uint32_t most, std::uint32_t otherwise) {
  auto found = find(name);
  if (!found)
    return otherwise;
  // Whether it is signed or not, an integer compares right.
  bool fits = found->is_number_integer() && *found >= least && *found <= most;
  if (!fits)
    fail(name, "Must be an integer from " + std::to_string(least) + " to " + std::to_string(most) + ".");
  return fits ? found->get<std::uint32_t>() : otherwise;
}

const nlohmann::json* field_reader::object(const char* name) {
  auto found = find(name);
  if (!found || found->is_object())
    return found;
  fail(name, "Must be an object.");
  return nullptr;
}

std::optional<std::string> kept_object(const std::string& body, const char* name, field_errors& errors) {
  const std::string_view names[] = {name};
  std::optional<json::value> found[1];
  auto scanned = json::scan_object(body, names, found, deepest_object);
  if (!scanned) {
    errors.add(name,
               scanned.error() == errc::nesting_too_deep ? "The body nests too deep." : "The body is no valid JSON.");
    return std::nullopt;
  }
  if (!found[0] || found[0]->kind != json::kind::object)
    return "{}";
  if (found[0]->text.size() > longest_object) {
    errors.add(name, "Must have no more than 16384 bytes.");
    return std::nullopt;
  }
  return std::string{found[0]->text};
}

} // namespace mdai
