#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "actors/verbs/admin_client.hpp"
#include "actors/verbs/table.hpp"

namespace mdai {
namespace {

using json = admin_client::json;

struct client_order {
  std::string name, id, tier;
  std::vector<std::string> features;
  std::uint32_t per_hour = 0, per_day = 0;
  bool as_json = false;
};

json body_of(const client_order& order) {
  json body{{"client_name", order.name}, {"rate_limits", {{"per_hour", order.per_hour}, {"per_day", order.per_day}}}};
  if (!order.id.empty())
    body["client_id"] = order.id;
  if (!order.tier.empty())
    body["tier"] = order.tier;
  for (auto& feature : order.features)
    body["features"][feature] = true;
  return body;
}

int create_client(verb_context& context, const client_order& order) {
  auto body = body_of(order);
  auto made = admin_client{context}.call("POST", "/admin/clients", &body);
  if (!made)
    return 1;
  if (order.as_json) {
    context.out << made->dump() << '\n';
    return 0;
  }
  json shown_once{
      {"client_id", (*made)["client_id"]}, {"api_key", (*made)["api_key"]}, {"api_secret", (*made)["api_secret"]}};
  print_members(context.out, shown_once);
  context.err << "The secret is not kept and not shown again.\n";
  return 0;
}

int list_clients(verb_context& context, bool as_json) {
  table clients{{"CLIENT", "NAME", "TIER", "STATUS", "PER HOUR", "PER DAY", "CREATED"}};
  bool good = admin_client{context}.for_each("/admin/clients", "clients", [&](const json& c) {
    if (as_json)
      context.out << c.dump() << '\n';
    auto& limits = c["rate_limits"];
    clients.add({shown(c, "client_id"), shown(c, "client_name"), shown(c, "tier"), shown(c, "status"),
                 shown(limits, "per_hour"), shown(limits, "per_day"), shown(c, "created_at")});
  });
  if (good && !as_json)
    clients.print(context.out);
  return good ? 0 : 1;
}

int show_client(verb_context& context, const std::string& id) {
  auto c = admin_client{context}.call("GET", "/admin/clients/" + percent_encoded(id));
  if (c)
    print_members(context.out, *c);
  return c ? 0 : 1;
}

int set_client(verb_context& context, const std::string& id, const std::string& what) {
  auto c = admin_client{context}.call("POST", "/admin/clients/" + percent_encoded(id) + "/" + what);
  if (c)
    context.out << shown(*c, "client_id") << " is " << shown(*c, "status") << '\n';
  return c ? 0 : 1;
}

int suspend_client(verb_context& context, const std::string& id) { return set_client(context, id, "suspend"); }
int resume_client(verb_context& context, const std::string& id) { return set_client(context, id, "resume"); }

void add_create(CLI::App& client, verb_context& context) {
  auto order = std::make_shared<client_order>();
  auto* create = client.add_subcommand("create", "A new tenant; prints its API key and, this once, its secret");
  create->add_option("NAME", order->name, "What people call it")->required();
  create->add_option("--id", order->id, "Its client_id (default: made up)");
  create->add_option("--tier", order->tier, "A word that its clients are told (default: standard)");
  create->add_option("--feature", order->features, "A feature that its clients are told of; several times");
  create->add_option("--per-hour", order->per_hour, "REST calls in an hour (default: any number)");
  create->add_option("--per-day", order->per_day, "REST calls in a day (default: any number)");
  create->add_flag("--json", order->as_json, "All of it as one JSON object");
  create->callback([&context, order] { context.exit_code = create_client(context, *order); });
}

} // namespace

void add_client(CLI::App& app, verb_context& context) {
  auto* client =
      app.add_subcommand("client", "Tenants of the face product, in a running broker")->require_subcommand(1);
  add_create(*client, context);
  auto as_json = std::make_shared<bool>();
  auto* list = client->add_subcommand("list", "Every tenant");
  list->add_flag("--json", *as_json, "One JSON object a line");
  list->callback([&context, as_json] { context.exit_code = list_clients(context, *as_json); });

  auto id = std::make_shared<std::string>();
  auto add = [&](const char* name, const char* what, int (*verb)(verb_context&, const std::string&)) {
    auto* sub = client->add_subcommand(name, what);
    sub->add_option("CLIENT", *id, "The client_id")->required();
    sub->callback([&context, id, verb] { context.exit_code = verb(context, *id); });
  };
  add("show", "One tenant", show_client);
  add("suspend", "Its calls are refused and its cameras disconnected from now on", suspend_client);
  add("resume", "It may call again", resume_client);
}

} // namespace mdai
