#include <unistd.h>

#include "actors/environment.hpp"

namespace mdai {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "mdai-broker";
}

} // namespace

result<std::shared_ptr<const configuration>> configuration::make(const mdai::settings& s) {
  auto qr_key = crypto::key_from_hex(s.qr.encryption_key);
  auto validate = transport::url::parse(s.backend.validate_url);
  auto api = transport::url::parse(s.backend.api_url);
  if (!qr_key)
    return qr_key.error();
  if (!validate)
    return validate.error();
  if (!api)
    return api.error();
  token_keys tokens{s.auth.issuer, s.auth.jwt_secret, s.auth.jwt_secrets_previous};
  return std::make_shared<const configuration>(configuration{s, std::move(tokens), *qr_key, std::move(*validate),
                                                             std::move(*api),
                                                             s.server.node.empty() ? host_name() : s.server.node});
}

session_policy configuration::policy() const {
  session_policy p;
  p.block_on_multi_scan = settings.multi_scan.policy == settings::scan_policy::block;
  p.min_consecutive_passes = settings.verification.min_consecutive_passes;
  p.max_json_depth = settings.limits.max_json_depth;
  p.bad_messages_in_a_row = settings.limits.bad_messages_in_a_row;
  return p;
}

} // namespace mdai
