#include "protocol/challenge.hpp"

#include "protocol/crypto.hpp"

namespace mdai {

challenge::verdict challenge::judge(std::string_view answer, wall_time now) {
  switch (record_.status) {
  case challenge_status::used:
    return verdict::used;
  case challenge_status::killed:
    return verdict::killed;
  case challenge_status::expired:
    return verdict::expired;
  case challenge_status::open:
    break;
  }
  if (now >= record_.expires_at)
    return verdict::expired;
  if (crypto::equal_constant_time(crypto::sha256(answer), record_.digest))
    return verdict::right;
  if (++record_.wrong_answers >= max_wrong_answers)
    end(challenge_status::killed);
  return verdict::wrong;
}

bool challenge::expire(wall_time now) {
  if (!open() || now < record_.expires_at)
    return false;
  end(challenge_status::expired);
  return true;
}

void challenge::end(challenge_status status) {
  record_.status = status;
  record_.ssid.clear();
  record_.password.clear();
}

} // namespace mdai
