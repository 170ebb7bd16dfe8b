#pragma once

#include "loop.hpp"

#include "zither/transport/engine.hpp"

#include <string>
#include <vector>

namespace zither::transport::test {

using parts = std::vector<std::string>;

/// A pipe that only remembers.
struct quiet_pipe final : pipe_end {
    bool connected(connection& by) override {
        peer = by.session.peer().routing_id;
        ++connections;
        return true;
    }
    void received() override { ++told_readable; }
    void room() override { ++told_writable; }
    void subscription(zmtp::bytes topic, bool wanted) override {
        subscriptions.push_back((wanted ? "+" : "-") + std::string(zmtp::as_text(topic)));
    }
    void lost(const zmtp::close_reason& why) override { reasons.push_back(why); }

    /// Every whole message that waits.
    std::vector<parts> messages() {
        std::vector<parts> all;
        parts one;
        for (zmtp::message part; in.take(part);) {
            one.emplace_back(part.text());
            if (!part.more()) all.push_back(std::exchange(one, {}));
        }
        REQUIRE(one.empty());
        reader_idle = true;
        return all;
    }

    std::string peer;
    int connections = 0;
    int told_readable = 0;
    int told_writable = 0;
    parts subscriptions;
    std::vector<zmtp::close_reason> reasons;
};

/// An engine with one pipe, for connections of its own making, and a plain socket at the far end.
class half_of_a_socket : public engine_owner {
public:
    explicit half_of_a_socket(zmtp::session_settings ours) : settings(std::move(ours)) {
        engine_->known_as(engine_);
        // No test pays for what the thread wrote in the one before.
        write_credit::mine() = write_credit(thread_interval);
    }
    ~half_of_a_socket() {
        engine::lock held(engine_->mutex());
        engine_->close_all(held);
    }
    half_of_a_socket(const half_of_a_socket&) = delete;
    half_of_a_socket& operator=(const half_of_a_socket&) = delete;

    [[nodiscard]] engine& itself() noexcept { return *engine_; }

    /// A new connection; what the far end says and hears goes through `far`.
    void connect() { adopt(false, {}); }
    /// A new connection by the far end, which has said this already.
    void accept(const std::string& said) { adopt(true, said); }

    /// The far end says this; nobody reads.
    void say(const std::string& octets) const {
        REQUIRE(::send(far.get(), octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
    }
    /// The far end says this, all of it, while we read as much as we like.
    void hear(const std::string& octets) {
        for (std::size_t said = 0; said < octets.size();) {
            const auto went = ::send(far.get(), octets.data() + said, octets.size() - said, MSG_NOSIGNAL);
            if (went > 0)
                said += static_cast<std::size_t>(went);
            else
                REQUIRE(errno == EAGAIN);
            drive();
            if (!link) return;
        }
    }
    void drive() {
        engine::lock held(engine_->mutex());
        while (engine_->drive(held)) {
        }
    }
    /// Sends a whole message and writes what the kernel takes.
    void send(const parts& message) {
        engine::lock held(engine_->mutex());
        for (std::size_t i = 0; i < message.size(); ++i) {
            zmtp::message part(message[i]);
            part.set_more(i + 1 < message.size());
            REQUIRE(pipe.out.append(std::move(part)));
        }
        if (!pipe.link) return;
        engine_->note_fresh(*pipe.link);
        engine_->flush_fresh(held);
        engine_->flush_tails(held);
    }
    /// Sends one message from memory that is the caller's again when the call returns.
    void send_lent(const std::string& memory) {
        engine::lock held(engine_->mutex());
        zmtp::message part;
        zmtp::message::borrow(part, memory.data(), memory.size());
        REQUIRE(pipe.out.append(std::move(part), pipe.link && pipe.link->writes_through()));
        if (!pipe.link) return;
        engine_->note_fresh(*pipe.link);
        engine_->flush_fresh(held);
    }
    /// One subscription after the other, by a thread that may write nothing at once.
    void subscribe_in_a_flood(const parts& topics) {
        engine::lock held(engine_->mutex());
        for (const auto& topic : topics) {
            auto& credit = write_credit::mine();
            credit.spend(credit_max);
            credit.wrote(zmtp::clock::now() + std::chrono::hours(1));
            link->session.subscribe(zmtp::as_bytes(topic), true);
            engine_->note_fresh(*link);
            engine_->flush_fresh(held);
        }
    }
    void flush_tails() {
        engine::lock held(engine_->mutex());
        engine_->flush_tails(held);
    }
    /// What the far end can read, while we do nothing.
    std::string arrived() const {
        std::string made(1 << 20, '\0');
        const auto got = ::recv(far.get(), made.data(), made.size(), 0);
        made.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return made;
    }
    /// What the far end heard since the last time; at most `limit` octets of it.
    std::string said(std::size_t limit = SIZE_MAX) {
        std::string made;
        char block[65536];
        for (bool more = true; more && made.size() < limit;) {
            const auto got = ::recv(far.get(), block, std::min(sizeof block, limit - made.size()), 0);
            if (got > 0) made.append(block, static_cast<std::size_t>(got));
            far_ended = got == 0;
            more = got > 0;
            if (link) drive();
        }
        return made;
    }
    /// The application read below half the mark.
    void resume() {
        engine::lock held(engine_->mutex());
        if (link && link->read_stopped) engine_->resume_reading(*link);
    }
    void hang_up() {
        far = descriptor();
        drive();
    }

    pipe_end* accepted(connection&) override { return nullptr; }
    void ended(connection& which) override {
        if (link == &which) link = nullptr;
        reason = which.reason;
    }
    void handshake_succeeded(connection&) override { ++handshakes; }
    void asks(connection& which) override { asked = which.number; }
    void drove(transport::engine::lock&) override {}

    zmtp::session_settings settings;
    quiet_pipe pipe;
    descriptor far;
    bool far_ended = false;
    connection* link = nullptr;
    zmtp::close_reason reason;
    std::uint64_t asked = 0;  // the connection a handler is to be asked about
    int handshakes = 0;

private:
    void adopt(bool accepted, const std::string& said) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        far = descriptor(ends[1]);
        if (!said.empty()) say(said);
        engine::lock held(engine_->mutex());
        engine_->adopt(held, ends[0], settings, [&](connection& added) {
            added.accepted = accepted;
            added.pipe = &pipe;
            link = &added;
        });
    }

    loop turns_;
    std::shared_ptr<engine> engine_ = std::make_shared<engine>(turns_.work, *this);
};

}  // namespace zither::transport::test
