#pragma once
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/environment.hpp"
#include "actors/face_interfaces.hpp"
#include "vision/template_index.hpp"

namespace mdai {

/// Everybody's embeddings. The truth is on the disk; here are an index for each tenant, rebuilt at start, and the one
/// place where templates change. One enrolment at a time, from its duplicate check to the disk: of two of the same face
/// the second sees the first.
struct face_gallery_state {
  using interface = face_gallery_actor;
  static inline const char* name = "mdai.face_gallery";
  static constexpr bool essential = true;

  /// `recovered` of other engines than `engine` stay on the disk and out of the way.
  face_gallery_state(interface::pointer self, environment& env, face::engine_info engine,
                     std::vector<face::template_record> recovered);
  ~face_gallery_state();
  interface::behavior_type make_behavior();

private:
  /// The people of one tenant. The index knows them by their id, as text.
  struct people {
    vision::template_index index;
    std::unordered_map<std::string, std::string> user_ids;
  };
  struct erased {
    uuid person;
    std::chrono::steady_clock::time_point until;
  };

  caf::result<face_enrolled> on_enrol(const enrol_face& x);
  caf::result<face_match> on_verify(const verify_face& x);
  face_match on_identify(const identify_face& x);
  caf::result<stored> on_erase(const erase_faces& x);

  bool is_current(const face::template_record& t) const;
  people& people_of(const std::string& client_id);
  bool like_somebody_else(const enrol_face& x) const;
  void insert(const face::template_record& t);
  void remove(const std::string& client_id, const uuid& person);
  bool was_erased(const uuid& person);

  interface::pointer self_;
  environment& env_;
  const face::engine_info engine_;
  std::unordered_map<std::string, people> tenants_;
  std::deque<erased> erased_; ///< lately: an enrolment that was under way must not bring them back
};

} // namespace mdai
