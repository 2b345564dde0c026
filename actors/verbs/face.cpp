#include <fstream>
#include <iomanip>
#include <memory>
#include <ostream>
#include <sstream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "actors/verbs/table.hpp"
#include "actors/verbs/verbs.hpp"
#include "vision/calibration.hpp"
#include "vision/classical_engine.hpp"
#include "vision/onnx_engine.hpp"

namespace mdai {
namespace {

struct calibrate_request {
  std::string directory, svg_file;
  std::string cascades = vision::classical_options{}.cascades;
  std::string detector, recognizer; ///< both: the ONNX engine
  vision::calibration_options options;
};

int fail(verb_context& context, const std::string& why) {
  context.err << "error: " << why << '\n';
  return 1;
}

result<std::unique_ptr<vision::face_engine>> open_engine(const calibrate_request& request, std::string& why) {
  if (request.detector.empty() && request.recognizer.empty())
    return vision::open_classical({.cascades = request.cascades}, why);
  return vision::open_onnx({.detector = request.detector, .recognizer = request.recognizer}, why);
}

std::string percent(double share) {
  std::ostringstream out;
  out << std::setprecision(share < 0.001 ? 1 : 3) << share * 100 << '%';
  return out.str();
}

std::string threshold(float value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3) << value;
  return out.str();
}

void print(std::ostream& out, const vision::calibration_report& report) {
  const auto& [all, used, unreadable, without_face, with_several, poor] = report.photographs;
  out << "engine:       " << report.engine.id << ", version " << report.engine.version << '\n'
      << "people:       " << report.people << " (and " << report.people_left_out
      << " with fewer than two photographs of use)\n"
      << "photographs:  " << used << " of " << all << " (" << without_face << " without a face, " << with_several
      << " with several, " << poor << " not good enough, " << unreadable << " unreadable)\n"
      << "scores:       " << report.scores.genuine.size() << " of the same person, " << report.scores.impostor.size()
      << " of another\n"
      << "equal error:  " << percent(report.scores.equal_error.false_accepts) << " at "
      << threshold(report.scores.equal_error.threshold) << "\n\n";
  table points{{"OTHERS ACCEPTED", "THRESHOLD", "OWN REFUSED"}};
  for (const auto& point : report.scores.points)
    points.add({percent(point.false_accepts), threshold(point.threshold), percent(point.false_rejects)});
  points.print(out);
  if (report.scores.points.empty())
    out << "too few scores for a threshold: at 1% ten scores of other people must lie above it, so 1000 are needed\n";
}

int calibrate(verb_context& context, const calibrate_request& request) {
  std::string why;
  auto engine = open_engine(request, why);
  if (!engine)
    return fail(context, why);
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  auto report = vision::calibrate(
      **engine, request.directory, request.options,
      [&](std::size_t done, std::size_t all) {
        if (watched)
          context.err << '\r' << done << " of " << all << " photographs" << (done == all ? "\n" : "") << std::flush;
      },
      why);
  if (!report)
    return fail(context, why);
  print(context.out, *report);
  if (request.svg_file.empty())
    return 0;
  std::ofstream file(request.svg_file);
  file << vision::distribution_svg(report->scores);
  return file.flush() ? 0 : fail(context, request.svg_file + ": cannot be written");
}

} // namespace

void add_face(CLI::App& app, verb_context& context) {
  auto* face = app.add_subcommand("face", "Face recognition")->require_subcommand(1);
  auto request = std::make_shared<calibrate_request>();
  auto* verb = face->add_subcommand("calibrate", "Measures which thresholds fit photographs of your own people");
  verb->add_option("DIRECTORY", request->directory, "Holds one sub-directory of photographs for each person")
      ->required();
  verb->add_option("--svg", request->svg_file, "Also draws the scores into this file");
  verb->add_option("--templates", request->options.templates, "Photographs that are enrolled of each person")
      ->check(CLI::Range(1, 20));
  verb->add_option("--frames", request->options.frames, "Photographs that are one attempt")->check(CLI::Range(1, 20));
  verb->add_option("--cascades", request->cascades, "Where the embedded engine's cascades lie");
  auto* detector =
      verb->add_option("--detector", request->detector, "The ONNX engine instead: its network that finds faces");
  auto* recognizer = verb->add_option("--recognizer", request->recognizer, "And the one that describes them");
  detector->needs(recognizer);
  recognizer->needs(detector);
  verb->callback([&context, request] { context.exit_code = calibrate(context, *request); });
}

} // namespace mdai
