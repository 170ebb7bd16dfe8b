#include "zither/sockets/proxy_loop.hpp"

#include "zither/sockets/poll.hpp"

namespace zither::sockets {

namespace {

// Messages moved in one direction before the other gets its turn.
constexpr int burst_max = 1000;

struct traffic {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

/// Moves one whole message; errc::again when there is none.
errc move_message(socket_object& from, socket_object& to, socket_object* capture, traffic& in, traffic& out) {
    message part;
    bool more = true;
    bool first = true;
    while (more) {
        if (const auto error = from.receive(part, first); error != errc::ok) return error;
        first = false;
        more = part.more();
        const auto size = part.size();
        in.octets += size;
        out.octets += size;
        if (capture) {
            auto copy = part.share();
            if (const auto error = capture->send(copy, false); error != errc::ok) return error;
        }
        if (const auto error = to.send(part, false); error != errc::ok) return error;
    }
    ++in.messages;
    ++out.messages;
    return errc::ok;
}

/// `full` when the burst ended for want of room.
errc move_burst(socket_object& from, socket_object& to, socket_object* capture, traffic& in, traffic& out,
                bool& full) {
    for (int i = 0; i < burst_max; ++i) {
        // One socket may be both sides, and an REP has no room before it has heard.
        full = &from != &to && !to.has_room();
        if (full) return errc::ok;
        const auto error = move_message(from, to, capture, in, out);
        if (error == errc::again) return errc::ok;
        if (error != errc::ok) return error;
    }
    return errc::ok;
}

short wanted(bool input, bool output) {
    return static_cast<short>((input ? poll_event::input : 0) | (output ? poll_event::output : 0));
}

enum class state { active, paused, ended };

struct statistics {
    traffic front_in, front_out, back_in, back_out;
};

errc answer(socket_object& control, const statistics& seen) {
    const std::uint64_t values[8] = {seen.front_in.messages, seen.front_in.octets,  seen.front_out.messages,
                                     seen.front_out.octets,  seen.back_in.messages, seen.back_in.octets,
                                     seen.back_out.messages, seen.back_out.octets};
    for (int i = 0; i < 8; ++i) {
        message part(zmtp::bytes(reinterpret_cast<const std::byte*>(&values[i]), sizeof values[i]));
        part.set_more(i < 7);
        if (const auto error = control.send(part, false); error != errc::ok) return error;
    }
    return errc::ok;
}

errc obey(socket_object& control, state& now, const statistics& seen) {
    message command;
    if (const auto error = control.receive(command, true); error != errc::ok)
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
    if (control.type() != socket_type::rep) return errc::ok;
    message empty;
    return control.send(empty, false);
}

}  // namespace

errc run_proxy(const std::shared_ptr<socket_object>& front, const std::shared_ptr<socket_object>& back,
               socket_object* capture, const std::shared_ptr<socket_object>& control) {
    statistics seen;
    state now = state::active;
    std::vector<poll_item> items{{front}, {back}};
    if (control) items.push_back({control, -1, poll_event::input});
    bool front_full = false;
    bool back_full = false;
    while (now != state::ended) {
        // A side is read while the other has room; else the other's room is what there is to wait for.
        const bool active = now == state::active;
        items[0].wanted = active ? wanted(!back_full, front_full) : short{0};
        items[1].wanted = active ? wanted(!front_full, back_full) : short{0};
        int count = 0;
        auto error = poll(items, std::nullopt, count);
        if (error == errc::ok && control && items[2].ready) error = obey(*control, now, seen);
        if (items[0].ready & poll_event::output) front_full = false;
        if (items[1].ready & poll_event::output) back_full = false;
        if (error == errc::ok && now == state::active && items[0].ready & poll_event::input)
            error = move_burst(*front, *back, capture, seen.front_in, seen.back_out, back_full);
        if (error == errc::ok && now == state::active && items[1].ready & poll_event::input && front != back)
            error = move_burst(*back, *front, capture, seen.back_in, seen.front_out, front_full);
        if (error != errc::ok) return error;
    }
    return errc::ok;
}

}  // namespace zither::sockets
