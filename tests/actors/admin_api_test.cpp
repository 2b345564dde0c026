#include "protocol/device_key.hpp"
#include "tests/actors/device_fixture.hpp"

namespace mdai::test {
namespace {

class AdminApi : public device_test {
protected:
  response ask(std::string method, std::string_view route, std::string id = {}, std::string query = {},
               const std::string& text = {}) {
    std::map<std::string, std::string, std::less<>> params;
    if (!id.empty())
      params["id"] = std::move(id);
    auto out = send(w.env.admin_api, route, std::move(method), text, std::move(params), std::move(query));
    w.run();
    return out;
  }
  std::vector<std::string> names(const json& page, const char* list, const char* field) {
    std::vector<std::string> out;
    for (auto& item : page[list])
      out.push_back(item[field]);
    return out;
  }
};

TEST_F(AdminApi, ListsDevicesAPageAtATime) {
  for (auto id : {"c", "a", "b"})
    register_device(0, id, id == std::string{"a"} ? "hw" : "");
  auto first = body(ask("GET", "/api/devices", {}, "limit=2"));
  EXPECT_EQ(names(first, "devices", "device_id"), (types{"a", "b"}));
  EXPECT_EQ(first["next"], "b");
  auto second = body(ask("GET", "/api/devices", {}, "limit=2&after=b"));
  EXPECT_EQ(names(second, "devices", "device_id"), (types{"c"}));
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_TRUE(body(ask("GET", "/api/devices", {}, "limit=3"))["next"].is_null()) << "a page that is just full";
  auto& a = first["devices"][0];
  EXPECT_EQ(a["hardware_id"], "hw");
  EXPECT_EQ(a["key_bits"], 2048);
  EXPECT_EQ(a["revoked"], false);
  EXPECT_TRUE(a["fingerprint"].get<std::string>().starts_with("SHA256:"));
  for (auto query : {"limit=0", "limit=x", "limit=1001", "limit=-1", "limit=5x"})
    EXPECT_EQ(status(ask("GET", "/api/devices", {}, query)), 400u) << query;
}

TEST_F(AdminApi, ShowsAndRevokesOneDeviceHoweverItIsNamed) {
  register_device(0, "a/b c");
  EXPECT_EQ(body(ask("GET", "/api/devices", {}, "device_id=a%2Fb%20c"))["device_id"], "a/b c");
  EXPECT_EQ(status(ask("GET", "/api/devices/{id}", "other")), 404u);
  EXPECT_EQ(status(ask("DELETE", "/api/devices/{id}", "other")), 404u);
  EXPECT_EQ(status(ask("DELETE", "/api/devices")), 400u);
  auto gone = body(ask("DELETE", "/api/devices", {}, "device_id=a%2Fb%20c"));
  EXPECT_EQ(gone["success"], true);
  EXPECT_EQ(gone["revoked"], true);
  auto again = body(ask("POST", "/api/devices/{id}/revoke", "a/b c"));
  EXPECT_EQ(again["revoked_at"], gone["revoked_at"]) << "once is enough";
  w.journal->fail_commits(true);
  register_device(0, "d");
  EXPECT_EQ(status(ask("DELETE", "/api/devices/{id}", "d")), 404u);
}

TEST_F(AdminApi, ARevocationThatIsNotStoredIsNotAcknowledged) {
  register_device();
  w.journal->fail_commits(true);
  EXPECT_EQ(status(ask("DELETE", "/api/devices/{id}", "TEE-1")), 503u);
  EXPECT_EQ(body(ask("GET", "/api/devices/{id}", "TEE-1"))["revoked"], false);
}

TEST_F(AdminApi, GivesOutTheKeyOfADeviceThatHasAHardwareId) {
  register_device(0, "bare");
  register_device(0, "TEE-1", "b4:2f");
  EXPECT_EQ(status(ask("GET", "/api/devices/{id}/key", "nobody")), 404u);
  EXPECT_EQ(status(ask("GET", "/api/devices/{id}/key", "bare")), 409u);
  auto key = device_key("master", "b4:2f");
  std::string hex = crypto::hex({reinterpret_cast<const char*>(key.data()), key.size()});
  EXPECT_EQ(body(ask("GET", "/api/devices/{id}/key", "TEE-1")),
            (json{{"device_id", "TEE-1"}, {"hardware_id", "b4:2f"}, {"key", hex}}));
  revoke();
  EXPECT_EQ(status(ask("GET", "/api/devices/{id}/key", "TEE-1")), 403u);
}

TEST_F(AdminApi, DrawsAWifiQrThatOnlyItsDeviceOpens) {
  register_device(0, "bare");
  register_device(0, "TEE-1", "b4:2f");
  auto draw = [&](const char* id) {
    json order{{"device_id", id}, {"wifi_ssid", "Home"}, {"wifi_password", "secret"}};
    return ask("POST", "/api/admin/wifi-qr", {}, {}, order.dump());
  };
  EXPECT_EQ(status(draw("nobody")), 404u);
  EXPECT_EQ(status(draw("bare")), 409u);
  EXPECT_EQ(status(ask("POST", "/api/admin/wifi-qr", {}, {}, R"({"device_id":"TEE-1"})")), 400u);
  auto got = body(draw("TEE-1"));
  EXPECT_EQ(got["type"], "wifi");
  EXPECT_EQ(got["device_id"], "TEE-1");
  EXPECT_TRUE(got["qr_svg"].get<std::string>().starts_with("<"));
  auto plain =
      crypto::open_cbc(device_key("master", "b4:2f"), *crypto::decode_base64(got["encrypted"].get<std::string>()));
  ASSERT_TRUE(plain);
  EXPECT_EQ(json::parse(*plain),
            (json{{"ssid", "Home"}, {"password", "secret"}, {"timestamp", unix_seconds(w.wall())}}));
}

TEST_F(AdminApi, ListsSessionsAPageAtATimeWithoutTheirPersons) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(w.create().id.hex());
  std::sort(ids.begin(), ids.end());
  auto first = ask("GET", "/admin/sessions", {}, "limit=3");
  EXPECT_EQ((*first)->body.find("PLT_"), std::string::npos);
  EXPECT_EQ(names(body(first), "sessions", "session_id"), (types{ids[0], ids[1], ids[2]}));
  auto second = body(ask("GET", "/admin/sessions", {}, "limit=3&after=" + body(first)["next"].get<std::string>()));
  EXPECT_EQ(names(second, "sessions", "session_id"), (types{ids[3], ids[4]}));
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(status(ask("GET", "/admin/sessions", {}, "after=zzz")), 400u);
}

TEST_F(AdminApi, ShowsWhoIsInASession) {
  seat_both();
  auto got = body(ask("GET", "/admin/sessions/{id}", r.id.hex()));
  EXPECT_EQ(got["dialect"], "session");
  EXPECT_EQ(got["status"], "open");
  EXPECT_EQ(got["device_id"], "RDK_001");
  EXPECT_EQ(got["mobile_connected"], true);
  EXPECT_EQ(got["device_connected"], true);
  EXPECT_EQ(got["expires_in"], 180);
  EXPECT_EQ(status(ask("GET", "/admin/sessions/{id}", "000000000000000000000000")), 404u);
  EXPECT_EQ(status(ask("GET", "/admin/sessions/{id}", "zzz")), 404u);
  w.advance(200s);
  EXPECT_EQ(status(ask("GET", "/admin/sessions/{id}", r.id.hex())), 410u);
}

TEST_F(AdminApi, EndsASessionForBothAndForGood) {
  seat_both();
  EXPECT_EQ(status(ask("POST", "/admin/sessions/{id}/end", r.id.hex())), 200u);
  for (auto& s : {mobile, device}) {
    EXPECT_EQ(s->types(), (types{"session_expired"}));
    EXPECT_EQ(s->closed, close_code::unauthorized);
  }
  EXPECT_EQ(w.stored(r)->status, session_status::ended);
  EXPECT_EQ(status(ask("DELETE", "/admin/sessions/{id}", r.id.hex())), 410u);
  actor_world next{w.env.now()->settings, *w.journal, w.wall()};
  auto back = next.connect_mobile(r);
  next.run();
  EXPECT_EQ(back->last(), (json{{"type", "auth_failed"}, {"error", "Session expired"}}));
  EXPECT_EQ(back->closed, close_code::unauthorized);
}

TEST_F(AdminApi, ASessionThatSleepsIsListedAndEndedToo) {
  auto session = w.create();
  actor_world next{w.env.now()->settings, *w.journal, w.wall()};
  auto page = next.ask<session_page>(next.supervisor(), list_sessions{{}, 10});
  next.run();
  ASSERT_TRUE(page->value);
  EXPECT_EQ(page->value->ids, std::vector{session.id});
  auto ended = next.ask<stored>(next.session(session.id), end_session{});
  next.run();
  EXPECT_TRUE(ended->value);
  EXPECT_EQ(next.stored(session)->status, session_status::ended);
}

TEST_F(AdminApi, AnEndThatIsNotStoredIsSaidSoThoughTheSocketsAreClosed) {
  seat_both();
  w.journal->fail_commits(true);
  EXPECT_EQ(status(ask("POST", "/admin/sessions/{id}/end", r.id.hex())), 503u);
  EXPECT_EQ(mobile->closed, close_code::unauthorized);
}

} // namespace
} // namespace mdai::test
