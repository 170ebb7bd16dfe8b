#pragma once

#include <exception>
#include <memory>

namespace zither::transport {

/// Takes a step that memory may be too short for: then the step is left out, and its caller goes on. True
/// when it was taken.
template <class Step>
bool within_memory(Step&& step) {
    try {
        step();
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

/// Who may owe work: memory ran out while it was done. A reactor has it made up for a moment later
/// (`reactor::owe`); the list of those is made of themselves, so that being in it takes no memory.
class overdue {
public:
    /// Runs on the reactor, no lock held. When it throws it is called again.
    virtual void make_up() = 0;

protected:
    ~overdue() = default;

private:
    friend class reactor;
    // Guarded by the reactor.
    std::shared_ptr<overdue> next_;
    bool listed_ = false;
};

}  // namespace zither::transport
