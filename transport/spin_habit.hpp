#pragma once

namespace zither::transport {

/// Whether a thread shall stay awake for a moment before it sleeps, by what came of that before. Not
/// thread-safe.
class spin_habit {
public:
    /// `others_ran`: the core was needed, and what came may have come long before.
    enum class outcome : unsigned char { came, nothing, others_ran };

    /// Asked once before each wait.
    [[nodiscard]] bool worthwhile() noexcept { return omitted_ == 0 || --omitted_ == 0; }
    void ended(outcome how) noexcept {
        if (how == outcome::came)
            in_vain_ = 0;
        else if (++in_vain_ >= in_vain_max)
            omitted_ = how == outcome::nothing ? pause : pause_for_others;
    }

private:
    // After so many in a row only one wait in so many tries it.
    static constexpr unsigned in_vain_max = 4;
    static constexpr unsigned pause = 64;
    static constexpr unsigned pause_for_others = 1024;
    unsigned in_vain_ = 0;
    unsigned omitted_ = 0;
};

}  // namespace zither::transport
