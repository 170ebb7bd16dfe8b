#include "zither/transport/lane.hpp"

#include "zither/transport/chunk_pool.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace zither::transport {

bool lane::make_room(std::size_t octets) {
    const auto room = [&] { return static_cast<std::size_t>(filling_limit_ - filling_->end); };
    if (filling_ && room() >= octets) return true;
    if (filling_ && empty() && !open_ && segments_.size() == 1 && filling_->size() == 0) {
        if (!looked_into()) {
            filling_->begin = filling_->end = tail_->data();
            if (room() >= octets) return true;
        } else {
            pop_front();
            drop_tail();
        }
    }
    if (tail_rest_ && static_cast<std::size_t>(tail_->data() + tail_->capacity() - tail_rest_) >= octets) {
        open_tail(tail_rest_);
        return true;
    }
    if (!filling_) drop_tail();
    auto* chunk = segments_.empty() ? zmtp::buffer::allocate(small_chunk_size) : take_chunk();
    if (chunk && chunk->capacity() < octets) {
        chunk->release();
        chunk = take_chunk();
    }
    if (!chunk) return false;
    if (filling_) close_tail();
    drop_tail();
    tail_ = chunk;
    open_tail(chunk->data());
    return true;
}

void lane::open_tail(std::byte* at) {
    segments_.push_back({tail_->retain(), at, at});
    tail_rest_ = nullptr;
    filling_ = &segments_.back();  // stays where it is while others come and go
    filling_limit_ = tail_->data() + tail_->capacity();
    filling_name_ = popped_ + segments_.size() - 1;
}

void lane::close_tail() noexcept {
    filling_->ends_message = !open_;
    filling_->committed_at = committed_;
    filling_ = nullptr;
}

void lane::commit() noexcept {
    open_ = false;
    ++committed_;
    // Behind a body kept by reference stands an empty segment for the next header; the mark names what was
    // filled, so that a gather list that ends there has everything.
    auto place = segments_.size() - 1;
    if (segments_[place].size() == 0 && place > 0) --place;
    commit_ = {popped_ + place, segments_[place].end};
}

void lane::keep_reference(zmtp::message& part) noexcept {
    auto* const owner = part.release_owner();
    if (owner != copied_from_) {
        give_back();
        copied_from_ = owner;
    }
    ++copied_;
}

void lane::give_back() noexcept {
    if (copied_from_) std::exchange(copied_from_, nullptr)->release(std::exchange(copied_, 0));
}

bool lane::append_slowly(zmtp::message&& part, bool borrow) {
    const auto size = part.size();
    const bool copy = size <= zmtp::message::copied_max;
    if (!copy && !borrow && !part.own()) return false;
    if (!make_room(zmtp::frame_header_max + (copy ? size : 0))) return false;
    if (copy) {
        fill(part);
        return true;
    }
    const bool more = part.more();
    auto* const data = part.data();
    const bool borrowed = part.borrowed();
    auto* const owner = part.release_owner();
    if (!owner) return false;
    filling_->end += zmtp::write_header(filling_->end, more ? zmtp::frame_flag::more : 0, size);
    auto* const next = filling_->end;
    open_ = true;  // the header's segment ends no message
    close_tail();
    if (borrowed) borrowed_ = popped_ + segments_.size();
    segments_.push_back({owner, data, data + size, !more, 0, committed_ + 1});
    // The rest of the chunk serves the next header.
    if (filling_limit_ - next >= static_cast<std::ptrdiff_t>(zmtp::frame_header_max)) open_tail(next);
    fresh_ += size + zmtp::header_size_of(size);
    part.clear();
    open_ = more;
    if (!more) commit();
    return true;
}

void lane::append_shared(const zmtp::shared_frame& one) {
    if (filling_) {
        tail_rest_ = filling_->end;
        close_tail();
    }
    auto& last = extend(one.block, one.begin, one.end);
    fresh_ += one.size();
    open_ = one.more;
    if (!open_) commit_ = {popped_ + segments_.size() - 1, one.end};
    committed_ += !open_;
    last.ends_message = !open_;
    last.committed_at = committed_;
}

bool lane::own_borrowed() {
    const auto name = std::exchange(borrowed_, no_segment);
    if (name == no_segment || name < popped_) return true;
    auto& one = segments_[static_cast<std::size_t>(name - popped_)];
    auto* copy = zmtp::buffer::allocate(one.size());
    if (!copy) return false;
    std::memcpy(copy->data(), one.begin, one.size());
    one.owner->release();
    one = {copy, copy->data(), copy->data() + one.size(), one.ends_message, 0, one.committed_at};
    if (commit_.segment == name) commit_.end = one.end;
    if (gathered_.segment == name) gathered_.end = one.end;
    return true;
}

void lane::rollback() noexcept {
    if (!open_) return;
    open_ = false;
    const bool none = empty() && written_ == 0;
    const auto keep = none ? 0 : static_cast<std::size_t>(commit_.segment - popped_) + 1;
    while (segments_.size() > keep) {
        segments_.back().let_go();
        segments_.pop_back();
    }
    if (!segments_.empty()) segments_.back().end = commit_.end;
    // What follows starts in a chunk of its own; the interrupted one may be half used.
    drop_tail();
    if (!segments_.empty()) {
        segments_.back().ends_message = true;
        segments_.back().committed_at = committed_;
    }
}

lane::segment& lane::extend(zmtp::buffer* owner, std::byte* begin, std::byte* end) {
    if (!ends_at(owner, begin)) segments_.push_back({owner->retain(), begin, begin});
    segments_.back().end = end;
    return segments_.back();
}

void lane::publish(zmtp::buffer* owner, std::byte* begin, std::byte* end, std::uint32_t messages) {
    extend(owner, begin, end);
    committed_ += messages;
    filling_ = nullptr;
}

void lane::pop_front() noexcept {
    segments_.front().let_go();
    segments_.pop_front();
    ++popped_;
}

void lane::take_front(zmtp::message& part) {
    while (segments_.front().size() == 0) pop_front();
    auto& front = segments_.front();
    const auto header = *zmtp::parse_header({front.begin, front.size()});
    const auto size = static_cast<std::size_t>(header.body_size);
    front.begin += header.header_size;
    if (size > zmtp::message::inline_max || front.size() < size) {
        take_body(part, size);
    } else {
        (void)zmtp::message::create(part, {front.begin, size});
        front.begin += size;
    }
    took(part, header.more());
}

/// One that is not copied.
void lane::take_body(zmtp::message& part, std::size_t size) {
    auto& front = segments_.front();
    if (front.size() >= size) {
        if (part.looks_into(front.owner))
            part.look_on(front.begin, size);
        else if (!part.fill_room({front.begin, size}))
            part.become(front.lend(), front.begin, size);
        front.begin += size;
        return;
    }
    // A body kept by reference is the whole of the next segment.
    assert(front.size() == 0);
    pop_front();
    auto& next = segments_.front();
    part.become(next.owner->retain(), next.begin, size);
    next.begin += size;
}

void lane::rest() noexcept {
    give_back();
    if (open_) return;
    while (!segments_.empty() && segments_.front().size() == 0 && !(filling_ && segments_.size() == 1))
        pop_front();
    if (segments_.empty()) drop_tail();
    if (!filling_ || segments_.size() != 1 || segments_.front().size() != 0) return;
    // A small chunk is used again, from its start if no message looks into it any more; a large one is not
    // kept.
    if (tail_->capacity() < chunk_size) {
        if (!looked_into()) segments_.front().begin = segments_.front().end = tail_->data();
        return;
    }
    pop_front();
    drop_tail();
}

/// A message looks into the chunk being filled, which is the only segment.
bool lane::looked_into() const noexcept { return tail_->references() > 2 + segments_.front().spare; }

void lane::drop_tail() noexcept {
    if (tail_) tail_->release();
    tail_ = nullptr;
    filling_ = nullptr;
    tail_rest_ = nullptr;
}

void lane::drop_until(std::size_t count) {
    zmtp::message part;
    while (messages() > count || (in_message_ && !empty())) take(part);
}

std::size_t lane::gather(iovec* list, std::size_t capacity) {
    gathered_octets_ = 0;
    gathered_all_ = false;
    if (empty()) return 0;
    std::size_t used = 0;
    std::size_t skip = written_;
    fresh_ = 0;
    for (std::size_t i = 0; i < segments_.size() && used < capacity; ++i) {
        const auto& one = segments_[i];
        const bool last = popped_ + i == commit_.segment;
        auto* const end = last ? commit_.end : one.end;
        const auto size = static_cast<std::size_t>(end - one.begin);
        gathered_octets_ += size;
        if (skip < size) list[used++] = {one.begin + skip, size - skip};
        skip -= std::min(skip, size);
        gathered_ = {popped_ + i, end};
        if (last) {
            gathered_all_ = true;
            gathered_messages_ = committed_;
            break;
        }
    }
    return used;
}

void lane::consumed(std::size_t octets) {
    give_back();
    written_ += octets;
    settle();
}

void lane::settle() {
    if (gathered_all_ && written_ == gathered_octets_) {
        while (popped_ < gathered_.segment) pop_front();
        segments_.front().begin = gathered_.end;
        released_ = gathered_messages_;
        written_ = 0;
        gathered_octets_ = 0;
        if (segments_.front().begin == segments_.front().end && segments_.size() > 1) pop_front();
        if (empty()) rest();
        return;
    }
    // Let go of everything up to the last segment that was wholly written and ends a message.
    std::size_t octets = 0;
    std::size_t boundary = 0;
    std::size_t boundary_octets = 0;
    for (std::size_t i = 0; i < segments_.size() && popped_ + i < gathered_.segment; ++i) {
        octets += segments_[i].size();
        if (octets > written_) break;
        if (segments_[i].ends_message) {
            boundary = i + 1;
            boundary_octets = octets;
            released_ = segments_[i].committed_at;
        }
    }
    for (; boundary > 0; --boundary) pop_front();
    written_ -= boundary_octets;
    gathered_octets_ -= boundary_octets;
}

void lane::retain_blocks(std::vector<zmtp::buffer*>& by) const {
    for (const auto& one : segments_) {
        auto* const block = one.owner->retain();
        try {
            by.push_back(block);
        } catch (const std::bad_alloc&) {
            // It is being written from, and there is no memory to note it in: better kept than given back.
        }
    }
}

void lane::rewind() {
    // Messages wholly in the kernel are gone; the walk meets them from the front.
    auto left = written_;
    written_ = 0;
    gathered_all_ = false;
    gathered_octets_ = 0;
    while (left > 0 && !empty()) {
        std::size_t message_octets = 0;
        std::size_t place = 0;
        auto* at = segments_[0].begin;
        for (bool more = true; more;) {
            while (at == segments_[place].end) at = segments_[++place].begin;
            const auto header =
                *zmtp::parse_header({at, static_cast<std::size_t>(segments_[place].end - at)});
            message_octets += header.header_size + static_cast<std::size_t>(header.body_size);
            at += header.header_size;
            if (header.body_size > 0 && at == segments_[place].end) at = segments_[++place].begin;
            at += header.body_size;
            more = header.more();
        }
        if (message_octets > left) return;
        left -= message_octets;
        drop_until(messages() - 1);
    }
}

void lane::drop_unfinished() {
    std::size_t place = 0;
    auto* at = segments_.empty() ? nullptr : segments_[0].begin;
    const auto next_segment = [&] { at = segments_[++place].begin; };
    for (auto whole = messages(); whole > 0;) {
        while (at == segments_[place].end) next_segment();
        const auto header = *zmtp::parse_header({at, static_cast<std::size_t>(segments_[place].end - at)});
        at += header.header_size;
        // A large body is the whole of the next segment.
        if (header.body_size > 0 && at == segments_[place].end) next_segment();
        at += header.body_size;
        whole -= !header.more();
    }
    if (segments_.empty()) return;
    while (segments_.size() > place + 1) {
        segments_.back().let_go();
        segments_.pop_back();
    }
    segments_.back().end = at;
    drop_tail();
}

void lane::clear() noexcept {
    while (!segments_.empty()) pop_front();
    drop_tail();
    give_back();
    released_ = committed_;
    open_ = in_message_ = false;
    written_ = fresh_ = 0;
    gathered_all_ = false;
    gathered_octets_ = 0;
}

}  // namespace zither::transport
