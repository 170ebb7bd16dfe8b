#pragma once

#include "zither/zmtp/session.hpp"

#include <optional>
#include <span>

#include <csignal>

#include <poll.h>

namespace zither::transport {

/// Sleeps as ppoll(2) does, until `deadline` if there is one. The place at the front of `list` is for the
/// calling thread's bell, which is silent afterwards. What the thread may write at once is regained.
int poll_with_bell(std::span<pollfd> list, std::optional<zmtp::time_point> deadline,
                   const sigset_t* mask = nullptr) noexcept;

}  // namespace zither::transport
