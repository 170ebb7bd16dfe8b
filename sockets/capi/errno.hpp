#pragma once

#include "zither/zmtp/error.hpp"

namespace zither::capi {

/// libzmq's error number of an error.
[[nodiscard]] int number_of(errc error) noexcept;

/// Sets errno and gives -1; or gives 0.
int result(errc error) noexcept;
/// Sets errno and gives -1.
int fail(int number) noexcept;

}  // namespace zither::capi
