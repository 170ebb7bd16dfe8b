#include "zither/transport/process_fence.hpp"

#include <atomic>
#include <ctime>

#include <linux/membarrier.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace zither::transport {

namespace {

enum class state { unknown, ready, refused };
std::atomic<state> known{state::unknown};

bool membarrier(int command) noexcept { return ::syscall(__NR_membarrier, command, 0, 0) == 0; }

}  // namespace

bool process_fence::ready() noexcept { return known.load(std::memory_order_relaxed) == state::ready; }

void process_fence::prepare() noexcept {
    if (known.load(std::memory_order_relaxed) != state::unknown) return;
    const bool registered = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    known.store(registered ? state::ready : state::refused, std::memory_order_relaxed);
}

void process_fence::prepare_if_cheap() noexcept {
    if (__libc_single_threaded) prepare();
}

void process_fence::pass() noexcept {
    // One that was registered is refused where the process was forbidden it since. No processor keeps what
    // it has to write for as long as this.
    constexpr timespec long_enough{0, 1'000'000};
    while (!membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
        ::nanosleep(&long_enough, nullptr);
        if (!membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)) return;
    }
}

}  // namespace zither::transport
