#include "protocol/crypto.hpp"

#include <climits>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace mdai::crypto {
namespace {

constexpr std::size_t block_size = 16;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

// Fetched once: OpenSSL 3 would look them up for each pass.
const EVP_CIPHER* cbc() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return cipher;
}
const EVP_CIPHER* gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

enum class direction { open = 0, seal = 1 };

unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

/// One pass of a cipher. After a step that failed the rest does nothing; `finish` tells.
class cipher_pass {
public:
  cipher_pass(const EVP_CIPHER* cipher, direction d, const key256& key, std::string_view iv)
      : context_(EVP_CIPHER_CTX_new()) {
    good_ =
        context_ && EVP_CipherInit_ex(context_.get(), cipher, nullptr, key.data(), bytes(iv), static_cast<int>(d)) == 1;
  }
  // OpenSSL leaves its reasons in a queue of the thread, where TLS would take them for its own.
  ~cipher_pass() {
    if (!good_)
      ERR_clear_error();
  }
  cipher_pass(const cipher_pass&) = delete;
  cipher_pass& operator=(const cipher_pass&) = delete;

  void authenticate(std::string_view aad) { feed(nullptr, aad); }
  void control(int what, std::size_t size, void* data) {
    good_ = good_ && EVP_CIPHER_CTX_ctrl(context_.get(), what, static_cast<int>(size), data) == 1;
  }
  /// Turns `in` and all that is left over from before; answers the number of bytes written at `out`.
  std::size_t finish(unsigned char* out, std::string_view in) {
    auto first = feed(out, in);
    int last = 0;
    good_ = good_ && EVP_CipherFinal_ex(context_.get(), out + first, &last) == 1;
    return first + static_cast<std::size_t>(last);
  }
  bool good() const { return good_; }

private:
  struct free_context {
    void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
  };

  std::size_t feed(unsigned char* out, std::string_view in) {
    int written = 0;
    good_ = good_ && in.size() <= INT_MAX - block_size &&
            EVP_CipherUpdate(context_.get(), out, &written, bytes(in), static_cast<int>(in.size())) == 1;
    return static_cast<std::size_t>(written);
  }

  std::unique_ptr<EVP_CIPHER_CTX, free_context> context_;
  bool good_ = false;
};

} // namespace

result<std::string> seal_cbc(const key256& key, std::string_view iv, std::string_view plain) {
  if (iv.size() != block_size)
    return errc::seal_failed;
  std::string out(iv);
  out.resize(block_size + plain.size() + block_size);
  cipher_pass pass(cbc(), direction::seal, key, iv);
  auto size = pass.finish(bytes(out) + block_size, plain);
  if (!pass.good())
    return errc::seal_failed;
  out.resize(block_size + size);
  return out;
}

result<std::string> open_cbc(const key256& key, std::string_view sealed) {
  if (sealed.size() < 2 * block_size || sealed.size() % block_size != 0)
    return errc::unseal_failed;
  auto iv = sealed.substr(0, block_size);
  std::string out(sealed.size(), '\0');
  cipher_pass pass(cbc(), direction::open, key, iv);
  auto size = pass.finish(bytes(out), sealed.substr(block_size));
  if (!pass.good())
    return errc::unseal_failed;
  out.resize(size);
  return out;
}

result<std::string> seal_gcm(const key256& key, std::string_view plain, std::string_view aad) {
  auto out = random_bytes(nonce_size);
  cipher_pass pass(gcm(), direction::seal, key, out);
  out.resize(nonce_size + plain.size() + tag_size);
  pass.authenticate(aad);
  pass.finish(bytes(out) + nonce_size, plain);
  pass.control(EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + nonce_size + plain.size());
  if (!pass.good())
    return errc::seal_failed;
  return out;
}

result<std::string> open_gcm(const key256& key, std::string_view sealed, std::string_view aad) {
  if (sealed.size() < nonce_size + tag_size)
    return errc::unseal_failed;
  auto body = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
  std::string tag(sealed.substr(nonce_size + body.size()));
  std::string out(body.size(), '\0');
  cipher_pass pass(gcm(), direction::open, key, sealed.substr(0, nonce_size));
  pass.authenticate(aad);
  pass.control(EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data());
  pass.finish(bytes(out), body);
  if (!pass.good())
    return errc::unseal_failed;
  return out;
}

} // namespace mdai::crypto
