#include "zither/zmtp/frame_log.hpp"

#include "zither/zmtp/frame.hpp"

#include <cassert>

namespace zither::zmtp {

frame_log::~frame_log() {
    if (last_.block) last_.block->release();
}

const shared_frame* frame_log::append(const message& part) noexcept {
    const auto size = part.size();
    assert(size <= message::copied_max);
    last_.before = last_.end;
    if (static_cast<std::size_t>(limit_ - last_.end) < frame_header_max + size) {
        auto* const next = buffer::allocate(block_size);
        if (!next) return nullptr;
        if (last_.block) last_.block->release();
        last_.block = next;
        last_.end = next->data();
        limit_ = next->data() + next->capacity();
    }
    last_.more = part.more();
    last_.begin = last_.end;
    last_.body = last_.begin + write_header(last_.begin, last_.more ? frame_flag::more : 0, size);
    if (size > 0) std::memcpy(last_.body, part.data(), size);
    last_.end = last_.body + size;
    return &last_;
}

}  // namespace zither::zmtp
