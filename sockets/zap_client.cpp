#include "zither/sockets/zap_client.hpp"

#include "zither/sockets/async.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <charconv>

namespace zither::sockets {

namespace {

constexpr int linger = 17, send_mark = 23, receive_mark = 24;
// Questions that the handler has not read, of connections that came and went, too.
constexpr std::size_t questions_max = 10'000;

/// Credentials are among them, and vectors leave what was in them behind.
using question = std::vector<zmtp::message, zmtp::wiping_allocator<zmtp::message>>;

question question_of(std::uint64_t number, const zmtp::zap_request& request) {
    const auto frames = request.frames(std::to_string(number));
    question made;
    made.reserve(frames.size());
    for (const auto& frame : frames) {
        made.emplace_back(frame.view());
        made.back().set_more(made.size() < frames.size());
    }
    return made;
}

}  // namespace

/// One message of the handler's. The socket owns it, and the client the socket: it keeps neither.
class zap_client::reception final : public operation {
public:
    reception(std::weak_ptr<zap_client> by, std::weak_ptr<socket_object> on)
        : by_(std::move(by)), on_(std::move(on)) {}
    errc attempt(pattern::pattern& on) override {
        const auto result = attempt_receive(on, parts_);
        // Without a mark it can always send, unless the handler is gone.
        if (result != errc::again || on.can_send()) return result;
        const auto by = by_.lock();
        return by && by->waits() ? errc::host_unreachable : result;
    }
    void complete(errc result) override {
        if (result == errc::cancelled || result == errc::terminated || result == errc::not_a_socket) return;
        auto by = by_.lock();
        auto on = on_.lock();
        if (!by || !on) return;
        auto& loop = on->loop();
        auto& memory = by->reception_memory_;
        asio::post(
            loop, transport::placed_handler(memory, [result, by = std::move(by), on = std::move(on),
                                                     parts = std::move(parts_)] {
                // An answer that memory is too short for is none.
                transport::within_memory([&] { result == errc::ok ? by->hear(parts) : by->forget_sent(); });
                by->receive_next(on);
            }));
    }

private:
    std::weak_ptr<zap_client> by_;
    std::weak_ptr<socket_object> on_;
    std::vector<zmtp::message> parts_;
};

void zap_client::expect(std::uint64_t number) {
    std::lock_guard guard(mutex_);
    asked_.emplace(number, false);
}

void zap_client::forget(std::uint64_t number) {
    std::lock_guard guard(mutex_);
    auto one = asked_.extract(number);
    if (!one || !one.mapped()) return;  // no answer can come
    forgotten_.insert(std::move(one));
    if (forgotten_.size() > questions_max) forgotten_.erase(forgotten_.begin());
}

bool zap_client::note_sent(std::uint64_t number, bool sent) {
    std::lock_guard guard(mutex_);
    const auto place = asked_.find(number);
    if (place == asked_.end()) return false;
    place->second = sent;
    return true;
}

void zap_client::ask(std::uint64_t number, const zmtp::zap_request& request) {
    zmtp::zap_reply failed;
    if (!context_->has_inproc(std::string(zmtp::zap_endpoint))) {
        forget(number);
        on_answer_(number, failed);
        return;
    }
    auto result = dealer_ ? send(number, request) : errc::again;
    if (result == errc::again) {
        result = reach_handler();
        if (result == errc::ok) result = send(number, request);
    }
    if (result == errc::ok) return;
    forget(number);
    // There is a handler, so nobody comes in unasked.
    failed.broken = zmtp::protocol_error::zap_unspecified;
    on_answer_(number, failed);
}

errc zap_client::reach_handler() {
    const auto where = "inproc://" + std::string(zmtp::zap_endpoint);
    if (dealer_) return dealer_->connect(where);
    std::shared_ptr<socket_object> made;
    if (const auto error = context_->make_socket(socket_type::dealer, made); error != errc::ok) return error;
    // `send` bounds what waits here.
    for (const int option : {linger, send_mark, receive_mark}) {
        const int none = 0;
        (void)made->set(option, &none, sizeof none);
    }
    auto error = errc::ok;
    const bool done = transport::within_memory([&] {
        error = made->connect(where);
        if (error == errc::ok) made->start_receive(std::make_unique<reception>(weak_from_this(), made));
    });
    if (!done) error = errc::no_memory;
    // One that is half made would be asked and never heard.
    if (error == errc::ok)
        dealer_ = std::move(made);
    else
        made->close();
    return error;
}

errc zap_client::send(std::uint64_t number, const zmtp::zap_request& request) {
    // All parts are made before the first is sent: one that is without its end would swallow the next.
    auto parts = question_of(number, request);
    if (dealer_->unread_by_peers() >= questions_max) return errc::no_buffer_space;
    if (!note_sent(number, true)) return errc::ok;  // its connection has ended meanwhile
    for (auto& part : parts) {
        auto error = errc::no_memory;
        const bool done = transport::within_memory([&] { error = dealer_->send(part, true); });
        if (error == errc::ok) continue;
        note_sent(number, false);
        if (&part != &parts.front() || !done) close();
        if (!done) throw std::bad_alloc();
        return error;
    }
    return errc::ok;
}

void zap_client::hear(const std::vector<zmtp::message>& parts) {
    std::vector<std::string> frames;
    frames.reserve(parts.size());
    for (const auto& part : parts) frames.emplace_back(zmtp::as_text(part.body()));
    const auto id = frames.size() > 2 ? frames[2] : std::string();
    std::uint64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    bool asked = number > 0 && id == std::to_string(number);
    if (asked) {
        std::lock_guard guard(mutex_);
        asked = asked_.erase(number) > 0;
        if (!asked && forgotten_.erase(number) > 0) return;
    }
    // What names no question of ours must not pass for the answer to one.
    const auto expected = asked ? id : id + '?';
    on_answer_(asked ? number : 0, zmtp::zap_reply::parse(frames, expected));
}

void zap_client::receive_next(const std::shared_ptr<socket_object>& on) {
    const bool waits_on = transport::within_memory(
        [&] { on->start_receive(std::make_unique<reception>(shared_from_this(), on)); });
    if (waits_on) return;
    {
        std::lock_guard guard(mutex_);
        unheard_ = on;
    }
    on->engine().by()->owe(shared_from_this());
}

void zap_client::make_up() {
    std::shared_ptr<socket_object> on;
    {
        std::lock_guard guard(mutex_);
        on = std::move(unheard_);
    }
    if (on) receive_next(on);
}

void zap_client::forget_sent() {
    std::lock_guard guard(mutex_);
    std::erase_if(asked_, [](const auto& one) { return one.second; });
    forgotten_.clear();
}

bool zap_client::waits() const {
    std::lock_guard guard(mutex_);
    return std::ranges::any_of(asked_, [](const auto& one) { return one.second; });
}

void zap_client::close() {
    if (const auto dealer = std::exchange(dealer_, nullptr)) dealer->close();
}

}  // namespace zither::sockets
