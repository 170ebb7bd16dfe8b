#include "node.hpp"

#include "part.hpp"

#include "zmq.h"

#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace zither::soak {

namespace {

constexpr int leave_linger = 10000;
constexpr char proxy_control[] = "inproc://control";

bool takes_part(const row& in, int node) {
    if (in.binder == node) return true;
    for (const int each : in.connectors)
        if (each == node) return true;
    return false;
}
bool in_proxy(const part& one) { return one.type() == ZMQ_XPUB || one.type() == ZMQ_XSUB; }

/// The keeper's XSUB and XPUB, in a thread of their own.
class forwarder {
public:
    forwarder(void* context, const std::vector<std::unique_ptr<part>>& parts) {
        void *front = nullptr, *back = nullptr;
        for (const auto& each : parts) {
            if (each->type() == ZMQ_XSUB) front = each->socket();
            if (each->type() == ZMQ_XPUB) back = each->socket();
        }
        if (!front) return;
        here_ = zmq_socket(context, ZMQ_PAIR);
        there_ = zmq_socket(context, ZMQ_PAIR);
        zmq_bind(here_, proxy_control);
        zmq_connect(there_, proxy_control);
        thread_ = std::thread([=, this] { zmq_proxy_steerable(front, back, nullptr, there_); });
    }
    ~forwarder() {
        if (!thread_.joinable()) return;
        zmq_send(here_, "TERMINATE", 9, 0);
        thread_.join();
        zmq_close(here_);
        zmq_close(there_);
    }
    forwarder(const forwarder&) = delete;
    forwarder& operator=(const forwarder&) = delete;

private:
    void* here_ = nullptr;
    void* there_ = nullptr;
    std::thread thread_;
};

/// The process's ZAP handler: lets in whoever has a key, or the right name and password.
class doorkeeper {
public:
    doorkeeper(void* context, ledger& book) : book_(book), socket_(zmq_socket(context, ZMQ_REP)) {
        if (zmq_bind(socket_, "inproc://zeromq.zap.01") != 0) book_.complain("no ZAP handler");
    }
    ~doorkeeper() { zmq_close(socket_); }
    doorkeeper(const doorkeeper&) = delete;
    doorkeeper& operator=(const doorkeeper&) = delete;

    void answer_all() {
        while (const auto question = read()) answer(*question);
    }
    [[nodiscard]] void* socket() const noexcept { return socket_; }

private:
    [[nodiscard]] std::optional<std::vector<std::string>> read() {
        std::vector<std::string> frames;
        int more = 1;
        for (std::size_t size = sizeof more; more; zmq_getsockopt(socket_, ZMQ_RCVMORE, &more, &size)) {
            char frame[256];
            const int octets = zmq_recv(socket_, frame, sizeof frame, ZMQ_DONTWAIT);
            if (octets < 0) return std::nullopt;
            frames.emplace_back(frame, std::min(static_cast<std::size_t>(octets), sizeof frame));
        }
        return frames;
    }
    void answer(const std::vector<std::string>& question) {
        const bool known =
            question.size() == 7 || (question.size() == 8 && question[5] == "PLAIN" &&
                                     question[6] == plain_user && question[7] == plain_password);
        if (!known) book_.complain("a ZAP handler was asked for a stranger");
        const std::string reply[] = {
            "1.0", question.size() > 1 ? question[1] : "", known ? "200" : "400", "", known ? "somebody" : "",
            ""};
        for (const auto& frame : reply)
            zmq_send(socket_, frame.data(), frame.size(),
                     ZMQ_DONTWAIT | (&frame != std::end(reply) - 1 ? ZMQ_SNDMORE : 0));
    }

    ledger& book_;
    void* const socket_;
};

/// Sets the pace of whoever sends: the machine is others' as well.
class pace {
public:
    pace() : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
        const itimerspec every{{0, tick_ns}, {0, tick_ns}};
        timerfd_settime(timer_, 0, &every, nullptr);
    }
    pace(const pace&) = delete;
    pace& operator=(const pace&) = delete;
    ~pace() { close(timer_); }
    /// Until the next tick; at once when one has passed.
    void keep() const {
        std::uint64_t ticks = 0;
        (void)!read(timer_, &ticks, sizeof ticks);
    }

private:
    static constexpr long tick_ns = 5'000'000;
    const int timer_;
};

void work(std::vector<std::unique_ptr<part>>& parts, doorkeeper& door, ledger& book,
          const std::atomic<bool>& leave) {
    const pace tempo;
    while (!leave) {
        door.answer_all();
        std::vector<zmq_pollitem_t> items{{door.socket(), 0, ZMQ_POLLIN, 0}};
        for (auto& each : parts) {
            if (in_proxy(*each)) continue;
            each->step();
            items.push_back({each->socket(), 0, ZMQ_POLLIN, 0});
        }
        zmq_poll(items.data(), static_cast<int>(items.size()), book.sending ? 2 : 10);
        if (book.sending) tempo.keep();
    }
}

}  // namespace

void run_node(int number, const addresses& at, ledger& book, std::uint64_t seed) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    void* context = zmq_ctx_new();
    {
        doorkeeper door(context, book);
        std::vector<std::unique_ptr<part>> parts;
        const auto& rows = the_topology().rows;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (takes_part(rows[i], number))
                parts.push_back(
                    std::make_unique<part>(context, static_cast<int>(i), number, at, book, seed + i));
        {
            const forwarder proxy(context, parts);
            work(parts, door, book, book.leave[static_cast<std::size_t>(number)]);
        }
        for (auto& each : parts) each->set_linger(leave_linger);
    }
    zmq_ctx_term(context);
    std::exit(0);
}

}  // namespace zither::soak
