#include "actors/settings_secrets.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "actors/settings_parse.hpp"
#include "protocol/crypto.hpp"

namespace mdai::config {

namespace {

constexpr std::array<std::string_view, 5> guarded{"auth.jwt_secret", "qr.encryption_key", "admin.token", "storage.key",
                                                  "devices.master_secret"};

/// Keys that look random and stand in everybody's books: digests of "" and "abc", NIST's AES-256 example, our
/// test vectors.
constexpr auto published =
    std::to_array<std::string_view>({"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                                     "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                                     "4c8d35af947aa45edbe28853f83d93a50b4fef3ca82471b738fe5760c21494e4",
                                     "09733645b9d41d4c039ab53d4b4b0595943d81d617c30ddaa5c894a6c38bdca7",
                                     "15efce09513b978ba982c7dcbd7ccc761bb455db2fbb87c260bb8be9ecf3cc9b"});

/// What people write when they do not want to think of a secret. Longer words first, so that their parts do
/// not cut them.
constexpr auto obvious_words = std::to_array<std::string_view>(
    {"registration", "development", "placeholder", "production", "encryption", "characters", "passphrase", "something",
     "insecure",     "password",    "hardware",    "changeme",   "default",    "example",    "storage",    "testing",
     "replace",      "backend",     "session",     "letmein",    "private",    "random",     "secret",     "device",
     "master",       "string",      "change",      "qwerty",     "broker",     "sample",     "strong",     "please",
     "secure",       "admin",       "local",       "super",      "token",      "value",      "bytes",      "least",
     "long",         "must",        "very",        "only",       "this",       "that",       "your",       "test",
     "mdai",         "demo",        "here",        "hmac",       "with",       "key",        "jwt",        "not",
     "for",          "use",         "dev",         "api",        "the",        "and",        "foo",        "bar",
     "my",           "me",          "qr",          "in",         "is",         "at",         "to",         "or"});

/// How many letters and digits are left when the obvious words and the separators are gone.
std::size_t own_characters(std::string_view secret) {
  auto text = lower(secret);
  for (auto word : obvious_words)
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at))
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), word.size(), '-');
  auto counted = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), counted));
}

bool repeats(std::string_view text) {
  for (std::size_t period = 1; period <= text.size() / 2; ++period)
    if (text.substr(period) == text.substr(0, text.size() - period))
      return true;
  return false;
}

/// Two thirds of the neighbours are equal or one apart, as in "0123456789abcdef" or 00 01 02…; chance gives
/// far less.
bool counts(std::string_view text) {
  std::size_t near = 0;
  for (std::size_t i = 1; i < text.size(); ++i)
    near += std::abs(static_cast<int>(static_cast<unsigned char>(text[i])) -
                     static_cast<int>(static_cast<unsigned char>(text[i - 1]))) <= 1;
  return 3 * near >= 2 * text.size();
}

bool has_few_characters(std::string_view text) { return std::set<char>(text.begin(), text.end()).size() < 8; }

bool is_pattern(std::string_view text) { return repeats(text) || counts(text); }

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Words around at most 15 characters of one's own.
bool is_wording(std::string_view text) { return own_characters(text) < 16; }

bool is_easily_guessed(std::string_view secret) {
  auto text = lower(secret);
  if (is_pattern(text) || has_few_characters(text) || is_wording(text) ||
      std::find(published.begin(), published.end(), text) != published.end())
    return true;
  auto bytes = crypto::decode_hex(secret);
  return bytes.has_value() && (is_pattern(*bytes) || (is_printable(*bytes) && is_wording(*bytes)));
}

} // namespace

std::span<const std::string_view> guarded_secrets() { return guarded; }

std::string weakness(std::string_view secret) {
  if (secret.empty())
    return "is missing";
  if (secret.size() < shortest_secret)
    return "is too short (" + std::to_string(secret.size()) + " bytes, at least " + std::to_string(shortest_secret) +
           " wanted)";
  return is_easily_guessed(secret) ? "is well-known or easily guessed" : "";
}

std::string make_secret() { return crypto::hex(crypto::random_bytes(32)); }

} // namespace mdai::config
