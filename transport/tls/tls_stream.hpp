#pragma once

#include "zither/transport/stream_seal.hpp"
#include "zither/transport/tls.hpp"

#include <memory>
#include <mutex>

#include <openssl/ssl.h>

namespace zither::transport {

/// TLS over octets in memory, by OpenSSL. Its own mutex guards everything; it is the last in the order of
/// locks.
class tls_stream final : public stream_seal {
public:
    struct frees {
        void operator()(SSL* one) const noexcept { SSL_free(one); }
    };
    using session_ptr = std::unique_ptr<SSL, frees>;

    /// A client's first octets wait as output. Null when memory is short.
    [[nodiscard]] static std::unique_ptr<tls_stream> create(session_ptr by, tls_role role);

    [[nodiscard]] phase state() const override;
    [[nodiscard]] zmtp::close_reason reason() const override;
    [[nodiscard]] std::string peer_name() const override;
    [[nodiscard]] std::size_t open(zmtp::bytes wire, std::span<const iovec> into) override;
    [[nodiscard]] bool seal(zmtp::bytes plain) override;
    void end() override;
    [[nodiscard]] bool has_output() const override;
    void take_output(std::vector<std::byte>& wire) override;

private:
    explicit tls_stream(session_ptr by) : session_(std::move(by)) {}
    static const BIO_METHOD* method();
    static int give(BIO* to, char* room, int size);
    static int take(BIO* from, const char* octets, int size);
    static long control(BIO* of, int what, long, void*);

    std::size_t open_into(const iovec& part);
    void settle(int result);
    void fail(zmtp::blame who, std::string text);
    void fail_by_error();

    mutable std::mutex mutex_;
    const session_ptr session_;
    zmtp::bytes incoming_;  // while `open` runs
    std::vector<std::byte> output_;
    zmtp::close_reason reason_;
    phase phase_ = phase::shaking;
    bool wants_more_ = false;  // octets from the peer
};

}  // namespace zither::transport
