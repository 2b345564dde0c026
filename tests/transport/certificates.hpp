#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mdai::transport::test {

/// A directory of its own, gone in the end.
class scratch_directory {
public:
  scratch_directory()
      : path_(std::filesystem::temp_directory_path() / ("mdai-tls-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path_);
  }
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

/// Writes a self-signed certificate for `names` (like "DNS:localhost") and its key.
inline void write_certificate(const std::string& certificate_file, const std::string& key_file,
                              const std::string& names, long serial = 1) {
  using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
  using file_ptr = std::unique_ptr<FILE, decltype(&std::fclose)>;
  const key_ptr key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  const certificate_ptr certificate{X509_new(), &X509_free};
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, names}, {NID_basic_constraints, "CA:TRUE"}}) {
    auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(file_ptr{std::fopen(certificate_file.c_str(), "w"), &std::fclose}.get(), certificate.get());
  PEM_write_PrivateKey(file_ptr{std::fopen(key_file.c_str(), "w"), &std::fclose}.get(), key.get(), nullptr, nullptr, 0,
                       nullptr, nullptr);
}

} // namespace mdai::transport::test
