#pragma once
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "protocol/errc.hpp"

namespace mdai::transport {

/// A server's certificate and key, reloadable while connections live: they keep the context they began with.
/// TLS 1.2 and 1.3, forward-secret AEAD suites only. Any thread.
class tls_server_context {
public:
  tls_server_context(std::string certificate_file, std::string key_file);
  /// Reads both files anew. On failure the old ones stay and `errc::bad_certificate` tells; `why` says which
  /// file and what.
  result<void> reload(std::string& why);
  /// nullptr until the first successful reload().
  std::shared_ptr<boost::asio::ssl::context> get() const;

private:
  std::string certificate_file_, key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

} // namespace mdai::transport
