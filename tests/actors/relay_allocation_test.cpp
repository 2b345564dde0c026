#include <array>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "actors/device_directory.hpp"
#include "actors/hosted.hpp"
#include "actors/loop_scheduler.hpp"
#include "actors/outbox.hpp"
#include "actors/persistence.hpp"
#include "actors/routes.hpp"
#include "actors/session_tokens.hpp"
#include "actors/supervisor.hpp"
#include "tests/support/actor_world.hpp"
#include "tests/support/allocations.hpp"
#include "transport/detail/descriptor.hpp"
#include "transport/server.hpp"

// The whole way of a relayed message, from one real socket through the session's actor to the other, in one thread:
// when it has been gone a few times, nothing on it asks for memory.
namespace mdai::test {
namespace {

/// A client without a single allocation while it talks.
class plain_peer {
public:
  explicit plain_peer(unsigned short port)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("no connection");
    const int yes = 1; // else a message may wait for the acknowledgement of the one before
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  void send(std::string_view bytes) {
    if (::send(fd_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("not sent");
  }
  /// For something to come, for a millisecond at most.
  void wait() {
    pollfd what{fd_.get(), POLLIN, 0};
    ::poll(&what, 1, 1);
  }
  /// What has come; empty when nothing has.
  std::string_view receive() {
    const auto n = ::recv(fd_.get(), heard_.data(), heard_.size(), MSG_DONTWAIT);
    return {heard_.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
  }

private:
  transport::detail::descriptor fd_;
  std::array<char, 64u << 10> heard_;
};

/// A client's text frame of fewer than 64 KiB, masked with zeros.
std::string text_frame(std::string_view text) {
  std::string out{'\x81'};
  if (text.size() < 126)
    out += static_cast<char>(0x80 | text.size());
  else
    out.append({static_cast<char>(0x80 | 126), static_cast<char>(text.size() >> 8), static_cast<char>(text.size())});
  return out.append(4, '\0').append(text);
}

/// A broker of one loop, which runs when the test says so.
class Relay : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    explicit config(loop_scheduler::loops& loops) {
      add_message_types<caf::id_block::mdai>();
      add_message_types<caf::id_block::mdai_handles>();
      add_message_types<caf::id_block::mdai_face>();
      loop_scheduler::install(*this, loops);
    }
  };

  Relay() {
    env.loops.push_back(std::make_unique<transport::loop>(0));
    env.config = *configuration::make(settings_);
    env.connections.resize(1);
    env.clients.push_back(std::make_unique<fake_platform>());
    caf_config = std::make_unique<config>(env.loops);
    system = std::make_unique<caf::actor_system>(*caf_config);
    system->await_actors_before_shutdown(false);
    env.system = system.get();
    env.homes.push_back(loop_scheduler::home(*system, 0));
    env.ready.started = true;
    auto* home = env.homes[0];
    env.outbox = spawn_on<outbox_state>(*system, home, env, std::vector<outbox_record>{});
    env.persistence = spawn_on<persistence_state>(*system, home, journal, env.outbox, env);
    env.device_directories.push_back(spawn_on<device_directory_state>(*system, home));
    env.supervisors.push_back(
        spawn_on<supervisor_state>(*system, home, env, std::vector<supervisor_state::sleeping>{}));
    server = std::make_unique<transport::server>(
        std::vector{env.loops[0].get()}, transport::server_options{}, public_routes(env),
        std::make_shared<transport::shared_settings>(transport::shared_settings{settings_.limits, {}, {}}));
    if (!server->start())
      throw std::runtime_error("the server does not start");
  }
  ~Relay() override {
    server->abort_connections();
    server.reset();
    run();
    caf::anon_send_exit(env.supervisors[0], caf::exit_reason::kill);
    caf::anon_send_exit(env.device_directories[0], caf::exit_reason::kill);
    caf::anon_send_exit(env.persistence, caf::exit_reason::kill);
    caf::anon_send_exit(env.outbox, caf::exit_reason::kill);
    run();
    env.supervisors.clear();
    env.device_directories.clear();
    env.persistence = nullptr;
    env.outbox = nullptr;
    system.reset();
  }

  void run() {
    while (env.loops[0]->poll()) {
    }
  }
  session_record create() {
    session_record made;
    system->spawn([&made, this](caf::event_based_actor* self) {
      self->request(env.supervisors[0], caf::infinite, create_session{object_id::make(env.wall()), "PLT_secret9", ""})
          .then([&made](const session_record& record) { made = record; });
    });
    run();
    return made;
  }
  std::unique_ptr<plain_peer> connect(const session_record& session, party who) {
    auto peer = std::make_unique<plain_peer>(server->port());
    const std::string name = who == party::mobile ? "mobile" : "device";
    peer->send("GET /ws/" + name + "?token=" + session_token(*env.now(), session, who) +
               "&device_id=RDK_1 HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    run();
    return peer;
  }

  settings settings_ = [] {
    auto s = test_settings();
    s.limits.messages_per_second = s.limits.message_burst = 1'000'000;
    return s;
  }();
  environment env;
  std::shared_ptr<storage::memory_journal> journal = std::make_shared<storage::memory_journal>();
  std::unique_ptr<config> caf_config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<transport::server> server;
};

TEST_F(Relay, AllocatesNothingInSteadyState) {
  const auto session = create();
  const auto phone = connect(session, party::mobile), kiosk = connect(session, party::device);
  for (auto* peer : {phone.get(), kiosk.get()}) // greetings, until there are no more
    for (int quiet = 0; quiet < 20; ++quiet) {
      run();
      peer->wait();
      if (!peer->receive().empty())
        quiet = 0;
    }

  const std::string filler(120, 'x');
  const auto with_id =
      text_frame(R"({"type":"to_device","data":{"platform_id":"PLT_secret9","note":")" + filler + "\"}}");
  const auto without_id = text_frame(R"({"type":"to_device","data":{"note":")" + filler + "\"}}");
  const auto answer = text_frame(R"({"type":"to_mobile","data":{"note":")" + filler + "\"}}");
  const auto many = without_id + with_id + without_id + with_id;

  // As many bytes as are expected, however the kernel brings them.
  const auto exchange = [&](plain_peer& from, std::string_view bytes, plain_peer& to, std::size_t expected) {
    from.send(bytes);
    std::size_t heard = 0;
    for (int patience = 10'000; heard < expected && patience > 0; --patience) {
      run();
      heard += to.receive().size();
      if (heard < expected)
        to.wait(); // the kernel may need the processor
    }
    return heard == expected;
  };
  // A server's frame has no mask.
  const auto plain_bytes = without_id.size() - 4, answer_bytes = answer.size() - 4;
  const auto clean_bytes = with_id.size() - 4 - std::string_view{R"("platform_id":"PLT_secret9",)"}.size();

  std::size_t before = 0;
  for (int round = 0; round < 200; ++round) {
    if (round == 100) // by now all that is kept is there
      before = allocations();
    ASSERT_TRUE(exchange(*phone, without_id, *kiosk, plain_bytes));
    ASSERT_TRUE(exchange(*phone, with_id, *kiosk, clean_bytes));
    ASSERT_TRUE(exchange(*phone, many, *kiosk, 2 * (plain_bytes + clean_bytes)));
    ASSERT_TRUE(exchange(*kiosk, answer, *phone, answer_bytes));
  }
  EXPECT_EQ(allocations() - before, 0u);
}

} // namespace
} // namespace mdai::test
