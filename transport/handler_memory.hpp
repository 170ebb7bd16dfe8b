#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

namespace zither::transport {

/// Room for one handler on its way through Asio, set aside with the object that it is of, so that handing it
/// over asks for no memory and cannot fail. A second one at the same time gets memory as any. Thread-safe.
class handler_memory {
public:
    handler_memory() = default;
    handler_memory(const handler_memory&) = delete;
    handler_memory& operator=(const handler_memory&) = delete;

    [[nodiscard]] void* take(std::size_t size) {
        if (size <= sizeof octets_ && !taken_.exchange(true, std::memory_order_acquire)) return octets_;
        return ::operator new(size);
    }
    void give_back(void* block) noexcept {
        if (block == octets_)
            taken_.store(false, std::memory_order_release);
        else
            ::operator delete(block);
    }

private:
    // What a wait with a shared_ptr and two numbers takes on 64 bits, and as much again.
    static constexpr std::size_t room = 384;
    alignas(std::max_align_t) std::byte octets_[room];
    std::atomic<bool> taken_{false};
};

/// As Asio asks for memory.
template <class Value>
struct handler_allocator {
    using value_type = Value;
    explicit handler_allocator(handler_memory& memory) noexcept : from(&memory) {}
    template <class Other>
    handler_allocator(const handler_allocator<Other>& other) noexcept : from(other.from) {}
    [[nodiscard]] Value* allocate(std::size_t count) {
        return static_cast<Value*>(from->take(count * sizeof(Value)));
    }
    void deallocate(Value* block, std::size_t) noexcept { from->give_back(block); }
    template <class Other>
    bool operator==(const handler_allocator<Other>& other) const noexcept {
        return from == other.from;
    }
    handler_memory* from;
};

/// A handler that lies in such a memory; it must keep the memory's owner alive.
template <class Call>
class placed_handler {
public:
    using allocator_type = handler_allocator<std::byte>;
    placed_handler(handler_memory& memory, Call call) : memory_(&memory), call_(std::move(call)) {}
    template <class... Arguments>
    void operator()(Arguments&&... arguments) {
        call_(std::forward<Arguments>(arguments)...);
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }

private:
    handler_memory* memory_;
    Call call_;
};

}  // namespace zither::transport
