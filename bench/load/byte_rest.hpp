#pragma once
#include <string>
#include <string_view>

namespace mdai::load {

/// What is left of a byte stream until the rest of its last item comes.
class byte_rest {
public:
  /// Hands `use` all that is there; it answers how many bytes it is done with.
  template <class Use>
  void feed(std::string_view more, Use use) {
    if (rest_.empty()) {
      rest_ = more.substr(use(more));
    } else {
      rest_ += more;
      rest_.erase(0, use(std::string_view{rest_}));
    }
  }

private:
  std::string rest_;
};

} // namespace mdai::load
