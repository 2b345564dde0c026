#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/face/analysis.hpp"

namespace mdai::vision {

/// The mean of embeddings, of length 1; empty when there are none. What a session's frames compare by.
face::embedding mean_of(std::span<const face::embedding> frames);
/// Cosine of two embeddings of the same dimension (their dot product).
float similarity(const face::embedding& a, const face::embedding& b);
/// How like `probe` is to one person: the best of the similarities to their templates and to the templates' mean.
float likeness(const face::embedding& probe, std::span<const face::embedding> templates);

/// One tenant's people in memory, a cache of what is stored: who is most like a face. Exact up to a set number of
/// templates, approximate (HNSW) above it. One thread.
class template_index {
public:
  struct options {
    std::uint32_t dimension = 0;
    std::size_t exact_up_to = 50'000; ///< templates
  };
  /// The best person and how much less the best other person is like the face (`best` when there is no other).
  struct match {
    std::string person;
    float best = 0, margin = 0;
  };

  explicit template_index(options o);
  template_index(template_index&&) noexcept;
  template_index& operator=(template_index&&) noexcept;
  ~template_index();

  /// A person's templates, in place of their earlier ones.
  void replace(std::string_view person, std::span<const face::embedding> templates);
  /// Answers whether there was such a person.
  bool erase(std::string_view person);
  /// Nothing when there is nobody (but `except`).
  std::optional<match> search(const face::embedding& probe, std::string_view except = {}) const;

  std::size_t people() const;
  std::size_t templates() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace mdai::vision
