#include "zither/transport/bell.hpp"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace zither::transport {

bell::bell() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bell::~bell() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void bell::ring() const noexcept {
    const std::uint64_t one = 1;
    // A full counter is rung already.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void bell::silence() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(descriptor_, &count, sizeof count);
}

bell& bell::mine() {
    thread_local bell instance;
    return instance;
}

}  // namespace zither::transport
