#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mdai {

/// The bytes of one message: immutable, shared by copies, never re-encoded on their way. Any thread.
class payload {
public:
  payload() = default;
  explicit payload(std::string bytes)
      : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}

  std::string_view view() const noexcept { return bytes_ ? std::string_view{*bytes_} : std::string_view{}; }
  std::size_t size() const noexcept { return view().size(); }
  bool empty() const noexcept { return view().empty(); }

private:
  std::shared_ptr<const std::string> bytes_;
};

} // namespace mdai
