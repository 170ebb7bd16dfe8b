#pragma once

namespace zither::support {

/// While one lives, what this thread asks for is no part of what is tested (tests/faults/memory.hpp).
struct aside {
    aside() { ++depth; }
    ~aside() { --depth; }
    aside(const aside&) = delete;
    aside& operator=(const aside&) = delete;
    static inline thread_local int depth = 0;
};

}  // namespace zither::support
