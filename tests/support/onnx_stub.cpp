#include "tests/support/onnx_stub.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace mdai::test {
namespace {

/// Protocol buffers, as far as ONNX needs them (onnx.proto3 has the numbers of the fields).
class message {
public:
  message& number(int field, std::uint64_t value) {
    varint(static_cast<std::uint64_t>(field) << 3);
    varint(value);
    return *this;
  }
  message& bytes(int field, const std::string& value) {
    varint(static_cast<std::uint64_t>(field) << 3 | 2);
    varint(value.size());
    out_ += value;
    return *this;
  }
  message& sub(int field, const message& value) { return bytes(field, value.out_); }
  const std::string& text() const { return out_; }

private:
  void varint(std::uint64_t value) {
    for (; value > 127; value >>= 7)
      out_ += static_cast<char>(value | 128);
    out_ += static_cast<char>(value);
  }
  std::string out_;
};

using names = std::vector<std::string>;
using sizes = std::vector<std::int64_t>;

message ints(const std::string& name, const sizes& values) {
  constexpr int type_ints = 7;
  message out;
  out.bytes(1, name);
  for (auto value : values)
    out.number(8, static_cast<std::uint64_t>(value));
  return out.number(20, type_ints);
}
message integer(const std::string& name, std::int64_t value) {
  constexpr int type_int = 2;
  return message{}.bytes(1, name).number(3, static_cast<std::uint64_t>(value)).number(20, type_int);
}

message node(const std::string& type, const names& inputs, const std::string& output,
             const std::vector<message>& attributes = {}) {
  message out;
  for (const auto& input : inputs)
    out.bytes(1, input);
  out.bytes(2, output).bytes(3, output + "_node").bytes(4, type);
  for (const auto& attribute : attributes)
    out.sub(5, attribute);
  return out;
}

template <class Number>
message tensor(const std::string& name, const sizes& dimensions, const std::vector<Number>& values) {
  constexpr int of_floats = 1, of_int64 = 7;
  message out;
  for (auto size : dimensions)
    out.number(1, static_cast<std::uint64_t>(size));
  out.number(2, std::is_same_v<Number, float> ? of_floats : of_int64).bytes(8, name);
  std::string raw(values.size() * sizeof(Number), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return out.bytes(9, raw);
}

message value_info(const std::string& name, const sizes& dimensions) {
  message shape;
  for (auto size : dimensions)
    shape.sub(1, message{}.number(1, static_cast<std::uint64_t>(size)));
  return message{}.bytes(1, name).sub(2, message{}.sub(1, message{}.number(1, 1).sub(2, shape)));
}

struct graph {
  std::vector<message> nodes, constants, inputs, outputs;
  std::string model() const {
    message all;
    for (const auto& one : nodes)
      all.sub(1, one);
    all.bytes(2, "stub");
    for (const auto& one : constants)
      all.sub(5, one);
    for (const auto& one : inputs)
      all.sub(11, one);
    for (const auto& one : outputs)
      all.sub(12, one);
    return message{}.number(1, 6).sub(7, all).sub(8, message{}.bytes(1, "").number(2, 11)).text();
  }
};

/// One of YuNet's three outputs: a value for each prior of each of its four grids.
struct output {
  std::string name;
  std::int64_t channels;
};

/// Weights and bias of a 1x1 convolution for `priors` priors on the grid of this stride.
void set_output(const output& o, int priors, int stride, std::vector<float>& weights, std::vector<float>& bias) {
  for (int k = 0; k < priors; ++k) {
    const auto at = static_cast<std::size_t>(k * o.channels);
    if (o.name == "conf") {
      const bool firing = stride == 64 && k == 0;
      for (std::size_t c = 0; c < 3; ++c)
        weights[(at + 1) * 3 + c] = firing ? 0.02f : 0.0f; // three white channels: 15 against the bias
      bias[at + 1] = -9;
    } else if (o.name == "iou") {
      bias[at] = 0.95f;
    } else {
      constexpr float points[] = {-0.2f, -0.15f, 0.2f, -0.15f, 0, 0.05f, -0.17f, 0.25f, 0.17f, 0.25f};
      constexpr float variance = 0.1f;
      for (std::size_t i = 0; i < 10; ++i)
        bias[at + 4 + i] = points[i] / variance;
    }
  }
}

} // namespace

std::string yunet_stub() {
  constexpr int width = 320, height = 256;
  const std::pair<int, int> grids[] = {{3, 8}, {2, 16}, {2, 32}, {3, 64}}; // priors, stride
  graph g;
  std::int64_t all = 0;
  for (auto [priors, stride] : grids) {
    g.nodes.push_back(node("AveragePool", {"input"}, "grid" + std::to_string(stride),
                           {ints("kernel_shape", {stride, stride}), ints("strides", {stride, stride})}));
    all += priors * (width / stride) * (height / stride);
  }
  for (const auto& o : {output{"loc", 14}, {"conf", 2}, {"iou", 1}}) {
    names parts;
    g.constants.push_back(tensor<std::int64_t>(o.name + "_shape", {2}, {-1, o.channels}));
    for (auto [priors, stride] : grids) {
      const auto name = o.name + std::to_string(stride);
      const auto rows = priors * o.channels;
      std::vector<float> weights(static_cast<std::size_t>(rows * 3)), bias(static_cast<std::size_t>(rows));
      set_output(o, priors, stride, weights, bias);
      g.constants.push_back(tensor(name + "_w", {rows, 3, 1, 1}, weights));
      g.constants.push_back(tensor(name + "_b", {rows}, bias));
      g.nodes.push_back(node("Conv", {"grid" + std::to_string(stride), name + "_w", name + "_b"}, name + "_c",
                             {ints("kernel_shape", {1, 1})}));
      g.nodes.push_back(node("Transpose", {name + "_c"}, name + "_t", {ints("perm", {0, 2, 3, 1})}));
      g.nodes.push_back(node("Reshape", {name + "_t", o.name + "_shape"}, name));
      parts.push_back(name);
    }
    const bool soft = o.name == "conf";
    g.nodes.push_back(node("Concat", parts, soft ? "raw" : o.name, {integer("axis", 0)}));
    if (soft)
      g.nodes.push_back(node("Softmax", {"raw"}, o.name, {integer("axis", 1)}));
    g.outputs.push_back(value_info(o.name, {all, o.channels}));
  }
  g.inputs.push_back(value_info("input", {1, 3, height, width}));
  return g.model();
}

std::string sface_stub() {
  constexpr std::int64_t numbers = 128, places = 8, side = 112;
  std::vector<float> weights(numbers * 3 * places * places);
  std::mt19937 random(1);
  for (auto& weight : weights)
    weight = (static_cast<float>(random() % 2000) - 999.5f) / 200'000;
  graph g;
  g.inputs.push_back(value_info("data", {1, 3, side, side}));
  g.nodes.push_back(
      node("AveragePool", {"data"}, "places", {ints("kernel_shape", {14, 14}), ints("strides", {14, 14})}));
  g.constants.push_back(tensor("w", {numbers, 3, places, places}, weights));
  g.constants.push_back(tensor("b", {numbers}, std::vector<float>(numbers)));
  g.nodes.push_back(node("Conv", {"places", "w", "b"}, "sums", {ints("kernel_shape", {places, places})}));
  g.nodes.push_back(node("Flatten", {"sums"}, "fc1", {integer("axis", 1)}));
  g.outputs.push_back(value_info("fc1", {1, numbers}));
  return g.model();
}

} // namespace mdai::test
