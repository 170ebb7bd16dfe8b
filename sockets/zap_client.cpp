#include "zither/sockets/zap_client.hpp"

#include "zither/sockets/async.hpp"
#include "zither/sockets/socket_object.hpp"

#include <charconv>

namespace zither::sockets {

namespace {

constexpr int linger = 17, send_mark = 23, receive_mark = 24;

}  // namespace

/// One message of the handler's.
class zap_client::reception final : public operation {
public:
    reception(std::shared_ptr<zap_client> by, std::shared_ptr<socket_object> on)
        : by_(std::move(by)), on_(std::move(on)) {}
    errc attempt(pattern::pattern& on) override { return attempt_receive(on, parts_); }
    void complete(errc result) override {
        if (result != errc::ok) return;  // closed
        auto& loop = on_->loop();
        asio::post(loop, [by = std::move(by_), on = std::move(on_), parts = std::move(parts_)] {
            by->hear(parts);
            on->start_receive(std::make_unique<reception>(by, on));
        });
    }

private:
    std::shared_ptr<zap_client> by_;
    std::shared_ptr<socket_object> on_;
    std::vector<zmtp::message> parts_;
};

void zap_client::ask(std::uint64_t number, const zmtp::zap_request& request) {
    zmtp::zap_reply failed;
    if (!context_->has_inproc(std::string(zmtp::zap_endpoint))) {
        on_answer_(number, failed);
        return;
    }
    auto result = dealer_ ? send(number, request) : errc::again;
    if (result == errc::again) {
        result = reach_handler();
        if (result == errc::ok) result = send(number, request);
    }
    if (result == errc::ok) return;
    // There is a handler, so nobody comes in unasked.
    failed.broken = zmtp::protocol_error::zap_unspecified;
    on_answer_(number, failed);
}

errc zap_client::reach_handler() {
    const bool first = !dealer_;
    if (first) {
        if (const auto error = context_->make_socket(socket_type::dealer, dealer_); error != errc::ok)
            return error;
        // What waits here is bounded by the connections that wait.
        for (const int option : {linger, send_mark, receive_mark}) {
            const int none = 0;
            (void)dealer_->set(option, &none, sizeof none);
        }
    }
    if (const auto error = dealer_->connect("inproc://" + std::string(zmtp::zap_endpoint)); error != errc::ok)
        return error;
    if (first) dealer_->start_receive(std::make_unique<reception>(shared_from_this(), dealer_));
    return errc::ok;
}

errc zap_client::send(std::uint64_t number, const zmtp::zap_request& request) {
    const auto frames = request.frames(std::to_string(number));
    if (number > last_asked_) last_asked_ = number;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        zmtp::message part(frames[i].view());
        part.set_more(i + 1 < frames.size());
        if (const auto error = dealer_->send(part, true); error != errc::ok) return error;
    }
    return errc::ok;
}

void zap_client::hear(const std::vector<zmtp::message>& parts) const {
    std::vector<std::string> frames;
    frames.reserve(parts.size());
    for (const auto& part : parts) frames.emplace_back(zmtp::as_text(part.body()));
    const auto id = frames.size() > 2 ? frames[2] : std::string();
    std::uint64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    const bool asked = number > 0 && number <= last_asked_ && id == std::to_string(number);
    // What names no question of ours must not pass for the answer to one.
    const auto expected = asked ? id : id + '?';
    on_answer_(asked ? number : 0, zmtp::zap_reply::parse(frames, expected));
}

void zap_client::close() {
    if (const auto dealer = std::exchange(dealer_, nullptr)) dealer->close();
}

}  // namespace zither::sockets
