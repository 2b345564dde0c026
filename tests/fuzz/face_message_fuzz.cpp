/// What clients of the face stream may send: any bytes, compared with nlohmann's reading of them, and then given to a
/// session as text and as a picture.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/face_world.hpp"

namespace {

using namespace mdai;
using face::messages::request;

void require(bool truth, const char* what) {
  if (truth)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void compare(const payload& message, const request& asked) {
  auto known = nlohmann::json::parse(message.view(), nullptr, false);
  if (known.is_discarded()) // numbers past any double
    return;
  require(known.is_object(), "only objects are messages");
  auto member = [&](const char* name) { // null and "" are none
    const auto found = known.find(name);
    return found == known.end() || *found == "" ? nlohmann::json() : *found;
  };
  auto type = member("type").is_null() ? nlohmann::json("frame") : known["type"];
  require(type.is_string(), "a type is a string, or there is none");
  bool frame = type == "frame" || type == "process_frame";
  require((asked.what == request::kind::frame) == frame, "frames are frames");
  if (!frame)
    return;
  auto bytes = face::messages::bytes_of({message, asked.image, false}, 1000);
  auto image = member("image").is_null() ? member("frame_data") : known["image"];
  require(!bytes || image.is_string(), "only strings are pictures");
  require(!bytes || bytes->size() <= 1000, "no picture is past the limit");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  payload message{std::string_view{reinterpret_cast<const char*>(data), size}};
  if (auto asked = face::messages::read(message.view(), 128))
    compare(message, *asked);
  test::face_world w;
  w.attach_ready();
  w.machine.on_text(1, message, w.now);
  w.settle();
  w.machine.on_binary(1, message, w.now);
  for (auto& text : w.sent[1])
    require(nlohmann::json::accept(text), "what is answered is JSON");
  return 0;
}
