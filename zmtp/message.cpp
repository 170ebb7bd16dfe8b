#include "zither/zmtp/message.hpp"

#include <cassert>
#include <cstdlib>
#include <new>

namespace zither::zmtp {

buffer* buffer::allocate(std::size_t capacity) noexcept {
    if (capacity > SIZE_MAX - sizeof(buffer)) return nullptr;
    void* block = std::malloc(sizeof(buffer) + capacity);
    if (!block) return nullptr;
    return new (block) buffer(static_cast<std::byte*>(block) + sizeof(buffer), capacity);
}

buffer* buffer::adopt(void* data, std::size_t size, free_function* release, void* hint) noexcept {
    void* block = std::malloc(sizeof(buffer));
    if (!block) return nullptr;
    auto* made = new (block) buffer(static_cast<std::byte*>(data), size);
    made->free_ = release;
    made->hint_ = hint;
    return made;
}

void buffer::dispose() noexcept {
    if (recycle_)
        recycle_(this);
    else
        destroy(this);
}

void buffer::destroy(buffer* block) noexcept {
    if (block->free_) block->free_(block->data_, block->hint_);
    block->~buffer();
    std::free(block);
}

message::message(std::size_t size) {
    reset();
    if (!create(*this, size)) throw std::bad_alloc();
}

message::message(bytes body) : message(body.size()) {
    if (!body.empty()) std::memcpy(data(), body.data(), body.size());
}

void message::let_go() noexcept {
    if (kind_ == kind::slice) slice_.owner->release();
    if (peer_) peer_->release();
    if (group_) group_->release();
    peer_ = nullptr;
    group_ = nullptr;
}

bool message::create_large(message& out, std::size_t size) noexcept {
    auto* block = buffer::allocate(size);
    if (!block) return false;
    out = message(block, block->data(), size);
    return true;
}

bool message::adopt(message& out, void* data, std::size_t size, free_function* release, void* hint) noexcept {
    auto* block = buffer::adopt(data, size, release, hint);
    if (!block) return false;
    out = message(block, block->data(), size);
    // Constant data: whoever else has it keeps it.
    if (!release) out.flags_ |= flag_shared;
    return true;
}

bool message::own() noexcept {
    if (!borrowed()) return true;
    const auto [nobody, data, size] = slice_;
    if (size > inline_max) {
        auto* copy = buffer::allocate(size);
        if (!copy) return false;
        kind_ = kind::slice;
        slice_ = {copy, copy->data(), size};
    } else {
        kind_ = kind::inlined;
        inline_size_ = static_cast<std::uint8_t>(size);
    }
    std::memcpy(this->data(), data, size);
    return true;
}

message message::share() noexcept {
    assert(!borrowed());
    if (kind_ == kind::slice) {
        slice_.owner->retain();
        flags_ |= flag_shared;
    }
    if (peer_) peer_->retain();
    if (group_) group_->retain();
    message twin;
    std::memcpy(static_cast<void*>(&twin), static_cast<const void*>(this), sizeof(message));
    return twin;
}

buffer* message::release_owner() noexcept {
    auto* owner = borrowed() ? buffer::adopt(slice_.data, slice_.size, nullptr, nullptr) : slice_.owner;
    if (!owner) return nullptr;
    kind_ = kind::inlined;
    inline_size_ = 0;
    return owner;
}

void message::set_peer(const properties* peer) noexcept { adopt_peer(peer ? peer->retain() : nullptr); }

void message::set_group(const group_name* name) noexcept {
    if (name) name->retain();
    if (group_) group_->release();
    group_ = name;
}

bool message::set_group(std::string_view name) noexcept {
    if (name.size() > group_size_max) return false;
    const auto* made = name.empty() ? nullptr : group_name::create(name);
    if (!made && !name.empty()) return false;
    set_group(made);
    if (made) made->release();
    return true;
}

}  // namespace zither::zmtp
