#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/admin_client.hpp"
#include "actors/verbs/table.hpp"

namespace mdai {
namespace {

int list_sessions(verb_context& context, bool as_json) {
  table sessions{{"SESSION", "DIALECT", "STATUS", "EXPIRES IN", "DEVICE", "PHONE HERE", "DEVICE HERE"}};
  bool good = admin_client{context}.for_each("/admin/sessions", "sessions", [&](const admin_client::json& s) {
    if (as_json)
      context.out << s.dump() << '\n';
    sessions.add({shown(s, "session_id"), shown(s, "dialect"), shown(s, "status"), shown(s, "expires_in") + " s",
                  shown(s, "device_id"), shown(s, "mobile_connected"), shown(s, "device_connected")});
  });
  if (good && !as_json)
    sessions.print(context.out);
  return good ? 0 : 1;
}

int show_session(verb_context& context, const std::string& session_id) {
  auto s = admin_client{context}.call("GET", "/admin/sessions/" + percent_encoded(session_id));
  if (s)
    print_members(context.out, *s);
  return s ? 0 : 1;
}

int end_session(verb_context& context, const std::string& session_id) {
  auto s = admin_client{context}.call("POST", "/admin/sessions/" + percent_encoded(session_id) + "/end");
  if (s)
    context.out << shown(*s, "session_id") << " is ended\n";
  return s ? 0 : 1;
}

} // namespace

void add_session(CLI::App& app, verb_context& context) {
  auto* session = app.add_subcommand("session", "Sessions of a running broker")->require_subcommand(1);
  auto as_json = std::make_shared<bool>();
  auto* list = session->add_subcommand("list", "Every session that lives");
  list->add_flag("--json", *as_json, "One JSON object a line");
  list->callback([&context, as_json] { context.exit_code = list_sessions(context, *as_json); });

  auto id = std::make_shared<std::string>();
  auto add = [&](const char* name, const char* what, int (*verb)(verb_context&, const std::string&)) {
    auto* sub = session->add_subcommand(name, what);
    sub->add_option("SESSION", *id, "The session_id, 24 hex digits")->required();
    sub->callback([&context, id, verb] { context.exit_code = verb(context, *id); });
  };
  add("show", "One session", show_session);
  add("end", "Tells both parties and closes their sockets; a result that is on its way is still delivered",
      end_session);
}

} // namespace mdai
