#include "bench/sim/backend_server.hpp"
#include "bench/sim/console.hpp"
#include "bench/sim/verbs.hpp"

/// `mdai-sim backend`: the platform's two endpoints, with failures on demand.
namespace mdai::sim {
namespace {

struct backend_flags {
  backend_options options;
  std::string api_key, validate = "ok", verify = "ok";
  bool quiet = false;
};

/// A mode's name, or a behaviour as POST /control takes it.
std::optional<behaviour> parse_flag(const std::string& text, std::string& why) {
  const auto body = text.starts_with('{') ? json::parse(text, nullptr, false) : json{{"mode", text}};
  return behaviour::parse(body, why);
}

std::string describe(const platform_answer& a) {
  switch (a.act) {
  case platform_answer::action::close:
    return "closed without an answer";
  case platform_answer::action::hang:
    return "left hanging";
  case platform_answer::action::answer:
    break;
  }
  return std::to_string(a.status);
}

/// One line per call; bodies, bearers and keys stay out.
void print_call(const console& out, const platform_request& request, const platform_answer& answer) {
  const auto path = request.target.substr(0, request.target.find('?'));
  const auto id = request.request_id.empty() ? "" : "  request " + shortened(request.request_id, 64);
  out.note(request.method + " " + shortened(path, 24), describe(answer) + id);
}

int run(const backend_flags& flags) {
  platform world{flags.api_key};
  std::string why;
  const auto validate = parse_flag(flags.validate, why), verify = parse_flag(flags.verify, why);
  if (!validate || !verify)
    return fail(failed((validate ? "--verify: " : "--validate: ") + why));
  world.set_validate(*validate);
  world.set_verify(*verify);

  reactor r;
  const console out;
  const backend_events events{[&](const std::string& address) { out.title("mdai-sim backend listens on " + address); },
                              [&](const platform_request& request, const platform_answer& answer) {
                                if (!flags.quiet)
                                  print_call(out, request, answer);
                              }};
  if (auto served = serve_backend(r, world, flags.options, events); !served)
    return fail(served.error());
  auto books = world.report();
  books.erase("results");
  out.title("\n" + to_text(books));
  return succeeded;
}

} // namespace

void add_backend(CLI::App& app, verb& chosen) {
  auto flags = std::make_shared<backend_flags>();
  auto* sub = app.add_subcommand("backend", "The platform: GET /validate, POST /verify, and /control over both");
  sub->add_option("--host", flags->options.host, "Address to listen on")->capture_default_str();
  sub->add_option("--port", flags->options.port, "Port, 0 for any free one")->capture_default_str();
  auto* cert = sub->add_option("--tls-cert", flags->options.cert, "PEM certificate chain: serve HTTPS")
                   ->check(CLI::ExistingFile);
  auto* key = sub->add_option("--tls-key", flags->options.key, "PEM key of --tls-cert")->check(CLI::ExistingFile);
  cert->needs(key);
  key->needs(cert);
  sub->add_option("--api-key", flags->api_key, "What /verify wants as x-api-key [anything]");
  sub->add_option("--validate", flags->validate, "How /validate behaves: a mode or JSON as for POST /control")
      ->capture_default_str();
  sub->add_option("--verify", flags->verify, "How /verify behaves")->capture_default_str();
  sub->add_flag("-q,--quiet", flags->quiet, "No line per call");
  sub->footer("Modes: ok, slow, down, lost, hang, 5xx, status, 401, 403, reject, nonsense, empty, redirect,\n"
              "no_platform_id. With details: {\"mode\":\"5xx\",\"status\":503,\"times\":2,\"delay_ms\":100,\n"
              "\"retry_after\":1}. POST /control {\"verify\":{…}} changes them, GET /control shows the books\n"
              "(?key=K for one Idempotency-Key), POST /control/reset forgets everything.");
  sub->callback([flags, &chosen] { chosen = [flags] { return run(*flags); }; });
}

} // namespace mdai::sim
