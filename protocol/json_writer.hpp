#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace mdai::json {

/// Appends `text` as a JSON string. What is not UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);

/// Writes one object, member by member, without a document in between. Names are plain ASCII.
class object_writer {
public:
  explicit object_writer(std::size_t expected_bytes = 256) { out_.reserve(expected_bytes); }

  object_writer& text(std::string_view name, std::string_view value) {
    begin(name);
    append_string(out_, value);
    return *this;
  }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) object_writer& number(std::string_view name, Number value) {
    begin(name);
    out_ += std::to_string(value);
    return *this;
  }
  object_writer& boolean(std::string_view name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
    return *this;
  }
  /// A value that is JSON already.
  object_writer& raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
    return *this;
  }
  object_writer& null(std::string_view name) { return raw(name, "null"); }
  /// The whole object; once.
  std::string done() {
    out_ += out_.empty() ? "{}" : "}";
    return std::move(out_);
  }

private:
  void begin(std::string_view name) { ((out_ += out_.empty() ? "{\"" : ",\"") += name) += "\":"; }

  std::string out_;
};

} // namespace mdai::json
