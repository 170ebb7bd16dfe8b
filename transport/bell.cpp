#include "zither/transport/bell.hpp"

#include "zither/transport/birthplace.hpp"

#include <cstdint>
#include <optional>

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

const std::shared_ptr<bell>& bell::mine_shared() {
    struct own {
        std::shared_ptr<bell> rings = std::make_shared<bell>();
        birthplace made;
    };
    thread_local std::optional<own> instance(std::in_place);
    // A forked child would ring the parent's thread.
    // One without a descriptor was made when there was none; there may be one now.
    if (instance->made.left() || instance->rings->descriptor() < 0) instance.emplace();
    return instance->rings;
}

}  // namespace zither::transport
