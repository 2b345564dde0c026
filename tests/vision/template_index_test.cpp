#include "vision/template_index.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace mdai::vision {
namespace {

constexpr std::uint32_t dimension = 40;

face::embedding random_face(std::mt19937& random, std::uint32_t size = dimension) {
  std::normal_distribution<float> normal;
  face::embedding one(size);
  for (auto& value : one)
    value = normal(random);
  return mean_of({&one, 1});
}

/// The same, done the simplest way.
struct oracle {
  std::map<std::string, std::vector<face::embedding>> people;
  std::optional<template_index::match> search(const face::embedding& probe, const std::string& except) const {
    std::vector<std::pair<float, std::string>> scores;
    for (const auto& [name, templates] : people)
      if (name != except)
        scores.emplace_back(likeness(probe, templates), name);
    if (scores.empty())
      return std::nullopt;
    std::sort(scores.rbegin(), scores.rend());
    const float best = scores[0].first;
    return template_index::match{scores[0].second, best, scores.size() > 1 ? best - scores[1].first : best};
  }
};

TEST(template_index, AnswersWhatALookAtEverybodyAnswersThroughAddsDeletesAndReplacements) {
  std::mt19937 random(7);
  template_index index({.dimension = dimension});
  oracle expected;
  for (int step = 0; step < 3000; ++step) {
    const auto name = "person " + std::to_string(random() % 60);
    if (random() % 3 == 0) {
      EXPECT_EQ(index.erase(name), expected.people.erase(name) == 1);
    } else {
      std::vector<face::embedding> templates(1 + random() % 4);
      for (auto& one : templates)
        one = random_face(random);
      index.replace(name, templates);
      expected.people[name] = templates;
    }
    const auto probe = random_face(random);
    const auto except = random() % 2 ? "person " + std::to_string(random() % 60) : std::string{};
    const auto found = index.search(probe, except), wanted = expected.search(probe, except);
    ASSERT_EQ(found.has_value(), wanted.has_value());
    if (!found)
      continue;
    ASSERT_EQ(found->person, wanted->person);
    ASSERT_NEAR(found->best, wanted->best, 1e-5);
    ASSERT_NEAR(found->margin, wanted->margin, 1e-5);
  }
  EXPECT_EQ(index.people(), expected.people.size());
  std::size_t templates = 0;
  for (const auto& [name, of] : expected.people)
    templates += of.size();
  EXPECT_EQ(index.templates(), templates);
}

TEST(template_index, KnowsNobodyAtFirstAndNobodyButTheOneWhoIsLeftOut) {
  std::mt19937 random(1);
  template_index index({.dimension = dimension});
  const auto face = random_face(random);
  EXPECT_FALSE(index.search(face));
  index.replace("only", {&face, 1});
  EXPECT_FALSE(index.search(face, "only"));
  const auto found = index.search(face);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->person, "only");
  EXPECT_NEAR(found->best, 1, 1e-5);
  EXPECT_NEAR(found->margin, 1, 1e-5) << "there is no other person";
}

TEST(template_index, LeavesOutWhatIsOfAnotherDimension) {
  std::mt19937 random(2);
  template_index index({.dimension = dimension});
  const auto other = random_face(random, dimension + 1);
  index.replace("of another engine", {&other, 1});
  EXPECT_EQ(index.people(), 0u);
  const auto face = random_face(random);
  index.replace("somebody", {&face, 1});
  EXPECT_FALSE(index.search(other));
}

/// People around their own middles, as faces are.
struct crowd {
  std::vector<face::embedding> middles;
  std::mt19937 random{11};
  explicit crowd(std::size_t people) {
    for (std::size_t i = 0; i < people; ++i)
      middles.push_back(random_face(random));
  }
  face::embedding seen(std::size_t who) {
    auto one = random_face(random);
    for (std::size_t i = 0; i < one.size(); ++i)
      one[i] = 0.75f * one[i] + middles[who][i];
    return mean_of({&one, 1});
  }
  std::vector<face::embedding> seen_three_times(std::size_t who) { return {seen(who), seen(who), seen(who)}; }
};

TEST(template_index, FindsAboveItsLimitNearlyAlwaysWhomALookAtEverybodyFinds) {
  constexpr std::size_t many = 1200;
  crowd people(many);
  template_index approximate({.dimension = dimension, .exact_up_to = 600}), exact({.dimension = dimension});
  auto enrol = [&](std::size_t who) {
    const auto templates = people.seen_three_times(who);
    approximate.replace(std::to_string(who), templates);
    exact.replace(std::to_string(who), templates);
  };
  for (std::size_t who = 0; who < many; ++who)
    enrol(who);
  for (std::size_t who = 0; who < many; who += 3) { // a third goes, half of those come back with other templates
    approximate.erase(std::to_string(who));
    exact.erase(std::to_string(who));
    if (who % 2)
      enrol(who);
  }
  int same = 0, erased_found = 0;
  constexpr int searches = 500;
  for (int i = 0; i < searches; ++i) {
    const std::size_t who = people.random() % many;
    const auto probe = people.seen(who);
    const auto found = approximate.search(probe), wanted = exact.search(probe);
    ASSERT_TRUE(found && wanted);
    same += found->person == wanted->person && std::abs(found->best - wanted->best) < 1e-5;
    const auto id = std::stoul(found->person);
    erased_found += id % 3 == 0 && id % 2 == 0;
  }
  EXPECT_GE(same, searches * 99 / 100);
  EXPECT_EQ(erased_found, 0);
  EXPECT_EQ(approximate.people(), exact.people());
}

TEST(template_index, IsExactAgainWhenItHasShrunkBelowItsLimit) {
  crowd people(400);
  template_index index({.dimension = dimension, .exact_up_to = 300});
  oracle expected;
  for (std::size_t who = 0; who < 400; ++who) {
    expected.people[std::to_string(who)] = people.seen_three_times(who);
    index.replace(std::to_string(who), expected.people[std::to_string(who)]);
  }
  for (std::size_t who = 0; who < 350; ++who) {
    index.erase(std::to_string(who));
    expected.people.erase(std::to_string(who));
  }
  for (int i = 0; i < 100; ++i) {
    const auto probe = people.seen(people.random() % 400);
    EXPECT_EQ(index.search(probe)->person, expected.search(probe, "")->person);
  }
}

TEST(similarity, OfAPersonIsTheBestOfTheirTemplatesAndOfTheirMean) {
  const face::embedding east{1, 0}, north{0, 1};
  const std::vector<face::embedding> templates{east, north};
  EXPECT_FLOAT_EQ(likeness(east, templates), 1);
  EXPECT_FLOAT_EQ(likeness(mean_of(templates), templates), 1);
  EXPECT_FLOAT_EQ(similarity(east, north), 0);
  EXPECT_FLOAT_EQ(similarity(east, {1, 0, 0}), 0) << "of another engine";
  EXPECT_TRUE(mean_of({}).empty());
}

} // namespace
} // namespace mdai::vision
