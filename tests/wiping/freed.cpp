#include "freed.hpp"

#include "zither/transport/chunk_pool.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include <malloc.h>
#include <string.h>

extern "C" void __real_free(void* block);
extern "C" void __wrap_free(void* block);

namespace {

std::atomic<const char*> secret{nullptr};
std::atomic<std::size_t> secret_size{0};
std::atomic<std::size_t> count{0};

void look_through(void* block) noexcept {
    const char* const wanted = secret.load();
    if (block && wanted && ::memmem(block, ::malloc_usable_size(block), wanted, secret_size.load())) ++count;
}

void* take(std::size_t size) {
    void* const block = std::malloc(size > 0 ? size : 1);
    if (!block) throw std::bad_alloc();
    return block;
}

}  // namespace

namespace zither::wiping {

void search_for(std::string_view wanted) noexcept {
    secret = nullptr;
    secret_size = wanted.size();
    count = 0;
    if (!wanted.empty()) secret = wanted.data();
}

std::size_t found() noexcept { return count; }

bool holds(const void* from, std::size_t octets, std::string_view wanted) noexcept {
    return ::memmem(from, octets, wanted.data(), wanted.size()) != nullptr;
}

bool in_a_chunk(std::string_view secret) {
    bool any = false;
    std::vector<zmtp::buffer*> all;
    for (int i = 0; i < 64; ++i) {
        all.push_back(transport::take_chunk());
        any |= holds(all.back()->data(), all.back()->capacity(), secret);
    }
    for (auto* each : all) each->release();
    return any;
}

}  // namespace zither::wiping

extern "C" void __wrap_free(void* block) {
    look_through(block);
    __real_free(block);
}

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* block) noexcept { __wrap_free(block); }
void operator delete[](void* block) noexcept { __wrap_free(block); }
void operator delete(void* block, std::size_t) noexcept { __wrap_free(block); }
void operator delete[](void* block, std::size_t) noexcept { __wrap_free(block); }
