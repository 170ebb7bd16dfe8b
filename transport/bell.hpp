#pragma once

#include <memory>

namespace zither::transport {

/// A descriptor that wakes whoever polls it: an eventfd. Thread-safe; rings while nobody waits are kept.
class bell {
public:
    bell();
    ~bell();
    bell(const bell&) = delete;
    bell& operator=(const bell&) = delete;

    /// Readable while rung; -1 when the process is out of descriptors.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    void ring() const noexcept;
    void silence() const noexcept;

    /// The calling thread's own, made at its first wait.
    static bell& mine() { return *mine_shared(); }
    /// The same, for who rings it when the thread may have ended.
    static const std::shared_ptr<bell>& mine_shared();

private:
    int descriptor_;
};

}  // namespace zither::transport
