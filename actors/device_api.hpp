#pragma once
#include "actors/environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/json_body.hpp"

namespace mdai {

/// HTTP requests about devices: registration, making challenges, answering them.
struct device_api_state {
  using interface = api_actor;
  static inline const char* name = "mdai.device_api";
  static constexpr bool essential = true;

  static constexpr std::string_view register_route = "/api/register-device", generate_route = "/api/generate-challenge",
                                    validate_route = "/api/validate-challenge";

  device_api_state(interface::pointer self, environment& env)
      : self_(self)
      , env_(env) {}
  interface::behavior_type make_behavior();

private:
  void on_exchange(const http_exchange& x);
  void register_one(const http_exchange& x, const nlohmann::json& body);
  void generate(const http_exchange& x, const nlohmann::json& body);
  void validate(const http_exchange& x, const nlohmann::json& body);

  interface::pointer self_;
  environment& env_;
};

} // namespace mdai
