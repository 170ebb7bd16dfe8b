#pragma once

#include "zither/transport/stream_seal.hpp"

#include <memory>
#include <vector>

namespace zither::transport {

/// The seal of one connection, and how far what it sealed is written. Octets count as written when the whole
/// record they are in is: a lost connection begins again with the first message the peer cannot have. Owned
/// by the connection; all but `seal().open` is called under the engine's mutex.
class sealed_stream {
public:
    explicit sealed_stream(std::unique_ptr<stream_seal> by) : seal_(std::move(by)) {}

    [[nodiscard]] stream_seal& seal() noexcept { return *seal_; }
    [[nodiscard]] bool sealing() const { return seal_->state() == stream_seal::phase::sealing; }
    [[nodiscard]] bool over() const { return seal_->state() == stream_seal::phase::over; }
    /// No record could be made: nothing more will be written.
    [[nodiscard]] bool stuck() const noexcept { return stuck_; }

    /// All that was sealed is in the kernel: time for the next batch.
    [[nodiscard]] bool written() const noexcept { return sent_ == wire_.size(); }
    /// Nothing waits for the wire.
    [[nodiscard]] bool drained() const { return written() && !seal_->has_output(); }
    /// Seals the front of `plain`, one batch of it, behind what the seal has to say for itself. Only when
    /// written.
    void fill(std::span<const iovec> plain);
    [[nodiscard]] zmtp::bytes to_write() const noexcept { return zmtp::bytes(wire_).subspan(sent_); }
    /// So many of those are in the kernel; gives how many plain octets that makes.
    std::size_t wrote(std::size_t octets) noexcept;
    /// What to say last, if it can still be said.
    [[nodiscard]] zmtp::bytes farewell();

private:
    struct record {
        std::size_t end;  // in wire_
        std::size_t plain;
    };

    const std::unique_ptr<stream_seal> seal_;
    std::vector<std::byte> wire_;
    std::size_t sent_ = 0;
    std::vector<record> records_;  // of wire_, not wholly written, from next_record_ on
    std::size_t next_record_ = 0;
    bool stuck_ = false;
};

}  // namespace zither::transport
