#pragma once

#include "zither/zmtp/error.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <exception>
#include <string>
#include <string_view>

// What a refused call is told as (`zither::log_to`).

namespace zither::sockets {

/// True when somebody listens.
[[nodiscard]] bool complaints_are_heard() noexcept;
void complain(std::string_view sentence) noexcept;

/// A value that a socket of that type had.
struct option_value {
    socket_type type;
    int option;
    const void* value;
    std::size_t size;
};
[[nodiscard]] std::string about_setting(const option_value& what, errc error);
/// `size` is the room for the value.
[[nodiscard]] std::string about_getting(const option_value& what, errc error);
[[nodiscard]] std::string about_context_option(int option, int value);
[[nodiscard]] std::string about_endpoint(std::string_view call, std::string_view endpoint, errc error);

/// What a peer did to be disconnected from `endpoint`.
[[nodiscard]] std::string about_peer(std::string_view endpoint, std::string_view reason);

/// Passes `result` on; when it is an error that somebody wants explained, `sentence` explains it.
template <class Sentence>
errc explained(errc result, Sentence&& sentence) {
    if (result == errc::ok || !complaints_are_heard()) [[likely]]
        return result;
    try {
        complain(sentence(result));
    } catch (const std::exception&) {
        // Short of memory: the error itself still says so.
    }
    return result;
}

}  // namespace zither::sockets
