#pragma once
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

#include "actors/face_api.hpp"
#include "actors/http_answers.hpp"
#include "storage/face_records.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/face_settings.hpp"
#include "tests/support/http_call.hpp"
#include "tests/support/scripted_face_stream.hpp"

namespace mdai::test {

/// Two tenants and the HTTP around the face product; streams are scripted.
class face_test : public ::testing::Test {
protected:
  using json = nlohmann::json;
  using response = http_answer;
  using headers = std::map<std::string, std::string>;

  face_test() { begin(w); }
  void begin(actor_world& world) {
    script_streams(world.env, script);
    world.spawn_face_actors();
    world.run();
  }

  static response send_to(actor_world& world, std::string_view route, std::string method, const std::string& body,
                          const headers& fields, const std::string& id = {}, std::string query = {}) {
    transport::http_request request;
    request.method = std::move(method);
    request.body = body;
    request.query = std::move(query);
    if (!id.empty())
      request.params["id"] = id;
    for (auto& [name, value] : fields)
      request.headers.set(name, value);
    return test::call(world.env.face_apis[0], route, std::move(request));
  }
  response call(std::string_view route, std::string method, const std::string& body = {}, const std::string& id = {}) {
    auto out = send_to(w, route, std::move(method), body, as, id);
    w.run();
    return out;
  }
  response post(std::string_view route, const json& body) { return call(route, "POST", body.dump()); }
  response enrol(json body = {{"user_id", "ann"}}) { return post("/api/auth/enrollment", body); }
  response authenticate(json body = {{"user_id", "ann"}}) { return post("/api/auth/authentication", body); }
  response status_of(const std::string& id) { return call("/api/auth/sessions/{id}/status", "GET", {}, id); }
  response cancel(const std::string& id) { return call("/api/auth/session/{id}", "DELETE", {}, id); }
  response user(const std::string& id, const char* method = "GET") {
    return call("/api/clients/users/{id}", method, {}, id);
  }
  response sign_in(json body) { return post("/api/auth/client", body); }

  static unsigned status(const response& r) { return *r ? (*r)->status : 0; }
  static json body(const response& r) { return *r ? json::parse((*r)->body, nullptr, false) : json{}; }

  /// The stream of that session says that it is completed.
  void complete(const std::string& token) {
    for (auto& seed : script->seeds)
      if (seed.record.token == token) {
        auto r = seed.record;
        r.status = face::session_status::completed;
        r.completed_at = w.wall();
        caf::anon_send(w.env.face_registry, face_session_news{r});
        caf::anon_send(w.env.face_registry, forget_face_stream{r});
      }
    w.run();
  }

  std::shared_ptr<stream_script> script = std::make_shared<stream_script>();
  actor_world w{face_settings()};
  headers as{{"X-API-Key", "frapi_acme"}};
};

} // namespace mdai::test
