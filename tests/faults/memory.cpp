// The program's memory runs out where a test says: what the library asks for by new and by malloc.
#include "memory.hpp"

#include <cstdlib>
#include <new>

namespace zither::faults {

namespace {
// One thread is under test; others of the process never see a shortage.
thread_local bool counting = false;
thread_local std::uint64_t asked = 0;
thread_local std::uint64_t asked_aligned = 0;
thread_local std::uint64_t from = 0;
thread_local std::uint64_t until = 0;
}  // namespace

shortage::shortage(std::uint64_t nth, std::uint64_t times) {
    asked = asked_aligned = 0;
    from = nth;
    until = nth + times;
    counting = true;
}
shortage::~shortage() { counting = false; }
std::uint64_t shortage::asked_for() noexcept { return asked; }
std::uint64_t shortage::asked_for_handlers() noexcept { return asked_aligned; }
bool shortage::refuses() noexcept {
    if (!counting || aside::depth > 0) return false;
    const auto nth = asked++;
    return nth >= from && nth < until;
}

}  // namespace zither::faults

using namespace zither::faults;

extern "C" void* __real_malloc(std::size_t);
extern "C" void* __wrap_malloc(std::size_t size) {
    return shortage::refuses() ? nullptr : __real_malloc(size);
}

// Asio's way, and nobody else's.
extern "C" void* __real_aligned_alloc(std::size_t, std::size_t);
extern "C" void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    asked_aligned += counting && aside::depth == 0;
    return shortage::refuses() ? nullptr : __real_aligned_alloc(alignment, size);
}

void* operator new(std::size_t size) {
    auto* made = shortage::refuses() ? nullptr : __real_malloc(size ? size : 1);
    if (!made) throw std::bad_alloc();
    return made;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return shortage::refuses() ? nullptr : __real_malloc(size ? size : 1);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
