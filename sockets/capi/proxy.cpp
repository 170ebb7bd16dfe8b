#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <cerrno>
#include <cstring>

using namespace zither;
using namespace zither::capi;

namespace {

// Messages moved in one direction before the other gets its turn.
constexpr int burst_max = 1000;

struct traffic {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

/// Moves one whole message; errc::again when there is none.
errc move_message(socket_handle& from, socket_handle& to, socket_handle* capture, traffic& in, traffic& out) {
    message part;
    bool more = true;
    bool first = true;
    while (more) {
        if (const auto error = from.object->receive(part, first); error != errc::ok) return error;
        first = false;
        more = part.more();
        const auto size = part.size();
        in.octets += size;
        out.octets += size;
        if (capture) {
            auto copy = part.share();
            if (const auto error = capture->object->send(copy, false); error != errc::ok) return error;
        }
        if (const auto error = to.object->send(part, false); error != errc::ok) return error;
    }
    ++in.messages;
    ++out.messages;
    return errc::ok;
}

errc move_burst(socket_handle& from, socket_handle& to, socket_handle* capture, traffic& in, traffic& out) {
    for (int i = 0; i < burst_max; ++i) {
        const auto error = move_message(from, to, capture, in, out);
        if (error == errc::again) return errc::ok;
        if (error != errc::ok) return error;
    }
    return errc::ok;
}

enum class state { active, paused, ended };

struct statistics {
    traffic front_in, front_out, back_in, back_out;
};

errc answer(socket_handle& control, const statistics& seen) {
    const std::uint64_t values[8] = {seen.front_in.messages, seen.front_in.octets,  seen.front_out.messages,
                                     seen.front_out.octets,  seen.back_in.messages, seen.back_in.octets,
                                     seen.back_out.messages, seen.back_out.octets};
    for (int i = 0; i < 8; ++i) {
        message part(zmtp::bytes(reinterpret_cast<const std::byte*>(&values[i]), sizeof values[i]));
        part.set_more(i < 7);
        if (const auto error = control.object->send(part, false); error != errc::ok) return error;
    }
    return errc::ok;
}

errc obey(socket_handle& control, state& now, const statistics& seen) {
    message command;
    if (const auto error = control.object->receive(command, true); error != errc::ok)
        return error == errc::again ? errc::ok : error;
    const auto text = command.text();
    if (text == "STATISTICS") return answer(control, seen);
    if (text == "PAUSE")
        now = state::paused;
    else if (text == "RESUME")
        now = state::active;
    else if (text == "TERMINATE")
        now = state::ended;
    else
        return errc::invalid_argument;
    // A REP must answer before it hears again.
    if (control.object->type() != socket_type::rep) return errc::ok;
    message empty;
    return control.object->send(empty, false);
}

int run(socket_handle& front, socket_handle& back, socket_handle* capture, socket_handle* control) {
    statistics seen;
    state now = state::active;
    const bool same = &front == &back;
    while (now != state::ended) {
        const short wanted = now == state::active ? ZMQ_POLLIN : 0;
        zmq_pollitem_t items[3] = {
            {&front, 0, wanted, 0}, {&back, 0, wanted, 0}, {control, 0, ZMQ_POLLIN, 0}};
        if (zmq_poll(items, control ? 3 : 2, -1) < 0) return -1;
        errc error = errc::ok;
        if (control && items[2].revents) error = obey(*control, now, seen);
        if (error == errc::ok && now == state::active && items[0].revents)
            error = move_burst(front, back, capture, seen.front_in, seen.back_out);
        if (error == errc::ok && now == state::active && items[1].revents && !same)
            error = move_burst(back, front, capture, seen.back_in, seen.front_out);
        if (error != errc::ok) return result(error);
    }
    return 0;
}

}  // namespace

extern "C" {

int zmq_proxy_steerable(void* frontend, void* backend, void* capture, void* control) {
    if (!frontend || !backend) return fail(EFAULT);
    auto* front = socket_of(frontend);
    auto* back = socket_of(backend);
    auto* copy = capture ? socket_of(capture) : nullptr;
    auto* steer = control ? socket_of(control) : nullptr;
    if (!front || !back || (capture && !copy) || (control && !steer)) return -1;
    return run(*front, *back, copy, steer);
}

int zmq_proxy(void* frontend, void* backend, void* capture) {
    return zmq_proxy_steerable(frontend, backend, capture, nullptr);
}

int zmq_device(int, void* frontend, void* backend) { return zmq_proxy(frontend, backend, nullptr); }

}  // extern "C"
