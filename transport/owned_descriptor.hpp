#pragma once

#include <utility>

#include <unistd.h>

namespace zither::transport {

/// A descriptor that is closed unless somebody takes it over.
class owned_descriptor {
public:
    owned_descriptor(int number) noexcept : number_(number) {}
    owned_descriptor(owned_descriptor&& other) noexcept : number_(other.release()) {}
    owned_descriptor& operator=(owned_descriptor&&) = delete;
    ~owned_descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

}  // namespace zither::transport
