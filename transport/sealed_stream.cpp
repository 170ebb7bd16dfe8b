#include "zither/transport/sealed_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace zither::transport {

namespace {

// Plain octets of one batch: bounded, so that a slow peer holds no second copy of a long lane.
constexpr std::size_t batch_max = 64 * 1024;

/// Walks a gather list record by record.
class walk {
public:
    explicit walk(std::span<const iovec> over) : over_(over) {}

    /// The next octets that are to share a record, copied together only when they lie apart.
    zmtp::bytes next(std::span<std::byte> room) {
        while (!over_.empty() && at_ == over_.front().iov_len) step();
        if (over_.empty()) return {};
        const auto here = rest();
        if (here.size() >= room.size() || over_.size() == 1) return take(std::min(here.size(), room.size()));
        std::size_t used = 0;
        while (used < room.size() && !over_.empty()) {
            const auto part = take(std::min(rest().size(), room.size() - used));
            if (!part.empty()) std::memcpy(room.data() + used, part.data(), part.size());
            used += part.size();
            if (at_ == over_.front().iov_len) step();
        }
        return room.first(used);
    }

private:
    [[nodiscard]] zmtp::bytes rest() const {
        return {static_cast<const std::byte*>(over_.front().iov_base) + at_, over_.front().iov_len - at_};
    }
    zmtp::bytes take(std::size_t octets) {
        const auto taken = rest().first(octets);
        at_ += octets;
        return taken;
    }
    void step() {
        over_ = over_.subspan(1);
        at_ = 0;
    }

    std::span<const iovec> over_;
    std::size_t at_ = 0;
};

}  // namespace

void sealed_stream::fill(std::span<const iovec> plain) {
    wire_.clear();
    sent_ = 0;
    records_.clear();
    next_record_ = 0;
    seal_->take_output(wire_);
    walk octets(plain);
    std::array<std::byte, stream_seal::record_max> together;
    for (std::size_t sealed = 0; sealed < batch_max && !stuck_;) {
        const auto next = octets.next(together);
        if (next.empty()) break;
        stuck_ = !seal_->seal(next);
        seal_->take_output(wire_);
        sealed += next.size();
        if (!stuck_) records_.push_back({wire_.size(), next.size()});
    }
}

std::size_t sealed_stream::wrote(std::size_t octets) noexcept {
    sent_ += octets;
    std::size_t plain = 0;
    for (; next_record_ < records_.size() && records_[next_record_].end <= sent_; ++next_record_)
        plain += records_[next_record_].plain;
    if (written() && wire_.capacity() > stream_seal::idle_max) {
        std::vector<std::byte>().swap(wire_);
        sent_ = 0;
    }
    return plain;
}

zmtp::bytes sealed_stream::farewell() {
    // In the middle of a record it would be no more than noise.
    if (!written()) return {};
    if (sealing()) seal_->end();
    fill({});
    return to_write();
}

}  // namespace zither::transport
