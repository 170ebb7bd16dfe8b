#pragma once

#include "zither/transport/bell.hpp"

#include <thread>

namespace zither::sim {

/// Calls on a thread of its own, so that nothing a thread keeps comes from another run.
template <class Call>
void apart(Call&& call) {
    std::thread([&] {
        // The thread's bell would outlive the machine it was made in.
        (void)transport::bell::mine();
        call();
    }).join();
}

}  // namespace zither::sim
