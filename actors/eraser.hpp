#pragma once
#include <memory>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "storage/journal.hpp"

namespace mdai {

/// Erases without a trace, on a thread of its own: the files are rewritten for as long as that takes, and nobody who
/// stores something waits. What is asked for during one pass joins the next, like writes join a commit.
struct eraser_state {
  using interface = eraser_actor;
  static inline const char* name = "mdai.eraser";
  static constexpr bool essential = true;

  eraser_state(interface::pointer self, std::shared_ptr<storage::journal> journal, persistence_actor persistence);
  ~eraser_state();
  interface::behavior_type make_behavior();

private:
  /// Erasures that are stored and cleaned up after together.
  struct pass {
    storage::write_batch batch;
    std::vector<storage::key_range> ranges;
    std::vector<caf::typed_response_promise<stored>> answers;
    void answer(const caf::error& why);
  };
  caf::result<stored> on_erase(const erase_for_good& x);
  void look_back();
  void looked_back(const std::string& columns);
  void begin();
  void try_again_later();
  void end(const caf::error& why);
  bool clean();

  interface::pointer self_;
  std::shared_ptr<storage::journal> journal_;
  const persistence_actor persistence_; ///< of our own: at the end others are put down on another thread
  bool busy_ = false, retrying_ = false, looked_back_ = false;
  pass next_, now_;
  std::vector<storage::key_range> unclean_; ///< erased, and still to be read in some file; at most one of each column
};

} // namespace mdai
