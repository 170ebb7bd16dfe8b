#pragma once

#include <cstddef>
#include <new>

namespace zither::transport {

/// Holds a static object that is never destroyed, for what is used until the very end of a program. Unlike
/// `new` it asks for no memory, so that the first use cannot fail either.
template <class Type>
class immortal {
public:
    immortal() { new (room_) Type{}; }
    immortal(const immortal&) = delete;
    immortal& operator=(const immortal&) = delete;
    [[nodiscard]] Type& operator*() noexcept { return *std::launder(reinterpret_cast<Type*>(room_)); }

private:
    alignas(Type) std::byte room_[sizeof(Type)];
};

}  // namespace zither::transport
