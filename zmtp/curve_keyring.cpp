#include "zither/zmtp/curve_keyring.hpp"

namespace zither::zmtp {

void curve_keyring::rotate(const key_pair& next) {
    std::lock_guard held(mutex_);
    // Twice the same is no rotation: the old one would be lost by it.
    if (next.secret_half == current_.secret_half) return;
    old_ = current_;
    current_ = next;
}

bool curve_keyring::forget_old() {
    std::lock_guard held(mutex_);
    const bool any = old_.has_value();
    old_.reset();
    return any;
}

key curve_keyring::current_public() const {
    std::lock_guard held(mutex_);
    return current_.public_half;
}

std::optional<key> curve_keyring::old_public() const {
    std::lock_guard held(mutex_);
    if (!old_) return std::nullopt;
    return old_->public_half;
}

std::vector<key> curve_keyring::secrets() const {
    std::lock_guard held(mutex_);
    std::vector<key> all{current_.secret_half};
    if (old_) all.push_back(old_->secret_half);
    return all;
}

}  // namespace zither::zmtp
