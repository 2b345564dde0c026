#include "actors/face_registry.hpp"
#include "actors/hosted.hpp"
#include "protocol/password.hpp"
#include "tests/actors/face_fixture.hpp"

namespace mdai::test {
namespace {

/// The registry itself, and the operators' side of it.
class face_registry_test : public face_test {
protected:
  created_client create(const std::string& id, std::uint32_t per_hour = 0, std::uint32_t per_day = 0) {
    auto made =
        w.ask<created_client>(w.env.face_registry, create_client{id, "Name of " + id, {}, {}, per_hour, per_day});
    w.run();
    EXPECT_TRUE(made->value) << caf::to_string(made->error);
    return made->value.value_or(created_client{});
  }
  template <class T, class Request>
  std::shared_ptr<answer<T>> ask(Request x) {
    auto out = w.ask<T>(w.env.face_registry, std::move(x));
    w.run();
    return out;
  }
  static authenticate_client signing_in(const std::string& id, const std::string& secret) {
    authenticate_client x;
    x.who.by = client_credential::kind::client_id;
    x.who.text = id;
    x.secret = secret;
    return x;
  }
  bool proves(const std::string& id, const std::string& secret) {
    return ask<face::tenant_record>(signing_in(id, secret))->value.has_value();
  }
  caf::error set(const std::string& id, face::tenant_status s) {
    return ask<face::tenant_record>(set_client_status{id, s})->error;
  }
  /// The broker is killed and starts again on what its disk holds.
  std::unique_ptr<actor_world> restarted() {
    auto next = std::make_unique<actor_world>(w.env.now()->settings, *w.journal, w.wall());
    script = std::make_shared<stream_script>();
    begin(*next);
    return next;
  }
};

TEST_F(face_registry_test, ATenantIsMadeOnceAndProvesItsSecretEverAfter) {
  auto made = create("bank");
  EXPECT_TRUE(made.client.api_key.starts_with("frapi_"));
  EXPECT_EQ(made.client.api_key.size(), 49u);
  EXPECT_GE(made.secret.size(), 43u);
  EXPECT_TRUE(proves("bank", made.secret));
  EXPECT_FALSE(proves("bank", made.secret + "x"));
  EXPECT_EQ(ask<created_client>(create_client{"bank", {}, {}, {}, 0, 0})->error, errc::already_exists);
  auto next = restarted();
  for (auto& [secret, right] : {std::pair{made.secret, true}, {std::string{"wrong"}, false}, {made.secret, true}}) {
    auto got = next->ask<face::tenant_record>(next->env.face_registry, signing_in("bank", secret));
    next->run();
    EXPECT_EQ(got->value.has_value(), right);
  }
}

TEST_F(face_registry_test, WrongSecretsBeforeTheFirstRightOneAreRefusedToo) {
  auto made = create("bank");
  auto next = restarted();
  std::vector<std::shared_ptr<answer<face::tenant_record>>> got;
  for (auto& secret : {std::string{"wrong"}, made.secret, std::string{"wrong"}, made.secret})
    got.push_back(next->ask<face::tenant_record>(next->env.face_registry, signing_in("bank", secret)));
  next->run();
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(got[i]->value.has_value(), i % 2 == 1) << i;
}

TEST_F(face_registry_test, ManyOfATenantSignInWithOneDerivationButNotAnyNumber) {
  auto made = create("bank");
  auto next = restarted();
  std::vector<std::shared_ptr<answer<face::tenant_record>>> got;
  constexpr auto most = face_registry_state::max_sign_ins_each;
  for (std::size_t i = 0; i < most + 5; ++i)
    got.push_back(next->ask<face::tenant_record>(next->env.face_registry, signing_in("bank", made.secret)));
  next->run();
  EXPECT_EQ(std::count_if(got.begin(), got.end(), [](auto& x) { return x->error == errc::overloaded; }), 5);
  EXPECT_EQ(std::count_if(got.begin(), got.end(), [](auto& x) { return x->value.has_value(); }),
            static_cast<std::ptrdiff_t>(most));
}

/// Derives only the right secret; all others are wrong at once.
password_keeper_actor quick_keeper(caf::actor_system& system, std::string right) {
  return system.spawn([right](password_keeper_actor::pointer) -> password_keeper_actor::behavior_type {
    return {[right](const derive_password& x) -> caf::result<std::string> {
      return x.secret == right ? *password::derive(x.secret, x.salt) : std::string{"wrong"};
    }};
  });
}

TEST_F(face_registry_test, WhoGuessesAtTenantsSecretsKeepsNoOtherOut) {
  for (auto name : {"bank", "hotel", "shop"})
    create(name);
  auto secret = create("school").secret;
  auto disk = *w.journal;
  actor_world next{face_settings(), disk, w.wall()};
  next.run();
  auto& system = *next.env.system;
  auto keeper = quick_keeper(system, secret);
  auto registry = spawn_on<face_registry_state>(system, nullptr, next.env, keeper, *recover_face(*next.journal, {}));
  next.run();
  std::vector<std::shared_ptr<answer<face::tenant_record>>> guesses;
  auto guess = [&](const std::string& whose, std::size_t often) {
    for (std::size_t i = 0; i < often; ++i)
      guesses.push_back(next.ask<face::tenant_record>(registry, signing_in(whose, "wrong")));
  };
  for (auto name : {"bank", "hotel", "shop"}) // more than may be derived at once in all
    guess(name, face_registry_state::max_sign_ins_each + 1);
  auto first = next.ask<face::tenant_record>(registry, signing_in("school", secret));
  next.run();
  EXPECT_TRUE(first->value);
  EXPECT_EQ(std::count_if(guesses.begin(), guesses.end(), [](auto& x) { return x->error == errc::overloaded; }), 3);
  EXPECT_TRUE(std::none_of(guesses.begin(), guesses.end(), [](auto& x) { return x->value.has_value(); }));
  caf::anon_send_exit(registry, caf::exit_reason::kill);
  caf::anon_send_exit(keeper, caf::exit_reason::kill);
  next.run();
}

TEST_F(face_registry_test, NothingOfASecretIsStored) {
  auto made = create("bank");
  std::string all;
  (void)w.journal->scan(storage::column::tenants, {}, {}, [&](std::string_view key, std::string_view value) {
    all.append(key).append(value);
    return true;
  });
  EXPECT_NE(all.find("Name of bank"), std::string::npos);
  EXPECT_EQ(all.find(made.secret), std::string::npos);
  EXPECT_EQ(w.rows(storage::column::tenants), 1u); // those of the settings are not stored
}

TEST_F(face_registry_test, ATenantThatIsSuspendedIsNobodyAndItsCamerasAreTold) {
  auto made = create("bank");
  as = {{"X-API-Key", made.client.api_key}};
  auto session = body(enrol());
  EXPECT_EQ(set("bank", face::tenant_status::suspended), caf::error{});
  EXPECT_EQ(script->suspended, 1u);
  auto refused = enrol();
  EXPECT_EQ(status(refused), 401u);
  EXPECT_EQ(body(refused)["detail"], "Invalid client");
  EXPECT_FALSE(proves("bank", made.secret));
  auto token = session["session_token"].get<std::string>();
  EXPECT_EQ(ask<found_face_stream>(find_face_stream{token})->error, errc::tenant_suspended);
  auto next = restarted();
  auto after = next->ask<found_face_stream>(next->env.face_registry, find_face_stream{token});
  next->run();
  EXPECT_EQ(after->error, errc::tenant_suspended);
  EXPECT_EQ(set("bank", face::tenant_status::active), caf::error{});
  EXPECT_EQ(status(enrol()), 201u);
  EXPECT_TRUE(proves("bank", made.secret));
  EXPECT_EQ(set("nobody", face::tenant_status::active), errc::not_found);
}

TEST_F(face_registry_test, CallsOverTheLimitAreToldWhenTheNextMayCome) {
  as = {{"X-API-Key", create("slow", 2, 3).client.api_key}};
  EXPECT_EQ(status(enrol()), 201u);
  EXPECT_EQ(status(user("ann")), 200u);
  auto third = user("ann");
  EXPECT_EQ(status(third), 429u);
  EXPECT_EQ((*third)->headers.get("Retry-After"), "1800");
  EXPECT_EQ(body(third)["error_code"], "RATE_LIMITED");
  w.advance(30min);
  EXPECT_EQ(status(user("ann")), 200u);
  w.advance(1h);
  auto of_day = user("ann"); // the hour would let it pass, the day does not
  EXPECT_EQ(status(of_day), 429u);
  EXPECT_EQ((*of_day)->headers.get("Retry-After"), std::to_string(8 * 3600 - 5400));
  as = {{"X-API-Key", "frapi_acme"}};
  EXPECT_EQ(status(enrol()), 201u); // others' calls do not count
}

// -- sessions ---------------------------------------------------------------------------------------------------------

TEST_F(face_registry_test, NothingIsAcknowledgedThatIsNotOnTheDisk) {
  w.journal->fail_commits(true);
  auto enrolment = send_to(w, "/api/auth/enrollment", "POST", R"({"user_id":"ann"})", as);
  auto made = send_to(w, "/api/clients/users", "POST", R"({"external_user_id":"bob"})", as);
  w.run();
  EXPECT_EQ(status(enrolment), 503u);
  EXPECT_EQ(status(made), 503u);
  EXPECT_TRUE(script->seeds.empty());
  EXPECT_EQ(ask<created_client>(create_client{"bank", {}, {}, {}, 0, 0})->error, errc::journal_unavailable);
  w.journal->fail_commits(false);
  w.advance(2s);
  EXPECT_EQ(status(user("ann")), 404u);
  EXPECT_EQ(status(user("bob")), 404u);
  EXPECT_EQ(status(enrol()), 201u);
  create("bank");
}

TEST_F(face_registry_test, ASessionComesBackWithItsStreamAfterACrash) {
  auto made = body(enrol({{"user_id", "ann"}, {"metadata", {{"target_samples", 7}}}}));
  auto token = made["session_token"].get<std::string>();
  auto r = script->seeds[0].record;
  r.status = face::session_status::processing; // it had a socket
  storage::write_batch batch;
  batch.put(storage::column::face_sessions, storage::face_session_key(r), storage::encode(r));
  ASSERT_TRUE(w.journal->commit(batch));
  w.advance(100s);
  auto next = restarted();
  ASSERT_EQ(script->seeds.size(), 1u);
  EXPECT_EQ(script->seeds[0].record.token, token);
  EXPECT_EQ(script->seeds[0].record.status, face::session_status::disconnected);
  EXPECT_EQ(script->seeds[0].record.frames_wanted, 7u);
  auto left = script->seeds[0].deadline - next->env.steady();
  EXPECT_LE(left, 200s);
  EXPECT_GT(left, 199s);
  auto got = send_to(*next, "/api/auth/sessions/{id}/status", "GET", {}, as, token);
  next->run();
  EXPECT_EQ(body(got)["status"], "disconnected");
}

TEST_F(face_registry_test, ASessionWhoseLifeEndedWhileNobodyRanIsExpired) {
  auto made = body(enrol());
  auto journal = *w.journal;
  actor_world next{w.env.now()->settings, journal, w.wall() + 6min};
  script = std::make_shared<stream_script>();
  begin(next);
  EXPECT_TRUE(script->seeds.empty());
  auto got = send_to(next, "/api/auth/sessions/{id}/status", "GET", {}, as, made["session_id"]);
  next.run();
  EXPECT_EQ(body(got)["status"], "expired");
  EXPECT_EQ(body(got)["completed_at"], made["expires_at"]);
}

TEST_F(face_registry_test, AStreamThatDiesIsReplacedFiveTimes) {
  auto made = body(enrol());
  auto token = made["session_token"].get<std::string>();
  for (std::size_t deaths = 1; deaths <= 5; ++deaths) {
    caf::anon_send(script->last(), face_text{});
    w.run();
    EXPECT_EQ(script->seeds.size(), deaths + 1);
    auto found = ask<found_face_stream>(find_face_stream{token});
    ASSERT_TRUE(found->value);
    EXPECT_EQ(found->value->stream.address(), script->actors.back());
  }
  caf::anon_send(script->last(), face_text{});
  w.run();
  EXPECT_EQ(script->seeds.size(), 6u);
  auto after = body(status_of(token));
  EXPECT_EQ(after["status"], "failed");
  EXPECT_EQ(after["reason"], "Internal error");
}

TEST_F(face_registry_test, AFinishedSessionIsFoundUntilItsRetentionEnds) {
  auto made = body(enrol());
  auto token = made["session_token"].get<std::string>();
  complete(token);
  auto found = ask<found_face_stream>(find_face_stream{token});
  ASSERT_TRUE(found->value);
  EXPECT_FALSE(found->value->stream);
  EXPECT_EQ(found->value->record.status, face::session_status::completed);
  w.advance(24h);
  EXPECT_EQ(status(status_of(token)), 200u);
  w.advance(15min);
  EXPECT_EQ(status(status_of(token)), 404u);
  EXPECT_EQ(ask<found_face_stream>(find_face_stream{token})->error, errc::not_found);
  EXPECT_EQ(w.rows(storage::column::face_sessions), 0u);
}

TEST_F(face_registry_test, AnEnrolmentIsTheUsersAlsoWhenACrashCameInBetween) {
  auto made = body(enrol());
  auto r = script->seeds[0].record;
  r.status = face::session_status::completed;
  r.completed_at = w.wall() + 5s;
  storage::write_batch batch; // as the gallery commits it, and then we die before the user's record
  batch.put(storage::column::face_sessions, storage::face_session_key(r), storage::encode(r));
  ASSERT_TRUE(w.journal->commit(batch));
  auto next = restarted();
  auto got = send_to(*next, "/api/clients/users/{id}", "GET", {}, as, "ann");
  next->run();
  EXPECT_EQ(body(got)["is_enrolled"], true);
  EXPECT_EQ(body(got)["enrollment_completed_at"], iso8601(*r.completed_at));
}

// -- erasing ----------------------------------------------------------------------------------------------------------

TEST_F(face_registry_test, AnErasedUserIsGoneWithEverySession) {
  auto live = body(enrol()), over = body(enrol()), other = body(enrol({{"user_id", "bob"}}));
  complete(over["session_token"]);
  auto person = script->seeds[0].record.person;
  storage::write_batch batch;
  batch.put(storage::column::templates, storage::template_key(person), "embeddings");
  ASSERT_TRUE(w.journal->commit(batch));
  auto got = user("ann", "DELETE");
  EXPECT_EQ(status(got), 204u);
  EXPECT_EQ((*got)->body, "");
  EXPECT_EQ(script->cancelled, 1u);
  EXPECT_EQ(w.journal->scrubs(), 1u);
  EXPECT_EQ(status(user("ann")), 404u);
  EXPECT_EQ(status(user("ann", "DELETE")), 404u);
  for (auto& gone : {live, over})
    EXPECT_EQ(status(status_of(gone["session_id"])), 404u);
  EXPECT_EQ(status(status_of(other["session_id"])), 200u);
  EXPECT_EQ(w.rows(storage::column::users), 1u);
  EXPECT_EQ(w.rows(storage::column::face_sessions), 1u);
  EXPECT_EQ(w.rows(storage::column::templates), 0u);
  // Somebody of the same name is somebody else.
  EXPECT_EQ(status(enrol()), 201u);
  EXPECT_NE(script->seeds.back().record.person, person);
}

TEST_F(face_registry_test, AnErasureWaitsForTheSessionsToEndAndNothingBeginsMeanwhile) {
  auto made = body(enrol());
  script->deaf = true;
  auto erased = send_to(w, "/api/clients/users/{id}", "DELETE", {}, as, "ann");
  auto again = send_to(w, "/api/auth/enrollment", "POST", R"({"user_id":"ann"})", as);
  w.run();
  EXPECT_FALSE(*erased);
  EXPECT_FALSE(*again);
  EXPECT_EQ(script->cancelled, 1u);
  caf::anon_send(script->last(), face_deadline{});
  w.run();
  EXPECT_EQ(status(erased), 204u);
  EXPECT_EQ(status(again), 201u); // of a new person
  EXPECT_EQ(w.rows(storage::column::users), 1u);
}

TEST_F(face_registry_test, AnErasureThatTheDiskDidNotTakeCanBeAskedForAgain) {
  ASSERT_EQ(status(enrol()), 201u);
  script->deaf = true; // only the record is to fail
  auto refused = send_to(w, "/api/clients/users/{id}", "DELETE", {}, as, "ann");
  w.run();
  w.journal->fail_commits(true);
  caf::anon_send(script->last(), face_deadline{});
  w.run();
  EXPECT_EQ(status(refused), 503u);
  w.journal->fail_commits(false);
  w.advance(2s);
  script->deaf = false;
  EXPECT_EQ(status(user("ann")), 200u);
  EXPECT_EQ(status(user("ann", "DELETE")), 204u);
  EXPECT_EQ(w.rows(storage::column::users), 0u);
}

// Its successor would write the person's session once more.
TEST_F(face_registry_test, AStreamThatDiesWhileItsPersonIsErasedIsNotRestarted) {
  body(enrol());
  script->deaf = true;
  auto erased = send_to(w, "/api/clients/users/{id}", "DELETE", {}, as, "ann");
  w.run();
  const auto streams = script->seeds.size();
  caf::anon_send(script->last(), face_text{}); // throws
  w.run();
  EXPECT_EQ(status(erased), 204u);
  EXPECT_EQ(script->seeds.size(), streams);
  EXPECT_EQ(w.rows(storage::column::face_sessions), 0u);
}

TEST_F(face_registry_test, ASessionThatIsForgottenButNotPurgedYetGoesWithItsPerson) {
  ASSERT_EQ(status(enrol()), 201u);
  auto old = script->seeds.back().record;
  old.session_id = uuid::make();
  old.expires_at = w.wall() - w.env.now()->settings.face.session_retention - 1s;
  storage::write_batch batch;
  batch.put(storage::column::face_sessions, storage::face_session_key(old), storage::encode(old));
  ASSERT_TRUE(w.journal->commit(batch));
  EXPECT_EQ(status(user("ann", "DELETE")), 204u);
  EXPECT_EQ(w.rows(storage::column::face_sessions), 0u);
}

} // namespace
} // namespace mdai::test
