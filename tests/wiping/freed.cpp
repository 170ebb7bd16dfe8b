#include "freed.hpp"

#include "zither/transport/chunk_pool.hpp"

#include <atomic>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
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

std::size_t places(std::string_view wanted) {
    std::size_t made = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0, to = 0;
        if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " rw", &from, &to) != 2) continue;
        if (line.find(" rw") == line.npos) continue;
        auto* at = reinterpret_cast<const char*>(from);
        const auto* const end = reinterpret_cast<const char*>(to);
        while (const void* hit =
                   ::memmem(at, static_cast<std::size_t>(end - at), wanted.data(), wanted.size())) {
            ++made;
            at = static_cast<const char*>(hit) + 1;
        }
    }
    return made;
}

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
