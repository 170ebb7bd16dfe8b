#pragma once

#include "zither/zmtp/message.hpp"

#include <cstddef>

namespace zither::zmtp {

/// One part as a frame in plain form, in a block that whoever wants to keep the frame keeps.
struct shared_frame {
    buffer* block = nullptr;  ///< the log's reference; who keeps the frame takes its own
    std::byte* begin = nullptr;
    std::byte* body = nullptr;
    std::byte* end = nullptr;
    const std::byte* before = nullptr;  ///< the end of the frame before it, in this block or another
    bool more = false;

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }
};

/// Frames that go to many: written once, one behind the other. Nothing in a block ever changes, so those who
/// keep frames may be on other threads. Not thread-safe itself.
class frame_log {
public:
    frame_log() = default;
    frame_log(const frame_log&) = delete;
    frame_log& operator=(const frame_log&) = delete;
    ~frame_log();

    /// Copies a body of at most `message::copied_max` octets into a frame, which stays as it is until the
    /// next call. Null when memory is short.
    [[nodiscard]] const shared_frame* append(const message& part) noexcept;

private:
    static constexpr std::size_t block_size = 64 * 1024;
    std::byte* limit_ = nullptr;  // the block's end
    shared_frame last_;
};

}  // namespace zither::zmtp
