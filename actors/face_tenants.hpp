#pragma once
#include <chrono>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/face_messages.hpp"
#include "protocol/token_bucket.hpp"

namespace mdai {

/// The tenants as the registry remembers them, found by client_id or API key; who has proved its secret in this
/// process, and who has called too often. One thread.
class face_tenants {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A new tenant, or another state of one.
  void put(face::tenant_record record);
  /// nullptr: there is none.
  const face::tenant_record* find(const client_credential& who) const;
  const face::tenant_record* find(const std::string& client_id) const;
  /// In the order of their client_id.
  client_page page(const list_clients& x) const;
  std::size_t size() const { return by_id_.size(); }

  /// Counts one call; how long the tenant has to wait when it was one too many, else nothing. Limits hold for any hour
  /// and any day; they are forgotten with the process.
  std::chrono::nanoseconds count_call(const std::string& client_id, time_point now);

  enum class proof { unknown, right, wrong };
  /// Compares with the secret that was proved before, without the KDF.
  proof recall(const std::string& client_id, std::string_view secret) const;
  /// The tenant has proved this secret.
  void remember(const std::string& client_id, std::string_view secret);

private:
  struct entry {
    face::tenant_record record;
    std::string known_secret; ///< its digest under a key of this process; empty: not proved yet
    std::optional<periodic_token_bucket<3600>> hour;
    std::optional<periodic_token_bucket<24 * 3600>> day;
  };

  std::map<std::string, entry, std::less<>> by_id_;
  std::unordered_map<std::string, std::string> by_api_key_; ///< client_id
  std::string process_key_ = crypto::random_bytes(32);
};

} // namespace mdai
