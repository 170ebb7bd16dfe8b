#include "zither/transport/connection.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace zither::transport {

namespace {
// A receiver with a small mark asked for little to be taken in advance.
constexpr std::size_t small_read_max = 8 * 1024;
// Sealed frames of one batch: bounded, so that a slow peer holds no second copy of a long lane.
constexpr std::size_t sealed_max = batch_size;
// With less room than this in the chunk a read is not worth its call.
constexpr std::size_t room_min = 4 * 1024;
constexpr std::size_t sealed_room_min = stream_seal::held_max + 8 * 1024;
}  // namespace

connection::connection(int fd, zmtp::session_settings settings, zmtp::time_point now)
    : descriptor(fd), raw(settings.raw), session(std::move(settings), now) {}

connection::~connection() {
    if (chunk_) chunk_->release();
    if (large_) large_->release();
    if (properties) properties->release();
    for (auto* block : left_) block->release();
    zmtp::wipe(control_.data(), control_.size());
    if (sealed) {
        const auto last = sealed->farewell();
        if (!last.empty()) (void)::send(descriptor, last.data(), last.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    ::close(descriptor);
}

void connection::batches(int read_octets, int write_octets) noexcept {
    read_octets_max = static_cast<std::size_t>(read_octets);
    write_octets_max = static_cast<std::size_t>(write_octets);
    if (write_octets > 0) batch_octets = write_octets_max;
}

bool connection::prepare_chunk(std::size_t wanted) {
    const auto rest = static_cast<std::size_t>(end_ - begin_);
    if (chunk_ && rest == 0 && chunk_->unique()) begin_ = end_ = chunk_->data();
    if (chunk_ && static_cast<std::size_t>(chunk_->data() + chunk_->capacity() - end_) >= wanted) return true;
    auto* added = take_chunk();
    if (!added) return false;
    if (rest > 0) std::memcpy(added->data(), begin_, rest);
    if (chunk_) chunk_->release();
    chunk_ = added;
    begin_ = added->data();
    end_ = begin_ + rest;
    return true;
}

ssize_t connection::read_some(bool small) {
    if (sealed) return read_sealed(small);
    if (!prepare_chunk(room_min)) {
        errno = ENOMEM;
        return -1;
    }
    auto room = static_cast<std::size_t>(chunk_->data() + chunk_->capacity() - end_);
    if (read_octets_max > 0) room = std::min(room, read_octets_max);
    iovec list[2];
    int count = 0;
    std::size_t missing = large_ ? large_->capacity() - large_filled_ : 0;
    if (read_octets_max > 0) missing = std::min(missing, read_octets_max);
    if (missing > 0) list[count++] = {large_->data() + large_filled_, missing};
    // What follows a large body comes with its end; not behind a gap in it.
    const bool whole = large_ && missing == large_->capacity() - large_filled_;
    if (!large_ || whole) list[count++] = {end_, small ? std::min(room, small_read_max) : room};
    msghdr header{};
    header.msg_iov = list;
    header.msg_iovlen = static_cast<std::size_t>(count);
    const auto got = count == 1 ? ::recv(descriptor, list[0].iov_base, list[0].iov_len, MSG_DONTWAIT)
                                : ::recvmsg(descriptor, &header, MSG_DONTWAIT);
    if (got <= 0) return got;
    const auto octets = static_cast<std::size_t>(got);
    const auto into_large = std::min(octets, missing);
    large_filled_ += into_large;
    end_ += octets - into_large;
    return got;
}

/// What comes is opened into the same places: first what is missing of a large body, then the chunk.
ssize_t connection::read_sealed(bool small) {
    if (sealed->over()) return 0;
    auto* wire = prepare_chunk(sealed_room_min) ? take_chunk() : nullptr;
    if (!wire) {
        errno = ENOMEM;
        return -1;
    }
    const auto room = static_cast<std::size_t>(chunk_->data() + chunk_->capacity() - end_);
    auto most = room > stream_seal::held_max ? room - stream_seal::held_max : 1;
    if (small) most = std::min(most, small_read_max);
    if (read_octets_max > 0) most = std::min(most, read_octets_max);
    const auto got = ::recv(descriptor, wire->data(), most, MSG_DONTWAIT);
    const int error = errno;
    if (got > 0) {
        const auto missing = large_ ? large_->capacity() - large_filled_ : 0;
        const iovec into[] = {{large_ ? large_->data() + large_filled_ : nullptr, missing}, {end_, room}};
        const auto opened = sealed->seal().open({wire->data(), static_cast<std::size_t>(got)}, into);
        const auto into_large = std::min(opened, missing);
        large_filled_ += into_large;
        end_ += opened - into_large;
    }
    wire->release();
    errno = error;
    return got;
}

bool connection::begin_large(const zmtp::frame_header& header) {
    large_ = zmtp::buffer::allocate(static_cast<std::size_t>(header.body_size));
    if (!large_) return false;
    large_flags_ = header.flags;
    large_filled_ = static_cast<std::size_t>(end_ - begin_) - header.header_size;
    std::memcpy(large_->data(), begin_ + header.header_size, large_filled_);
    begin_ = end_;
    return true;
}

zmtp::buffer* connection::finish_large() noexcept {
    if (!large_ || large_filled_ < large_->capacity()) return nullptr;
    return std::exchange(large_, nullptr);
}

void connection::release_idle_chunk() noexcept {
    if (reading || !chunk_ || begin_ != end_ || !chunk_->unique()) return;
    chunk_->release();
    chunk_ = nullptr;
    begin_ = end_ = nullptr;
}

void connection::seal_batch() {
    if (!pipe) return;
    zmtp::message part;
    bool more = false;
    while ((more || control_.size() < sealed_max) && pipe->out.take(part)) {
        more = part.more();
        session.seal(part.body(), more, control_);
        carries_messages_ = true;
    }
}

namespace {

/// Cuts the list to so many octets.
std::size_t cut(iovec* list, std::size_t used, std::size_t octets) {
    for (std::size_t i = 0; i < used; ++i) {
        if (list[i].iov_len >= octets) {
            list[i].iov_len = octets;
            return i + 1;
        }
        octets -= list[i].iov_len;
    }
    return used;
}

}  // namespace

std::size_t connection::collect(iovec* list, std::size_t capacity) {
    auto used = std::size_t{0};
    if (!sealed) {
        used = collect_own(list, capacity);
    } else {
        if (sealed->written()) {
            const auto plain = sealed->sealing() ? collect_own(list, capacity) : 0;
            sealed->fill({list, plain});
        }
        const auto wire = sealed->to_write();
        if (!wire.empty()) list[used++] = {const_cast<std::byte*>(wire.data()), wire.size()};
    }
    return write_octets_max > 0 ? cut(list, used, write_octets_max) : used;
}

/// In the form the session gives it.
std::size_t connection::collect_own(iovec* list, std::size_t capacity) {
    if (pipe && pipe->conflate && pipe->out.at_boundary()) pipe->out.drop_until(1);
    if (control_sent_ == control_.size()) {
        control_.clear();
        control_sent_ = 0;
        carries_messages_ = false;
        if (!pipe || pipe->out.at_boundary() || !session.plain()) session.take_output(control_);
        if (!session.plain() && session.state() == zmtp::session::phase::traffic) seal_batch();
    }
    std::size_t used = 0;
    if (control_sent_ < control_.size())
        list[used++] = {control_.data() + control_sent_, control_.size() - control_sent_};
    if (pipe && session.plain() && session.state() == zmtp::session::phase::traffic && pipe->link == this)
        used += pipe->out.gather(list + used, capacity - used);
    return used;
}

void connection::wrote(std::size_t octets) {
    if (sealed) octets = sealed->wrote(octets);
    if (octets > 0) wrote_own(octets);
}

void connection::wrote_own(std::size_t octets) {
    const auto own = std::min(octets, control_.size() - control_sent_);
    control_sent_ += own;
    if (control_sent_ == control_.size() && !handshake_wiped_) {
        // It was PLAIN's password, perhaps, and this memory is used again.
        zmtp::wipe(control_.data(), control_.size());
        handshake_wiped_ = session.state() == zmtp::session::phase::traffic;
    }
    if (octets > own && pipe) pipe->out.consumed(octets - own);
}

void connection::part_from_pipe() {
    if (writing) pipe->out.retain_blocks(left_);
    pipe->link = nullptr;
    pipe = nullptr;
}

bool connection::drained() noexcept {
    return control_sent_ == control_.size() && !session.has_output() && (!pipe || pipe->out.empty()) &&
           !seal_has_output();
}

}  // namespace zither::transport
