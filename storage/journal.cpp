#include "storage/journal.hpp"

#include <iterator>
#include <utility>

namespace mdai::storage {

std::string_view name(column c) {
  switch (c) {
  case column::meta:
    return "meta";
  case column::sessions:
    return "sessions";
  case column::scans:
    return "scans";
  case column::outbox:
    return "outbox";
  case column::images:
    return "images";
  case column::dead_letters:
    return "dead_letters";
  case column::dead_images:
    return "dead_images";
  case column::devices:
    return "devices";
  case column::challenges:
    return "challenges";
  case column::tenants:
    return "tenants";
  case column::users:
    return "users";
  case column::face_sessions:
    return "face_sessions";
  case column::templates:
    return "templates";
  }
  return {};
}

void write_batch::put(column where, std::string key, std::string value) {
  writes_.push_back({write::kind::put, where, std::move(key), std::move(value)});
}

void write_batch::erase(column where, std::string key) {
  writes_.push_back({write::kind::erase, where, std::move(key), {}});
}

void write_batch::erase_range(column where, std::string from, std::string to) {
  writes_.push_back({write::kind::erase_range, where, std::move(from), std::move(to)});
}

void write_batch::append(write_batch other) {
  writes_.insert(writes_.end(), std::make_move_iterator(other.writes_.begin()),
                 std::make_move_iterator(other.writes_.end()));
}

} // namespace mdai::storage
