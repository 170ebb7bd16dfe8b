#include "zither/transport/tls/tls_stream.hpp"

#include "zither/transport/tls/pem.hpp"
#include "zither/zmtp/command.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace zither::transport {

namespace {

// Answers and records that wait for the wire. More is a peer that asks and does not read.
constexpr std::size_t output_max = 256 * 1024;

/// RFC 2253, but that letters beyond ASCII stay what they are.
std::string subject_of(X509* certificate) {
    const tls::bio_ptr text(BIO_new(BIO_s_mem()));
    if (!text) return {};
    X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(text.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

}  // namespace

const BIO_METHOD* tls_stream::method() {
    static const BIO_METHOD* const made = [] {
        auto* one = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "zither");
        if (!one) return one;
        BIO_meth_set_read(one, give);
        BIO_meth_set_write(one, take);
        BIO_meth_set_ctrl(one, control);
        return one;
    }();
    return made;
}

std::unique_ptr<tls_stream> tls_stream::create(session_ptr by, tls_role role) {
    std::unique_ptr<tls_stream> made(new tls_stream(std::move(by)));
    auto* session = made->session_.get();
    auto* through = method() ? BIO_new(method()) : nullptr;
    if (!through) return nullptr;
    BIO_set_data(through, made.get());
    BIO_set_init(through, 1);
    SSL_set_bio(session, through, through);
    if (role == tls_role::server) {
        SSL_set_accept_state(session);
        return made;
    }
    SSL_set_connect_state(session);
    ERR_clear_error();
    made->settle(SSL_do_handshake(session));
    return made;
}

int tls_stream::give(BIO* to, char* room, int size) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(to));
    BIO_clear_retry_flags(to);
    const auto octets = std::min(self.incoming_.size(), static_cast<std::size_t>(std::max(size, 0)));
    if (octets == 0) {
        BIO_set_retry_read(to);
        return -1;
    }
    std::memcpy(room, self.incoming_.data(), octets);
    self.incoming_ = self.incoming_.subspan(octets);
    return static_cast<int>(octets);
}

int tls_stream::take(BIO* from, const char* octets, int size) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(from));
    BIO_clear_retry_flags(from);
    const zmtp::bytes all(reinterpret_cast<const std::byte*>(octets),
                          static_cast<std::size_t>(std::max(size, 0)));
    if (self.output_.size() + all.size() > output_max) return -1;
    try {
        zmtp::append(self.output_, all);
    } catch (const std::bad_alloc&) {
        return -1;
    }
    return size;
}

long tls_stream::control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

stream_seal::phase tls_stream::state() const {
    std::lock_guard held(mutex_);
    return phase_;
}

zmtp::close_reason tls_stream::reason() const {
    std::lock_guard held(mutex_);
    return reason_;
}

std::string tls_stream::peer_name() const {
    std::lock_guard held(mutex_);
    auto* session = session_.get();
    if (phase_ != phase::sealing || !SSL_is_server(session) || SSL_get_verify_result(session) != X509_V_OK)
        return {};
    const tls::certificate_ptr shown(SSL_get1_peer_certificate(session));
    return shown ? subject_of(shown.get()) : std::string();
}

std::size_t tls_stream::open(zmtp::bytes wire, std::span<const iovec> into) {
    std::lock_guard held(mutex_);
    incoming_ = wire;
    wants_more_ = false;
    std::size_t opened = 0;
    for (const auto& part : into) opened += open_into(part);
    // Everything fits, or the caller did not keep to what was agreed.
    if (phase_ != phase::over && !wants_more_) fail(zmtp::blame::nobody, "no room for what TLS held");
    incoming_ = {};
    return opened;
}

std::size_t tls_stream::open_into(const iovec& part) {
    std::size_t filled = 0;
    while (filled < part.iov_len && phase_ != phase::over && !wants_more_) {
        ERR_clear_error();
        std::size_t got = 0;
        const int result = SSL_read_ex(session_.get(), static_cast<std::byte*>(part.iov_base) + filled,
                                       part.iov_len - filled, &got);
        settle(result);
        filled += got;
    }
    return filled;
}

/// What came of one call of OpenSSL's.
void tls_stream::settle(int result) {
    auto* session = session_.get();
    const int why = result > 0 ? SSL_ERROR_NONE : SSL_get_error(session, result);
    if (why == SSL_ERROR_ZERO_RETURN)
        fail(zmtp::blame::nobody, "the peer closed the connection");
    else if (why == SSL_ERROR_WANT_READ)
        wants_more_ = true;
    else if (why != SSL_ERROR_NONE)
        fail_by_error();
    if (phase_ != phase::shaking || !SSL_is_init_finished(session)) return;
    phase_ = phase::sealing;
    // OpenSSL has seen to it; a slip in how it was set up shall not open the door.
    if (SSL_get_verify_mode(session) != SSL_VERIFY_NONE && SSL_get_verify_result(session) != X509_V_OK)
        fail(zmtp::blame::denied, "the peer's certificate was not verified");
}

void tls_stream::fail(zmtp::blame who, std::string text) {
    phase_ = phase::over;
    reason_ = {who, zmtp::protocol_error::none, std::move(text)};
}

void tls_stream::fail_by_error() {
    const auto error = ERR_peek_error();
    const auto verified = SSL_get_verify_result(session_.get());
    const int reason = ERR_GET_REASON(error);
    const bool of_tls = ERR_GET_LIB(error) == ERR_LIB_SSL;
    const char* text = ERR_reason_error_string(error);
    if (of_tls && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        fail(zmtp::blame::denied, "the peer has no certificate");
    else if (phase_ == phase::shaking && verified != X509_V_OK)
        fail(zmtp::blame::denied,
             std::string("the peer's certificate: ") + X509_verify_cert_error_string(verified));
    else if (of_tls && reason >= SSL_AD_REASON_OFFSET)
        fail(zmtp::blame::incompatible, std::string("the peer refused TLS: ") +
                                            SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
    else
        fail(zmtp::blame::misbehaved, std::string("TLS: ") + (text ? text : "out of memory"));
    ERR_clear_error();
}

bool tls_stream::seal(zmtp::bytes plain) {
    std::lock_guard held(mutex_);
    if (phase_ != phase::sealing) return false;
    ERR_clear_error();
    std::size_t sealed = 0;
    return SSL_write_ex(session_.get(), plain.data(), plain.size(), &sealed) == 1;
}

void tls_stream::end() {
    std::lock_guard held(mutex_);
    if (phase_ != phase::sealing) return;
    ERR_clear_error();
    (void)SSL_shutdown(session_.get());
    ERR_clear_error();
    fail(zmtp::blame::nobody, "closed");
}

bool tls_stream::has_output() const {
    std::lock_guard held(mutex_);
    return !output_.empty();
}

void tls_stream::take_output(std::vector<std::byte>& wire) {
    std::lock_guard held(mutex_);
    if (wire.empty()) {
        wire.swap(output_);
        return;
    }
    zmtp::append(wire, output_);
    if (output_.capacity() > idle_max)
        std::vector<std::byte>().swap(output_);
    else
        output_.clear();
}

}  // namespace zither::transport
