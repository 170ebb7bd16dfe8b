#pragma once

#include "zither/sockets/accept_gate.hpp"
#include "zither/sockets/context_object.hpp"
#include "zither/sockets/operation.hpp"
#include "zither/sockets/options.hpp"
#include "zither/sockets/peer.hpp"
#include "zither/transport/connector.hpp"
#include "zither/transport/listener.hpp"
#include "zither/transport/sealed_stream.hpp"
#include "zither/transport/spin_habit.hpp"
#include "zither/transport/tls.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zither::sockets {

class zap_client;

/// A socket: a pattern, its peers and its endpoints, over one engine. The object behind every handle.
/// Thread-safe: every public call takes the engine's mutex, which guards all members below it.
class socket_object final : public std::enable_shared_from_this<socket_object>,
                            private transport::engine_owner {
public:
    using lock = transport::engine::lock;

    static std::shared_ptr<socket_object> make(const std::shared_ptr<context_object>& in, socket_type type,
                                               const std::shared_ptr<transport::reactor>& by);
    ~socket_object();

    errc send(zmtp::message& part, bool dont_wait);
    /// Makes a part of the caller's body for `send`: not copied into a message first where a pipe copies it,
    /// or the kernel takes it at once. False when memory is short.
    [[nodiscard]] bool lend(zmtp::message& part, zmtp::bytes body) const noexcept {
        const bool shared = body.size() > zmtp::message::copied_max && fans_out();
        if (shared || body.empty()) return zmtp::message::create(part, body);
        zmtp::message::borrow(part, body.data(), body.size());
        return true;
    }
    errc receive(zmtp::message& part, bool dont_wait);
    /// The same with a time-out of this call's own; below zero is for ever.
    errc send_within(zmtp::message& part, std::chrono::milliseconds timeout);
    errc receive_within(zmtp::message& part, std::chrono::milliseconds timeout);
    /// Messages that were sent and wait: here, or for a peer in the same context to read them.
    [[nodiscard]] std::size_t unread_by_peers();

    /// Operations complete in the order of their start, each by posting.
    void start_send(std::unique_ptr<operation> one) { start(sending_, std::move(one)); }
    void start_receive(std::unique_ptr<operation> one) { start(receiving_, std::move(one)); }
    /// Ends one waiting operation, or all, with `cancelled`. No harm when it is complete already.
    void cancel(std::uint64_t operation_number);
    void cancel_all();
    [[nodiscard]] asio::io_context& loop() noexcept { return engine_.by()->context(); }

    errc bind(std::string_view where);
    errc connect(std::string_view where);
    /// Connects a PEER and gives the number of the new peer. `not_supported` for other types, `bad_address`
    /// with IMMEDIATE, where there is no peer before its connection.
    errc connect_peer(std::string_view where, std::uint32_t& number);
    errc unbind(std::string_view where);
    errc disconnect(std::string_view where);
    /// Ends the peer that a SERVER or PEER knows by this number, and the connect that made it.
    errc disconnect_peer(std::uint32_t number);

    /// JOIN and LEAVE of a DISH.
    errc join(std::string_view group, bool wanted);
    /// ZMQ_POLLOUT 2 when the ROUTER's peer of that routing id has room.
    errc peer_state(zmtp::bytes routing_id, int& state);

    errc set(int option, const void* value, std::size_t size);
    errc get(int option, void* value, std::size_t& size);
    errc serve_curve(std::shared_ptr<const zmtp::curve_keyring> by);
    errc allow_curve_clients(std::shared_ptr<const zmtp::curve_allow_list> listed);

    /// ZMQ_POLLIN 1 and ZMQ_POLLOUT 2 as they are now, after one pass; without, if the set has nothing
    /// anyway.
    errc events(int& out, bool with_pass = true);
    /// For who waits for this socket alone: stays awake for a moment, if an answer to what was sent is due.
    void await_answer(std::optional<transport::time_point> deadline);
    /// Would a first part find room, without a pass?
    [[nodiscard]] bool has_room();
    /// ZMQ_FD.
    int descriptor();

    /// Ends the socket: what is queued is sent for up to LINGER, in the background.
    void close();
    /// True in a child of a fork, where only close may be called.
    [[nodiscard]] bool left_behind() const noexcept { return born_.left(); }
    /// Cuts lingering short: what is still queued is lost. No effect on an open socket.
    void end_now();
    /// Waiting calls end with `terminated`.
    void stop();
    [[nodiscard]] socket_type type() const noexcept { return type_; }
    /// One message goes to many peers.
    [[nodiscard]] bool fans_out() const noexcept {
        return type_ == socket_type::pub || type_ == socket_type::xpub || type_ == socket_type::xsub ||
               type_ == socket_type::radio;
    }

    // For pollers: a sleeper stands in the list while it waits.

    void add_sleeper(transport::sleeper& one);
    void remove_sleeper(transport::sleeper& one);
    /// What to poll for it now; with a sleeper, nothing unless that is who watches.
    [[nodiscard]] pollfd to_poll(const transport::sleeper* one = nullptr);

    /// Tells what happens to connections through a socket of `type` (PAIR, PUSH or PUB) bound to an inproc
    /// name, in libzmq's form of that version (1 or 2); null ends it.
    errc monitor(const char* where, std::uint64_t events, int version = 1,
                 socket_type type = socket_type::pair);
    /// Tells the monitor how many messages wait in each pipe.
    errc monitor_pipes();

    // For the socket's own peers, under the mutex.

    transport::engine& engine() noexcept { return engine_; }
    pattern::pattern& pattern_of() noexcept { return *pattern_; }
    [[nodiscard]] const pattern::settings& pattern_settings() const noexcept { return options_.pattern; }
    bool pipe_connected(network_pipe& which);
    void pipe_lost(network_pipe& which);
    /// The pipe goes: its connection, if that ended before, counts no longer.
    void read_out(network_pipe& which) noexcept { gate_.read_out(std::exchange(which.gate_place, 0)); }
    /// How often the application sent or received, or tried.
    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
    /// It is closing, or gone, or gone and read out: it may be over.
    void note_leaving(peer& which) noexcept {
        settling_ = true;
        if (!std::exchange(which.noted, true)) leaving_.push_back(&which);
    }
    void post_notice(inproc_notice notice) {
        notices_.push_back(std::move(notice));
        news_ = true;
    }
    /// Said like a notice, and behind all of them. Cannot fail.
    void say_farewell(std::shared_ptr<inproc_link> link, int to) noexcept {
        farewells_.add(std::move(link), to);
        news_ = true;
    }
    /// Into the other end's inbox. The one who hears it left a note in the pipe, and had an inbox before.
    void leave_word(inproc_notice notice);
    /// A pipe without a message: true when the next call looks at it itself, or this one before it waits.
    [[nodiscard]] bool may_watch(inproc_pipe& empty) noexcept {
        if (watched_ || engine_.anybody_sleeps() || engine_.descriptor_is_out()) return false;
        watched_ = &empty;
        return true;
    }
    void unwatch(const inproc_pipe& leaving) noexcept {
        if (watched_ == &leaving) watched_ = nullptr;
    }

    /// Hears what another socket's end of an inproc pipe has to say. Takes the mutex.
    void hear(const inproc_notice& notice);

private:
    friend class context_object;

    // What `bind`, `set` and `get` do; those explain its errors to whoever listens (log.hpp).
    errc bind_to(std::string_view where);
    errc set_value(int option, const void* value, std::size_t size);
    errc get_value(int option, void* value, std::size_t& size);

    /// One call of bind or connect.
    struct attachment {
        std::uint64_t number = 0;
        std::string text;   // as resolved; what LAST_ENDPOINT says and unbind takes
        std::string given;  // as the caller wrote it
        transport::endpoint where;
        std::shared_ptr<transport::listener> listening;
        std::shared_ptr<transport::connector> connecting;
        peer* pipe = nullptr;  // of a connect, or of udp
        std::shared_ptr<const transport::tls_context> tls;
        bool bound = false;
        bool leaving = false;  // disconnected; the pipe still has messages for the peer
        options at_start;      // as they were then
        /// Bound to whatever was free: only `text` says what.
        [[nodiscard]] bool wildcard() const noexcept {
            const std::string_view at = where.address;
            return bound && (at == "*" || at.ends_with(":*") || at.ends_with(":0"));
        }
    };
    /// The ends of a connection as a monitor names them. One of them is what bind or connect was given.
    struct both_ends {
        std::string local;
        std::string remote;
        bool given_local = true;
    };
    struct event {
        int number;
        std::vector<std::uint64_t> values;
        both_ends at;
    };

    socket_object(const std::shared_ptr<context_object>& in, socket_type type,
                  const std::shared_ptr<transport::reactor>& by);

    transport::pipe_end* accepted(transport::connection& by) override;
    void ended(transport::connection& which) override;
    void handshake_succeeded(transport::connection& which) override;
    void asks(transport::connection& which) override;
    bool has_unread() override { return pattern_->can_receive(); }
    void drove(lock& held) override;

    /// Operations that wait for the same thing, first come, first served.
    struct operation_queue {
        std::deque<std::unique_ptr<operation>> waiting;
        transport::sleeper sleeper;  // stands in the engine's list while anything waits
        bool listed = false;
        bool posted = false;  // a turn is on its way
        transport::handler_memory turn_memory;
    };
    struct completion {
        std::unique_ptr<operation> one;
        errc result;
    };

    void start(operation_queue& in, std::unique_ptr<operation> one);
    void advance(operation_queue& in);
    void post_turn(operation_queue& in);
    void enlist(operation_queue& in);
    static void complete(std::vector<completion>& done);
    void abandon(lock& held, errc why);

    // In one piece with what calls them: most calls get no further.
    [[gnu::always_inline]] errc send_once(lock& held, zmtp::message& part, int timeout_ms);
    [[gnu::always_inline]] errc receive_once(lock& held, zmtp::message& part, int timeout_ms);
    errc check() const noexcept;
    errc attempt(bool input, zmtp::message& part) {
        return input ? pattern_->receive(part) : pattern_->send(part);
    }
    [[gnu::always_inline]] errc attempt_once(lock& held, bool input, zmtp::message& part);
    errc attempt_until(lock& held, bool input, zmtp::message& part, int timeout_ms);
    errc sleep_until(lock& held, transport::sleeper& me, bool input, zmtp::message& part,
                     std::optional<transport::time_point> deadline);
    /// True when it is worth to stay awake for what a peer says to that which was sent last.
    bool worth_spinning() noexcept;
    /// Stays awake until it `came`, at most until `deadline` or for `time`.
    template <class Came>
    transport::spin_habit::outcome spin(lock& held, std::chrono::microseconds time,
                                        std::optional<transport::time_point> deadline, Came&& came);
    /// The same for a pipe within the context, whose next message needs no look at the network.
    void watch_pipe(lock& held);
    /// What every call does before it lets go of the mutex, or waits.
    void finish(lock& held) {
        if (engine_.has_fresh() || settling_ || news_) finish_now(held);
    }
    /// The same where nobody could be told that memory ran out: then it is done a moment later.
    void finish_surely(lock& held);
    /// A step of what must come to its end: it is left out if memory is too short for it.
    template <class Step>
    static void step(lock& held, Step&& work) {
        transport::within_memory(work);
        if (!held.owns_lock()) held.lock();
    }
    void note_event(event one) {
        events_.push_back(std::move(one));
        news_ = true;
    }
    void finish_now(lock& held);
    void settle(lock& held);
    void deliver(lock& held);
    void add_peer(std::unique_ptr<peer> added);
    void remove_peer(lock& held, std::size_t place);

    std::shared_ptr<transport::reactor> endpoint_reactor();
    errc make_tls(const transport::endpoint& where, transport::tls_role role,
                  std::shared_ptr<const transport::tls_context>& out) const;
    static bool seal_with(const attachment& of, std::unique_ptr<transport::sealed_stream>& out);
    [[nodiscard]] static int handshake_errno(const transport::connection& of);
    errc bind_network(lock& held, const transport::endpoint& where, std::string_view given);
    [[nodiscard]] bool connects_already(std::string_view where) const;
    errc connect_numbered(std::string_view where, std::uint32_t* number);
    errc connect_network(lock& held, const transport::endpoint& where, std::string_view given,
                         std::uint32_t* number);
    errc connect_inproc(lock& held, const std::string& name, std::string_view given, std::uint32_t* number);
    [[nodiscard]] errc carried_by(const transport::endpoint& where) const noexcept;
    errc attach_udp(lock& held, const transport::endpoint& where, std::string_view given, bool bound);
    void add_udp_pipe(lock& held, attachment& to, std::unique_ptr<transport::udp_link> link);
    errc end_attachment(std::string_view where, bool bound);
    void leave(lock& held, attachment ending);
    void close_peers(std::uint64_t origin);
    void expire(std::uint64_t origin);
    void on_accept(std::uint64_t number, transport::owned_descriptor made, const transport::address& from);
    void on_connect(std::uint64_t number, transport::owned_descriptor made, const transport::address& to);
    attachment* find(std::uint64_t number);
    bool reconnects(std::uint64_t origin);
    attachment& add_attachment(const transport::endpoint& where, std::string_view given, bool bound);
    /// A bind or connect, with the rest of what it takes; when that throws, nothing of it stays.
    template <class Rest>
    void attach(const transport::endpoint& where, std::string_view given, bool bound, Rest&& rest) {
        const auto number = next_number_;
        try {
            auto& added = add_attachment(where, given, bound);
            rest(added);
            last_endpoint_ = added.text;
        } catch (...) {
            withdraw(number);
            throw;
        }
    }
    void withdraw(std::uint64_t number) noexcept;
    void attach_bound(lock& held, const transport::endpoint& where, std::string_view given);
    void listen_for(attachment& added);
    void start_connecting(attachment& added, const std::shared_ptr<transport::reactor>& by);
    void leave_gate(transport::connection& which) noexcept;
    network_pipe& add_network_pipe(const options& with, bool connecting, std::uint64_t origin);
    inproc_pipe& add_inproc_pipe(const std::shared_ptr<inproc_link>& link, int end, bool connecting);
    void say_hello(inproc_pipe& to);
    zmtp::session_settings session_settings(const options& with, int descriptor,
                                            const transport::address& peer) const;
    void ask_handler(std::uint64_t number, const zmtp::zap_request& request);
    void hear_handler(std::uint64_t number, zmtp::zap_reply reply);
    void end_asking();
    [[nodiscard]] bool tells(int number) const noexcept {
        return monitor_ && (monitor_events_ & static_cast<std::uint64_t>(number));
    }
    void tell(int number, std::uint32_t value, const std::string& endpoint, bool local = true);
    void tell_of(int number, std::uint32_t value, transport::connection& of);
    [[nodiscard]] both_ends ends_of(transport::connection& of) const;
    [[nodiscard]] both_ends ends_of(peer& of);
    static void tell_monitor(socket_object& monitor, int version, const event& one);
    void offer(std::vector<zmtp::message> parts);
    void note_complaint(const transport::connection& of);
    void stop_monitor(lock& held);
    void attach_inproc(lock& held, const std::shared_ptr<inproc_link>& link);
    /// Hears what is in the inbox, and looks at the watched pipe; true when a pipe changed.
    bool catch_up(transport::wake_up* later = nullptr) {
        return inbox_ && (watched_ || inbox_->any()) && catch_up_now(later);
    }
    bool catch_up_now(transport::wake_up* later);
    /// Whenever a sleeper came or went. True as `catch_up`.
    bool mind_inbox();
    void begin_linger(lock& held);
    bool finished() const;
    void end_if_sent(lock& held);
    void finish_close(lock& held);

    std::shared_ptr<context_object> context_;  // let go of when the socket has ended
    const socket_type type_;
    transport::engine engine_;

    // Guarded by the engine's mutex.
    options options_;
    std::vector<std::unique_ptr<peer>> peers_;
    // Of them, who is to be looked at: not those that left messages unread, who may be many. Each once at
    // most, and with room for all.
    std::vector<peer*> leaving_;
    std::vector<attachment> attachments_;
    accept_gate gate_;
    std::vector<inproc_notice> notices_;
    farewells farewells_;
    std::vector<inproc_notice> heard_;  // out of the inbox; empty between calls
    // Found empty, without a note for its writer: looked at by the next call, and before anybody sleeps.
    inproc_pipe* watched_ = nullptr;
    std::vector<event> events_;
    std::vector<std::string> complaints_;
    std::shared_ptr<asio::steady_timer> linger_timer_;
    transport::handler_memory end_memory_;
    operation_queue receiving_;
    operation_queue sending_;
    std::shared_ptr<zap_client> zap_;
    std::shared_ptr<socket_object> monitor_;
    std::uint64_t monitor_events_ = 0;
    int monitor_version_ = 1;
    std::string last_endpoint_;
    std::uint64_t next_number_ = 1;

    // What every call looks at stands together: of many sockets in turn none is in the cache.
    const transport::birthplace born_;
    std::unique_ptr<pattern::pattern> pattern_;
    std::shared_ptr<inproc_inbox> inbox_;  // from the first inproc pipe on
    std::uint64_t calls_ = 0;
    unsigned vain_looks_ = 0;  // sleeps since a look before one of them found something
    transport::spin_habit spins_;
    transport::spin_habit handshakes_;
    bool answer_due_ = false;  // something was sent since something was received
    bool receiving_more_ = false;
    bool sending_more_ = false;
    bool settling_ = false;
    bool news_ = false;       // notices, events or complaints, for others to hear once the mutex is free
    bool closed_ = false;     // calls fail
    bool lingering_ = false;  // close() is through; the end may come at any time
    bool ended_ = false;
    bool stopped_ = false;
};

}  // namespace zither::sockets
