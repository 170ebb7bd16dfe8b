#pragma once

#include "zither/sockets/pattern/pattern.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zither::sockets::pattern::test {

using parts = std::vector<std::string>;

inline zmtp::message make_part(std::string_view body, bool more = false) {
    zmtp::message part(body);
    part.set_more(more);
    return part;
}

/// A pipe of vectors: tests fill what it gives, look at what it got, and set how much it takes.
class fake_pipe final : public pipe {
public:
    explicit fake_pipe(std::string id = {}) : id_(std::move(id)) {}
    ~fake_pipe() {
        if (properties_) properties_->release();
    }

    // What a test does to it.
    void arrives(const parts& message) {
        for (std::size_t i = 0; i < message.size(); ++i) {
            in_.push_back(make_part(message[i], i + 1 < message.size()));
            in_.back().set_peer(properties_);
        }
    }
    void set_room(std::size_t messages) { room_ = messages; }
    void set_properties(std::vector<zmtp::properties::entry> entries) {
        properties_ = zmtp::properties::create(std::move(entries));
    }

    // What a test sees of it.
    std::vector<parts> sent;         // whole messages
    std::vector<zmtp::message> raw;  // every part, as it was written
    std::vector<std::pair<std::string, bool>> subscriptions;
    bool closed = false;
    bool gone = false;
    bool all_groups = false;
    int reads = 0;
    int misuses = 0;  // writes of a first part without asking for room
    [[nodiscard]] const parts& unfinished() const { return out_; }
    [[nodiscard]] std::size_t unread() const { return in_.size(); }
    /// Everything sent since the last look.
    std::vector<parts> take() { return std::exchange(sent, {}); }

    bool read(zmtp::message& part) override {
        ++reads;
        if (in_.empty()) return false;
        part = std::move(in_.front());
        in_.pop_front();
        return true;
    }
    bool readable() override { return !in_.empty(); }
    bool writable() override {
        asked_ = room_ > 0;
        return asked_;
    }
    bool takes_no_more() const noexcept override { return gone; }
    void write(zmtp::message&& part) override {
        if (out_.empty() && !std::exchange(asked_, false)) ++misuses;
        out_.emplace_back(part.text());
        const bool more = part.more();
        raw.push_back(std::move(part));
        if (more) return;
        sent.push_back(std::exchange(out_, {}));
        if (room_ > 0) --room_;
    }
    void rollback() override { out_.clear(); }
    void subscribe(zmtp::bytes topic, bool wanted) override {
        subscriptions.emplace_back(std::string(zmtp::as_text(topic)), wanted);
    }
    bool wants_all() const noexcept override { return all_groups; }
    const std::string& peer_routing_id() const override { return id_; }
    const zmtp::properties* peer_properties() const override { return properties_; }
    void close() override { closed = true; }

private:
    std::string id_;
    const zmtp::properties* properties_ = nullptr;
    std::deque<zmtp::message> in_;
    parts out_;
    std::size_t room_ = static_cast<std::size_t>(-1);
    bool asked_ = false;
};

/// A pattern with its options, and the words a test needs.
struct rig {
    explicit rig(socket_type type, settings with = {})
        : options(std::move(with)), made(make_pattern(type, options)) {}

    /// As a listener's new peer. False when it was refused.
    bool accept(fake_pipe& peer) {
        made->attached(peer, false);
        return made->connected(peer);
    }
    bool connect(fake_pipe& peer) {
        made->attached(peer, true);
        return made->connected(peer);
    }
    void arrives(fake_pipe& peer, const parts& message) {
        peer.arrives(message);
        made->readable(peer);
    }
    void gets_room(fake_pipe& peer, std::size_t messages) {
        peer.set_room(messages);
        made->writable(peer);
    }
    void loses(fake_pipe& peer) {
        made->disconnected(peer);
        made->detached(peer);
    }

    errc send_part(std::string_view body, bool more = false) {
        auto part = make_part(body, more);
        const auto result = made->send(part);
        untouched = part.text() == body && part.more() == more;
        return result;
    }
    /// The whole message, or the error of its first part.
    errc send(const parts& message) {
        for (std::size_t i = 0; i < message.size(); ++i) {
            const auto result = send_part(message[i], i + 1 < message.size());
            if (result != errc::ok) return result;
        }
        return errc::ok;
    }
    /// The next whole message; none when there is none.
    parts receive() {
        parts message;
        zmtp::message part;
        do {
            if (made->receive(part) != errc::ok) return message;
            message.emplace_back(part.text());
        } while (part.more());
        return message;
    }
    errc receive_error() {
        zmtp::message part;
        return made->receive(part);
    }
    errc subscribe(std::string_view topic) { return made->subscribe(zmtp::as_bytes(topic), true); }
    errc unsubscribe(std::string_view topic) { return made->subscribe(zmtp::as_bytes(topic), false); }

    settings options;
    std::unique_ptr<pattern> made;
    bool untouched = false;  // by the last send_part
};

/// In tests `pipe` alone would also mean the system call.
using peer_pipe = pipe;

inline std::string sub(std::string_view topic) { return '\1' + std::string(topic); }
inline std::string unsub(std::string_view topic) { return std::string(1, '\0') + std::string(topic); }

}  // namespace zither::sockets::pattern::test
