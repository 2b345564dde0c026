#include <gtest/gtest.h>

#include "storage/face_records.hpp"
#include "tests/support/face_actors.hpp"

namespace mdai::test {
namespace {

const face::engine_info scripted = engine_script{}.info;

enrol_face enrolment(const uuid& person, face::embedding like, const std::string& tenant = "acme") {
  enrol_face x;
  x.templates = {person,
                 tenant,
                 "user of " + person.text(),
                 scripted.id,
                 scripted.version,
                 scripted.dimension,
                 {std::move(like)},
                 from_unix_ms(1)};
  x.thresholds = scripted.thresholds;
  return x;
}

settings checking(settings::duplicate_check how) {
  auto s = face_settings();
  s.face.duplicate_check = how;
  return s;
}

class gallery : public face_actors {
public:
  using face_actors::face_actors;
  std::shared_ptr<answer<face_enrolled>> enrol(const enrol_face& x) {
    return w.ask<face_enrolled>(w.env.face_gallery, x);
  }
  face_match identify(face::embedding probe, const std::string& tenant = "acme") {
    auto a = w.ask<face_match>(w.env.face_gallery, identify_face{tenant, scripted, std::move(probe)});
    w.run();
    return a->value.value_or(face_match{});
  }
  face_match verify(const uuid& person, face::embedding probe) {
    auto a = w.ask<face_match>(w.env.face_gallery, verify_face{person, scripted, std::move(probe)});
    w.run();
    return a->value.value_or(face_match{});
  }
};

TEST(FaceGallery, OfTwoEnrolmentsOfOneFaceAtOnceExactlyOneIsTaken) {
  gallery g{checking(settings::duplicate_check::reject)};
  auto one = g.enrol(enrolment(uuid::make(), {1, 0, 0}));
  auto two = g.enrol(enrolment(uuid::make(), {1, 0, 0}));
  auto elsewhere = g.enrol(enrolment(uuid::make(), {1, 0, 0}, "other"));
  g.w.run();
  ASSERT_TRUE(one->value && two->value && elsewhere->value);
  EXPECT_EQ(one->value->what, face_enrolled::outcome::stored);
  EXPECT_EQ(two->value->what, face_enrolled::outcome::duplicate);
  EXPECT_EQ(elsewhere->value->what, face_enrolled::outcome::stored) << "another tenant's people are nobody's business";
  EXPECT_EQ(g.w.rows(storage::column::templates), 2u);
}

TEST(FaceGallery, WarnsOrDoesNotLook) {
  for (auto how : {settings::duplicate_check::off, settings::duplicate_check::warn}) {
    gallery g{checking(how)};
    g.enrol(enrolment(uuid::make(), {1, 0, 0}));
    auto again = g.enrol(enrolment(uuid::make(), {1, 0, 0}));
    g.w.run();
    EXPECT_EQ(again->value->what, face_enrolled::outcome::stored);
  }
}

TEST(FaceGallery, NobodyIsTheirOwnDuplicateAndNewTemplatesReplaceTheOld) {
  gallery g{checking(settings::duplicate_check::reject)};
  auto person = uuid::make();
  g.enrol(enrolment(person, {1, 0, 0}));
  auto again = g.enrol(enrolment(person, {1, 0, 0}));
  auto changed = g.enrol(enrolment(person, {0, 1, 0}));
  g.w.run();
  EXPECT_EQ(again->value->what, face_enrolled::outcome::stored);
  EXPECT_FALSE(g.verify(person, {1, 0, 0}).matched);
  EXPECT_TRUE(g.verify(person, {0, 1, 0}).matched);
  EXPECT_FALSE(g.identify({1, 0, 0}).matched);
  EXPECT_EQ(g.w.rows(storage::column::templates), 1u);
}

TEST(FaceGallery, WhatCannotBeStoredIsNotThere) {
  gallery g{checking(settings::duplicate_check::reject)};
  g.w.journal->fail_commits(true);
  auto lost = g.enrol(enrolment(uuid::make(), {1, 0, 0}));
  g.w.run();
  EXPECT_TRUE(lost->error == errc::journal_unavailable);
  g.w.journal->fail_commits(false);
  g.w.advance(std::chrono::seconds{2});
  EXPECT_FALSE(g.identify({1, 0, 0}).matched);
  auto person = uuid::make();
  auto kept = g.enrol(enrolment(person, {1, 0, 0}));
  g.w.run();
  ASSERT_TRUE(kept->value);
  EXPECT_EQ(kept->value->what, face_enrolled::outcome::stored);
}

TEST(FaceGallery, TheBestMustBeLikeEnoughAndAheadOfTheSecond) {
  gallery g;
  auto anna = uuid::make();
  g.enrol(enrolment(anna, {1, 0, 0}));
  g.enrol(enrolment(uuid::make(), {0, 1, 0}));
  g.w.run();
  EXPECT_EQ(g.identify({1, 0, 0}).user_id, "user of " + anna.text());
  EXPECT_FALSE(g.identify({0, 0, 1}).matched);
  EXPECT_FALSE(g.identify({0.7071f, 0.7071f, 0}).matched);
  auto s = face_settings();
  s.face.identify_threshold = 0.6;
  g.w.reload(s);
  EXPECT_FALSE(g.identify({0.7071f, 0.7071f, 0}).matched) << "both are as like";
  EXPECT_TRUE(g.identify({0.8f, 0.6f, 0}).matched);
  s.face.identify_margin = 0.5;
  g.w.reload(s);
  EXPECT_FALSE(g.identify({0.8f, 0.6f, 0}).matched);
}

TEST(FaceGallery, VerifyingLooksAtThatPersonAlone) {
  gallery g;
  auto anna = uuid::make(), berta = uuid::make();
  g.enrol(enrolment(anna, {1, 0, 0}));
  g.enrol(enrolment(berta, {0, 1, 0}));
  g.w.run();
  EXPECT_TRUE(g.verify(anna, {1, 0, 0}).matched);
  EXPECT_FALSE(g.verify(anna, {0, 1, 0}).matched);
  EXPECT_FALSE(g.verify(uuid::make(), {1, 0, 0}).matched) << "who has no templates is not known";
}

TEST(FaceGallery, ForgetsWhoIsErasedForGood) {
  gallery g;
  auto person = uuid::make();
  g.enrol(enrolment(person, {1, 0, 0}));
  auto erased = g.w.ask<stored>(g.w.env.face_gallery, erase_faces{"acme", person});
  g.w.run();
  EXPECT_FALSE(erased->error);
  EXPECT_EQ(g.w.rows(storage::column::templates), 0u);
  EXPECT_FALSE(g.identify({1, 0, 0}).matched);
  EXPECT_FALSE(g.verify(person, {1, 0, 0}).matched);
  auto straggler = g.enrol(enrolment(person, {1, 0, 0}));
  g.w.run();
  EXPECT_TRUE(straggler->error == errc::not_found) << "an enrolment that was under way brings nobody back";
  EXPECT_EQ(g.w.rows(storage::column::templates), 0u);
}

TEST(FaceGallery, ComesBackFromTheDiskButForOtherEnginesTemplates) {
  storage::memory_journal disk;
  auto anna = uuid::make(), berta = uuid::make();
  {
    gallery g;
    g.enrol(enrolment(anna, {1, 0, 0}));
    g.w.run();
    auto foreign = enrolment(berta, {0, 1, 0}).templates;
    foreign.engine_version = "0";
    storage::write_batch batch;
    batch.put(storage::column::templates, storage::template_key(berta), storage::encode(foreign));
    ASSERT_TRUE(g.w.journal->commit(batch));
    disk = *g.w.journal;
  }
  gallery g{face_settings(), disk};
  EXPECT_TRUE(g.identify({1, 0, 0}).matched);
  EXPECT_FALSE(g.identify({0, 1, 0}).matched);
  EXPECT_FALSE(g.verify(berta, {0, 1, 0}).matched);
}

} // namespace
} // namespace mdai::test
