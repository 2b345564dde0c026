#include <set>
#include <utility>

#include "actors/session_tokens.hpp"
#include "tests/actors/simulation.hpp"

/// Older apps and hardware in the simulation.
namespace mdai::test {

using nlohmann::json;

socket_ptr simulation::open_bridge(const session_record& r, party who) {
  upgrade_claims claims;
  claims.who = who;
  claims.speaks = dialect_id::bridge;
  claims.query_token = bridge_token(*world_->env.now(), r);
  return world_->open(std::move(claims));
}

std::string simulation::bridge_words(const client& c, std::size_t from) {
  json data{{"from", from}, {"number", ++numbers_}};
  if (c.who == party::mobile) {
    if (chance(20))
      return R"({"type":"status"})";
    if (chance(50)) {
      auto whose = chance(80) ? 0u : 1u;
      auto& person = sessions_[c.session].people[whose];
      data["whose"] = whose;
      data["platform_id"] = person;
      data["deep"] = {{person, "I am " + person + "!"}, {"platform_id", person}};
    }
    return json{{"type", "to_hardware"}, {"data", std::move(data)}}.dump();
  }
  switch (pick(4)) {
  case 0:
    return R"({"type":"ping"})";
  case 1:
    return json{{"type", "to_app"}, {"data", std::move(data)}}.dump();
  default:
    return json{{"type", "to_backend"},
                {"data", {{"image", chance(50) ? "aGVsbG8=" : "d29ybGQ="}, {"platform_id", "PLT_somebody"}}}}
        .dump();
  }
}

void simulation::hear_bridge(client& c, const json& message, const std::string& text, const session_record& stored) {
  static const std::set<std::string> errors_for_hardware = {"platform_id not known yet", "Session expired",
                                                            "Invalid or expired token"};
  auto& s = sessions_[c.session];
  auto type = message.at("type").get<std::string>();
  c.seated = c.seated || type == "joined";
  if (type == "error" && message["error"] == "Invalid or expired token" && world_->wall() < s.record.expires_at)
    broke("a token was refused in its time");
  if (type == "backend_response" && (message["status_code"] == 200 || message["status_code"] == 422) &&
      stored.final_result.empty())
    broke("the platform's answer was told before it was stored");
  if (c.who == party::mobile)
    return;
  for (auto& person : s.people)
    if (text.find(person) != text.npos)
      broke("a person's id reached hardware: " + text);
  if (type == "error" && !errors_for_hardware.contains(message["error"].get<std::string>()))
    broke("hardware was told of an error: " + text);
  if (type != "from_app") {
    if (text.find("\"platform_id\"") != text.npos)
      broke("a platform_id reached hardware: " + text);
    return;
  }
  auto& data = message["data"];
  if (!data.contains("platform_id"))
    return;
  if (data["platform_id"] != s.record.alias || data["deep"]["platform_id"] != s.record.alias)
    broke("hardware was not given its session's alias: " + text);
  if (stored.platform_id != s.people.at(data["whose"].get<std::size_t>()))
    broke("hardware heard of a person before that was stored");
}

void simulation::check_bridges() {
  std::set<std::pair<std::size_t, party>> taken;
  for (auto& c : clients_) {
    auto& s = sessions_[c.session];
    if (s.is_bridge() && c.seated && c.socket->open() && settled(s) && !taken.emplace(c.session, c.who).second)
      broke("two sit in one seat of the bridge");
  }
  for (auto& s : sessions_)
    for (auto& [key, bodies] : s.bodies)
      for (auto& body : bodies)
        if (auto whose = json::parse(body).at("platform_id").get<std::string>();
            s.is_bridge() && whose != s.people[0] && whose != s.people[1])
          broke("the platform was asked about somebody whom no app has named: " + whose);
}

} // namespace mdai::test
