#pragma once

#include "zither/zmtp/close_reason.hpp"
#include "zither/zmtp/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sys/uio.h>

namespace zither::transport {

/// What turns a conversation's octets into others for the wire, and back: TLS. It does no I/O and reads no
/// clock. One thread may `open` while another calls the rest.
///
///   shaking --both sides agree--> sealing --the peer says goodbye, or anything wrong--> over
///      '------------------------- anything wrong ---------------------------------------^
class stream_seal {
public:
    enum class phase : std::uint8_t { shaking, sealing, over };

    /// Octets of one record at most.
    static constexpr std::size_t record_max = 16 * 1024;
    /// `open` may give so many octets more than it is given: a record may have come in two pieces.
    static constexpr std::size_t held_max = record_max;
    /// An idle connection keeps no buffer larger than this.
    static constexpr std::size_t idle_max = 4 * 1024;

    stream_seal() = default;
    stream_seal(const stream_seal&) = delete;
    stream_seal& operator=(const stream_seal&) = delete;
    virtual ~stream_seal() = default;

    [[nodiscard]] virtual phase state() const = 0;
    /// Why it is over.
    [[nodiscard]] virtual zmtp::close_reason reason() const = 0;
    /// Who the peer was proved to be; empty: nobody in particular. Known when sealing.
    [[nodiscard]] virtual std::string peer_name() const = 0;

    /// Takes all of `wire` and fills `into` from its first octet on with what was inside; gives how many.
    /// There must be room for `held_max` more octets than `wire` has.
    [[nodiscard]] virtual std::size_t open(zmtp::bytes wire, std::span<const iovec> into) = 0;

    /// Makes one record of at most `record_max` octets; false when that cannot be, and never will. Only when
    /// sealing.
    [[nodiscard]] virtual bool seal(zmtp::bytes plain) = 0;
    /// Makes the last record.
    virtual void end() = 0;

    /// Octets wait for the wire: of a handshake, of records, or to say what was wrong.
    [[nodiscard]] virtual bool has_output() const = 0;
    /// Appends them to `wire`.
    virtual void take_output(std::vector<std::byte>& wire) = 0;
};

}  // namespace zither::transport
