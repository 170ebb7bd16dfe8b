#pragma once

#include "zither/transport/chunk_pool.hpp"
#include "zither/transport/pipe_end.hpp"
#include "zither/transport/sealed_stream.hpp"
#include "zither/zmtp/session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>
#include <sys/uio.h>

namespace zither::transport {

/// One connected descriptor and its conversation, owned by an engine. Two flags guard its halves: whoever
/// sets `reading` (or `writing`) under the engine's mutex may use the read half (write half) without it,
/// until it clears the flag under the mutex again. The descriptor is closed when both are clear.
class connection {
public:
    connection(int descriptor, zmtp::session_settings settings, zmtp::time_point now);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    const int descriptor;
    const bool raw;
    /// TLS's; null: octets go in the clear. Set before the first is read or written.
    std::unique_ptr<sealed_stream> sealed;
    std::uint64_t number = 0;  // the engine's; not used again
    zmtp::session session;     // engine's mutex; `scan` by the holder of reading
    pipe_end* pipe = nullptr;  // engine's mutex; set at the latest when traffic begins
    std::string endpoint;      // what a monitor calls it
    std::string local;         // its ends, for a monitor of both; empty until asked for
    std::string remote;
    bool accepted = false;                         // by a listener, not made by a connector
    std::uint64_t origin = 0;                      // the listener's or connector's number
    std::chrono::microseconds patience{0};         // how long who waits for its next step stays awake
    std::uint64_t neighbourhood = 0;               // for the owner to count by; 0: not counted
    bool shaking = false;                          // counted among unfinished handshakes
    const zmtp::properties* properties = nullptr;  // what the peer said of itself; one reference

    // Guarded by the engine's mutex.
    std::size_t place = 0;  // in the engine's list
    bool reading = false;
    bool writing = false;
    bool read_again = false;
    bool write_again = false;
    bool read_stopped = false;  // the lane is over its mark, or ZAP's handler is asked
    bool held_back = false;     // the lane was when it came to traffic: what it said since waits in the chunk
    bool blocked = false;       // the kernel's buffer was full
    bool write_broken = false;  // the peer takes no more; what it sent is still read
    bool fresh = false;         // in the engine's list of those with something new
    bool tail = false;          // octets wait for a flush
    bool answers = false;       // ... and are answers: at the latest until all is read
    bool dead = false;
    bool in_set = false;
    bool in_traffic = false;                // it came to it
    zmtp::time_point tail_since;            // with `tail`
    std::uint32_t interest = 0;             // the events the set watches for
    std::size_t read_octets_max = 0;        // of one read; 0: as much as a chunk takes
    std::size_t write_octets_max = 0;       // of one write; 0: any
    std::size_t batch_octets = batch_size;  // a batch goes out at this many at the latest
    std::uint64_t unfinished_octets = 0;    // received of a message without its last part
    zmtp::close_reason reason;
    std::unique_ptr<zmtp::zap_reply> answer;  // of ZAP's handler, while somebody reads

    /// Sets the limits of one read and one write; 0 leaves them.
    void batches(int read_octets, int write_octets) noexcept;

    // The read half.

    /// One non-blocking read of at most one chunk; octets, 0 at the end of the stream, -1 with errno.
    ssize_t read_some(bool small);
    [[nodiscard]] std::span<std::byte> unread() const noexcept { return {begin_, end_}; }
    [[nodiscard]] zmtp::buffer* chunk() const noexcept { return chunk_; }
    void skip(std::size_t octets) noexcept { begin_ += octets; }
    /// Begins to read the rest of a large frame straight into its own buffer; false when memory is short.
    [[nodiscard]] bool begin_large(const zmtp::frame_header& header);
    /// The large body when it is complete (the caller takes the reference), else null.
    [[nodiscard]] zmtp::buffer* finish_large() noexcept;
    /// Of that body's frame.
    [[nodiscard]] std::uint8_t large_flags() const noexcept { return large_flags_; }
    [[nodiscard]] bool in_large() const noexcept { return large_ != nullptr; }
    /// Lets go of the chunk when nothing in it is needed: an idle connection holds no buffer.
    void release_idle_chunk() noexcept;

    // The write half.

    /// Fills `list` with what to write next: replies at a message boundary, then the lane. Under the mutex.
    std::size_t collect(iovec* list, std::size_t capacity);
    /// `octets` of it are in the kernel. Under the mutex.
    void wrote(std::size_t octets);
    /// The pipe goes; what is being written from it stays until the connection is gone too. Under the mutex.
    void part_from_pipe();
    /// The next flush, if there is one, goes straight to the kernel, and is the caller's own. Under the
    /// mutex.
    [[nodiscard]] bool writes_through() const noexcept {
        return session.plain() && !sealed && !writing && !dead && !write_broken;
    }
    /// What was appended goes out with a batch that is not full yet: nothing is to be done for it. Under the
    /// mutex.
    [[nodiscard]] bool tail_waits() const noexcept {
        return (tail || blocked) && !(answers && read_out()) && fresh_octets() < batch_octets;
    }
    /// The session, or what seals it, has something to say that waits for no message.
    [[nodiscard]] bool has_reply() const { return session.has_output() || seal_has_output(); }
    /// A handshake's reply, which is waited for. Subscriptions and PONGs are gathered as messages are.
    [[nodiscard]] bool in_haste() const {
        const bool handshakes = session.has_output() && session.state() != zmtp::session::phase::traffic;
        return handshakes || seal_has_output();
    }
    /// What was appended or said since the last write.
    [[nodiscard]] std::size_t fresh_octets() const noexcept {
        return session.output_octets() + (pipe ? pipe->out.fresh_octets() : 0);
    }
    /// True when nothing waits to be written.
    [[nodiscard]] bool drained() noexcept;
    /// True when nothing of what it brought waits to be read.
    [[nodiscard]] bool read_out() const noexcept { return !pipe || pipe->in.empty(); }
    /// Messages that left the lane, sealed, and are not in the kernel.
    [[nodiscard]] bool holds_messages() const noexcept {
        return carries_messages_ && control_sent_ < control_.size() && !write_broken;
    }

private:
    [[nodiscard]] bool seal_has_output() const { return sealed && !sealed->drained(); }
    bool prepare_chunk(std::size_t room_min);
    ssize_t read_sealed(bool small);
    void seal_batch();
    std::size_t collect_own(iovec* list, std::size_t capacity);
    void wrote_own(std::size_t octets);

    zmtp::buffer* chunk_ = nullptr;
    std::byte* begin_ = nullptr;  // of the octets not yet scanned
    std::byte* end_ = nullptr;
    zmtp::buffer* large_ = nullptr;
    std::size_t large_filled_ = 0;
    std::uint8_t large_flags_ = 0;

    std::vector<zmtp::buffer*> left_;  // of a pipe that went while its lane was being written
    std::vector<std::byte> control_;   // replies, then (for peers of another form) sealed frames
    std::size_t control_sent_ = 0;
    bool carries_messages_ = false;  // control_
    bool handshake_wiped_ = false;   // of control_
};

}  // namespace zither::transport
