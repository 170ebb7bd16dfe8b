#include "zither/sockets/log.hpp"

#include "zither/sockets/complaint.hpp"
#include "zither/transport/immortal.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace zither {

namespace {

void to_stderr(std::string_view sentence) {
    std::fprintf(stderr, "zither: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

/// The process's sink, and whether there is one.
struct outlet {
    outlet() {
        const char* wanted = std::getenv("ZITHER_LOG");
        if (wanted && std::string_view(wanted) == "stderr") put(to_stderr);
    }
    void put(log_sink next) {
        auto made = next ? std::make_shared<const log_sink>(std::move(next)) : nullptr;
        std::lock_guard guard(mutex);
        sink.swap(made);
        open.store(sink != nullptr, std::memory_order_relaxed);
    }
    std::shared_ptr<const log_sink> get() {
        std::lock_guard guard(mutex);
        return sink;
    }

    std::atomic<bool> open{false};
    std::mutex mutex;
    std::shared_ptr<const log_sink> sink;  // guarded by mutex
};

/// Sockets may be used while the program ends.
outlet& the_outlet() {
    static transport::immortal<outlet> one;
    return *one;
}

}  // namespace

void log_to(log_sink sink) { the_outlet().put(std::move(sink)); }

namespace sockets {

bool complaints_are_heard() noexcept { return the_outlet().open.load(std::memory_order_relaxed); }

void complain(std::string_view sentence) noexcept {
    try {
        if (const auto sink = the_outlet().get()) (*sink)(sentence);
    } catch (...) {
        // A sink's trouble is not the caller's.
    }
}

}  // namespace sockets

}  // namespace zither
