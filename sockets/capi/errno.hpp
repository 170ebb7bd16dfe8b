#pragma once

#include "zither/zmtp/error.hpp"

#include <cerrno>
#include <exception>
#include <new>

namespace zither::capi {

/// libzmq's error number of an error.
[[nodiscard]] int number_of(errc error) noexcept;

/// Sets errno and gives -1; or gives 0.
int result(errc error) noexcept;
/// Sets errno and gives -1.
int fail(int number) noexcept;

/// Makes a call whose exceptions no C caller could catch: short memory is ENOMEM, anything else of the
/// system's EAGAIN. A thread's cancellation passes through.
template <class Call>
[[gnu::always_inline]] inline int guarded(Call&& call) {
    try {
        return call();
    } catch (const std::bad_alloc&) {
        return fail(ENOMEM);
    } catch (const std::exception&) {
        return fail(EAGAIN);
    }
}

}  // namespace zither::capi
