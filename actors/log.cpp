#include "actors/log.hpp"

#include <array>
#include <atomic>
#include <memory>

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "protocol/json.hpp"
#include "protocol/time.hpp"

namespace mdai::log {
namespace {

constexpr std::size_t queue_lines = 8192;
constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warning", "error"};

std::atomic<level> least{level::off};
std::atomic<bool> as_json{true};
// Whoever stops them does not wait for those who write.
std::atomic<std::shared_ptr<spdlog::details::thread_pool>> pool;
std::atomic<std::shared_ptr<spdlog::async_logger>> writer;

bool needs_quotes(std::string_view value) { return value.empty() || value.find_first_of(" \"=\t\n\r\\") != value.npos; }

} // namespace

void start(level at_least, bool json) {
  as_json = json;
  auto queue = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
  auto fresh = std::make_shared<spdlog::async_logger>("mdai", std::make_shared<spdlog::sinks::stderr_sink_mt>(), queue,
                                                      spdlog::async_overflow_policy::overrun_oldest);
  fresh->set_pattern("%v");
  fresh->set_level(spdlog::level::trace);
  fresh->set_error_handler([](const std::string&) {}); // of a line that comes when the queue has ended
  pool = std::move(queue);
  writer = std::move(fresh);
  least = at_least;
}

void stop() {
  least = level::off;
  if (const auto last = writer.exchange(nullptr))
    last->flush();
  pool.exchange(nullptr); // joins the writer's thread, which empties the queue first
}

void set_level(level at_least) { least = at_least; }

level parse_level(std::string_view text) {
  if (text == "debug" || text == "trace")
    return level::debug;
  if (text == "warning" || text == "warn")
    return level::warning;
  if (text == "error" || text == "critical")
    return level::error;
  return text == "off" ? level::off : level::info;
}

std::uint64_t dropped() {
  const auto queue = pool.load();
  return queue ? queue->overrun_counter() : 0;
}

line::line(level l, std::string_view event)
    : level_(l)
    , on_(l >= least.load(std::memory_order_relaxed)) {
  if (!on_)
    return;
  auto now = iso8601(wall_now());
  auto name = level_names[static_cast<std::size_t>(l)];
  if (as_json)
    text_.append(R"({"time":")").append(now).append(R"(","level":")").append(name).append(R"(","event":")");
  else
    text_.append(now).append(" ").append(name).append(" ");
  text_.append(event).append(as_json ? "\"" : "");
}

line& line::with(std::string_view key, std::string_view value) {
  if (!on_)
    return *this;
  if (as_json) {
    text_.append(",\"").append(key).append("\":");
    json::append_quoted(text_, value);
  } else {
    text_.append(" ").append(key).append("=");
    needs_quotes(value) ? json::append_quoted(text_, value) : void(text_.append(value));
  }
  return *this;
}

line& line::with(std::string_view key, std::int64_t value) {
  if (on_)
    text_.append(as_json ? ",\"" : " ").append(key).append(as_json ? "\":" : "=").append(std::to_string(value));
  return *this;
}

line::~line() {
  if (!on_)
    return;
  if (as_json)
    text_ += '}';
  if (const auto w = writer.load())
    w->log(spdlog::level::info, std::string_view{text_});
}

} // namespace mdai::log
