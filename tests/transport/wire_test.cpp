#include <deque>
#include <memory>
#include <string>

#include "tests/transport/wire_peer.hpp"

namespace mdai::transport::detail::test {
namespace {

/// Keeps what a wire tells it.
struct recording_owner : wire_owner {
  void on_input() override {
    if (holds_back)
      return;
    heard.emplace_back(w->input());
    w->consume(w->input().size());
  }
  void on_flushed() override { ++flushed; }
  void on_lost(bool broken) override {
    lost = true;
    was_broken = broken;
    heard_before_loss = heard.size();
  }

  wire* w = nullptr;
  bool holds_back = false, lost = false, was_broken = false;
  std::size_t heard_before_loss = 0;
  int flushed = 0;
  std::deque<std::string> heard;
};

/// A wire, and who hears what it tells.
class Wire : public wire_peer {
protected:
  Wire() {
    w = std::make_unique<wire>(home, ours);
    owner.w = w.get();
    home.turn([this] { w->start(owner, nullptr); });
  }

  recording_owner owner;
  std::unique_ptr<wire> w;
};

using heard = std::deque<std::string>;

TEST_F(Wire, SendsAllOfATurnInOneCall) {
  home.turn([this] {
    for (auto text : {"one ", "two ", "three"})
      w->write(text);
    EXPECT_EQ(hear(), "nothing");
    EXPECT_EQ(w->pending(), 13u);
  });
  EXPECT_EQ(hear(), "one two three");
  EXPECT_EQ(w->pending(), 0u);
  EXPECT_EQ(owner.flushed, 1);
}

TEST_F(Wire, SendsSoonWhatIsWrittenOutsideOfATurn) {
  w->write("late");
  EXPECT_EQ(hear(), "nothing");
  run();
  EXPECT_EQ(hear(), "late");
}

TEST_F(Wire, OffersWhatComes) {
  say("hello");
  run();
  EXPECT_EQ(owner.heard, heard{"hello"});
}

TEST_F(Wire, KeepsWhatItsOwnerLeavesAndOffersItWithWhatComesNext) {
  owner.holds_back = true;
  say("hel");
  run();
  owner.holds_back = false;
  say("lo");
  run();
  EXPECT_EQ(owner.heard, heard{"hello"});
}

TEST_F(Wire, ReceivesNothingWhileNoneIsWantedAndOffersTheRestWhenItIs) {
  owner.holds_back = true;
  say("one ");
  run();
  w->want_input(false);
  say("two");
  run();
  owner.holds_back = false;
  EXPECT_TRUE(owner.heard.empty());
  w->want_input(true);
  run();
  std::string all;
  for (auto& text : owner.heard)
    all += text;
  EXPECT_EQ(all, "one two");
}

TEST_F(Wire, TakesBackWhatWasConsumedInFrontOfTheRest) {
  owner.holds_back = true;
  say("world");
  run();
  owner.holds_back = false;
  w->put_back("hello ");
  run();
  EXPECT_EQ(owner.heard, heard{"hello world"});
}

TEST_F(Wire, FinishesBehindWhatIsPending) {
  home.turn([this] {
    w->write("last words");
    w->finish();
    w->write("too late");
  });
  EXPECT_EQ(hear(), "last words");
  EXPECT_EQ(hear(), "end");
}

TEST_F(Wire, TellsTheEndOfThePeersHalfOnce) {
  ::shutdown(peer, SHUT_WR);
  run();
  EXPECT_TRUE(owner.lost);
  EXPECT_FALSE(owner.was_broken);
  owner.lost = false;
  run();
  EXPECT_FALSE(owner.lost);
  home.turn([this] { w->write("still there"); });
  EXPECT_EQ(hear(), "still there");
}

TEST_F(Wire, TellsABrokenConnection) {
  hang_up();
  home.turn([this] { w->write("anybody?"); });
  run();
  EXPECT_TRUE(owner.lost);
  EXPECT_TRUE(owner.was_broken);
}

TEST_F(Wire, HearsThePeersLastWordsThoughItCannotBeAnswered) {
  say("goodbye");
  hang_up();
  home.turn([this] { w->write("wait!"); });
  run();
  EXPECT_EQ(owner.heard, heard{"goodbye"});
  EXPECT_TRUE(owner.lost);
}

TEST_F(Wire, HoldsBackWhatTheKernelDoesNotTakeAndGoesOnWhenItDoes) {
  const std::string packet(60'000, 'x');
  std::size_t written = 0;
  while (w->pending() == 0 && written < 1'000) {
    home.turn([&] { w->write(packet); });
    ++written;
  }
  ASSERT_GT(w->pending(), 0u);
  owner.flushed = 0;
  std::size_t received = 0;
  for (auto got = hear(); got != "nothing"; got = hear()) {
    received += got.size();
    run();
  }
  EXPECT_EQ(received, written * packet.size());
  EXPECT_EQ(w->pending(), 0u);
  EXPECT_EQ(owner.flushed, 1);
}

TEST_F(Wire, TakesBackWhatIsHeldButNotWhatIsOnItsWayOrFirm) {
  const std::string packet(60'000, 'x');
  std::size_t on_its_way = 0;
  for (; w->pending() == 0 && on_its_way < 1'000; ++on_its_way)
    home.turn([&] { w->write(packet); });
  home.turn([&] {
    w->write("firm");
    w->hold_firmly();
    w->write("loose");
    EXPECT_EQ(w->pending(), packet.size() + 9);
    w->drop_held();
    EXPECT_EQ(w->pending(), packet.size() + 4);
  });
  std::string last;
  for (auto got = hear(); got != "nothing"; got = hear()) {
    last = got;
    run();
  }
  EXPECT_EQ(last, "firm");
  home.turn([&] {
    w->write("more");
    w->drop_held();
  });
  EXPECT_EQ(hear(), "nothing") << "what was firm is gone by now, and holds nothing else";
}

TEST_F(Wire, OffersWhatIsLeftOverBeforeItTellsOfTheEnd) {
  owner.holds_back = true;
  say("last words");
  run();
  w->want_input(false);
  ::shutdown(peer, SHUT_WR);
  run();
  EXPECT_FALSE(owner.lost);
  owner.holds_back = false;
  home.turn([&] { w->want_input(true); });
  run();
  EXPECT_EQ(owner.heard, heard{"last words"});
  EXPECT_TRUE(owner.lost);
  EXPECT_EQ(owner.heard_before_loss, 1u);
}

TEST_F(Wire, TellsOfTheEndThoughItsOwnerLeavesAPart) {
  owner.holds_back = true;
  say("half a");
  run();
  hang_up();
  run();
  EXPECT_TRUE(owner.lost);
  EXPECT_TRUE(owner.heard.empty());
}

TEST_F(Wire, ClosedWithinATurnIsNotServedInIt) {
  say("hello");
  home.turn([this] {
    w->write("lost");
    w->close();
  });
  run();
  EXPECT_TRUE(owner.heard.empty());
  EXPECT_FALSE(w->is_open());
  EXPECT_EQ(hear().find("lost"), std::string::npos);
}

TEST(Loop, KeepsWhatItRetiresUntilTheTurnsEnd) {
  loop home{0};
  auto thing = std::make_shared<int>(1);
  std::weak_ptr<int> watched = thing;
  home.turn([&] {
    home.retire(std::move(thing));
    EXPECT_FALSE(watched.expired());
  });
  EXPECT_TRUE(watched.expired());
}

} // namespace
} // namespace mdai::transport::detail::test
