#pragma once

#include "zither/transport/pipe_end.hpp"
#include "zither/transport/stream_options.hpp"
#include "zither/transport/udp_address.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <sys/uio.h>

namespace zither::transport {

/// What a socket asks of a udp descriptor.
struct udp_options {
    stream_options any;
    int multicast_hops = 1;
    bool multicast_loop = true;
};

/// One udp descriptor and the pipe it serves, owned by an engine. There is no conversation: each datagram is
/// a message of two parts. Two flags guard its halves as a connection's do: whoever sets `reading` (or
/// `writing`) under the engine's mutex may use that half without it.
class udp_link {
public:
    /// What the two parts are, and which ways they go.
    enum class kind : std::uint8_t {
        radio,  ///< sends group and body to one address
        dish,   ///< receives group and body
        dgram,  ///< sends and receives a peer's address and body
    };

    /// Looks the address up and makes its descriptor: a radio's for sending there, bound for the others. May
    /// wait for the network; needs no lock.
    static errc open(const std::string& where, kind speaks, const udp_options& options,
                     std::unique_ptr<udp_link>& out);
    udp_link(const udp_link&) = delete;
    udp_link& operator=(const udp_link&) = delete;
    ~udp_link();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// "udp://127.0.0.1:5555": the address with a wildcard's port filled in.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool receives() const noexcept { return kind_ != kind::radio; }

    // Guarded by the engine's mutex.
    pipe_end* pipe = nullptr;
    bool reading = false;
    bool writing = false;
    bool read_stopped = false;  // the lane is over its mark
    bool blocked = false;       // the kernel's buffer was full
    bool fresh = false;         // the lane has something to write since the last flush
    bool dead = false;
    bool in_set = false;
    std::uint32_t interest = 0;  // the events the set watches for
    /// True when a message that left the lane still waits for the kernel.
    [[nodiscard]] bool holds() const noexcept { return !writing && has_next_; }

    // The read half.

    struct two_parts {
        zmtp::message first;
        zmtp::message body;
    };
    /// One non-blocking read, through `scratch`. False when there is no datagram.
    bool receive(zmtp::buffer& scratch);
    /// The message of that datagram; nothing when it was none.
    std::optional<two_parts> take_received() { return std::exchange(received_, {}); }

    // The write half.

    /// Has, or takes from the lane, a message to write. Under the mutex.
    bool next();
    /// Writes it. False when the kernel has no room; else it is gone, or dropped because it cannot go.
    bool write();

private:
    udp_link(int descriptor, kind speaks) noexcept : descriptor_(descriptor), kind_(speaks) {}
    errc prepare(const udp_address& to, const udp_options& options);
    errc bind(const udp_address& to);
    bool unpack(zmtp::bytes datagram, const address& from);
    std::size_t pack(iovec* list, address& to);

    const int descriptor_;
    const kind kind_;
    int family_ = 0;
    address to_;  // a radio's
    std::string text_;

    std::optional<two_parts> received_;
    two_parts next_;
    bool has_next_ = false;
    std::byte group_size_{};  // of the datagram being written
};

}  // namespace zither::transport
