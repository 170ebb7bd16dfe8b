#include "zither/sockets/context_object.hpp"

#include "zither/sockets/complaint.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <poll.h>

namespace zither::sockets {

namespace {
namespace number {
constexpr int io_threads = 1, max_sockets = 2, socket_limit = 3, thread_policy = 4, max_message_size = 5,
              message_size = 6;
constexpr int affinity_add = 7, affinity_remove = 8, thread_name_prefix = 9, zero_copy = 10, ipv6 = 42,
              blocky = 70;
}  // namespace number
constexpr int socket_limit = 65535;
constexpr std::size_t thread_name_max = 16;  // the system's, its end included
}  // namespace

context_object::context_object(asio::io_context& loop)
    : loop_(std::make_shared<transport::reactor>(loop, transport::reactor::tails::posted)) {
    loop_->start();
}

context_object::~context_object() {
    if (loop_) loop_->stop();
}

errc context_object::set(int option, int value) {
    return explained(set_plain(option, value), [&](errc) { return about_context_option(option, value); });
}

errc context_object::set_plain(int option, int value) {
    const auto rows = context_table();
    const auto row = std::ranges::find_if(
        rows, [&](const plain_row& each) { return each.number == option && each.writable; });
    if (row == rows.end() || value < row->least) return errc::invalid_argument;
    std::lock_guard lock(mutex_);
    switch (option) {
        case number::io_threads: io_threads_ = value; break;
        case number::max_sockets: max_sockets_ = value; break;
        case number::socket_limit: threads_are_.priority = value; break;
        case number::thread_policy: threads_are_.policy = value; break;
        case number::max_message_size: max_message_size_ = value; break;
        case number::affinity_add: threads_are_.cores.insert(value); break;
        case number::affinity_remove:
            return threads_are_.cores.erase(value) == 1 ? errc::ok : errc::invalid_argument;
        case number::thread_name_prefix:
            threads_are_.name_prefix = value == 0 ? std::string() : std::to_string(value);
            break;
        case number::zero_copy: zero_copy_ = value != 0; break;
        case number::ipv6: ipv6_ = value != 0; break;
        case number::blocky: blocky_ = value != 0; break;
        default: return errc::invalid_argument;
    }
    return errc::ok;
}

errc context_object::get(int option, int& value) {
    std::lock_guard lock(mutex_);
    switch (option) {
        case number::io_threads: value = io_threads_; return errc::ok;
        case number::max_sockets: value = max_sockets_; return errc::ok;
        case number::socket_limit: value = socket_limit; return errc::ok;
        case number::thread_policy: value = threads_are_.policy; return errc::ok;
        case number::max_message_size: value = max_message_size_; return errc::ok;
        case number::message_size: value = static_cast<int>(sizeof(zmtp::message)); return errc::ok;
        case number::thread_name_prefix: value = std::atoi(threads_are_.name_prefix.c_str()); return errc::ok;
        case number::zero_copy: value = zero_copy_; return errc::ok;
        case number::ipv6: value = ipv6_; return errc::ok;
        case number::blocky: value = blocky_; return errc::ok;
        default: return errc::invalid_argument;
    }
}

errc context_object::set_value(int option, const void* value, std::size_t size) {
    if (size == sizeof(int)) {
        int number_value = 0;
        std::memcpy(&number_value, value, size);
        return set(option, number_value);
    }
    if (option != number::thread_name_prefix || size == 0 || size > thread_name_max)
        return errc::invalid_argument;
    std::string_view text(static_cast<const char*>(value), size);
    std::lock_guard lock(mutex_);
    threads_are_.name_prefix = text.substr(0, text.find('\0'));
    return errc::ok;
}

errc context_object::get_value(int option, void* value, std::size_t& size) {
    if (size == sizeof(int)) {
        int number_value = 0;
        const auto error = get(option, number_value);
        if (error == errc::ok) std::memcpy(value, &number_value, size);
        return error;
    }
    if (option != number::thread_name_prefix) return errc::invalid_argument;
    std::lock_guard lock(mutex_);
    return answer_text(threads_are_.name_prefix, true, value, size);
}

bool context_object::ipv6_default() {
    std::lock_guard lock(mutex_);
    return ipv6_;
}

bool context_object::blocky() {
    std::lock_guard lock(mutex_);
    return blocky_;
}

bool context_object::zero_copy_receive() {
    std::lock_guard lock(mutex_);
    return zero_copy_;
}

std::shared_ptr<transport::reactor> context_object::reactor_for(std::uint64_t affinity) {
    std::lock_guard lock(mutex_);
    return choose_reactor(affinity);
}

bool context_object::serves_networks() {
    std::lock_guard lock(mutex_);
    return loop_ || io_threads_ > 0;
}

bool context_object::start_threads() {
    const auto wanted = static_cast<std::size_t>(std::max(io_threads_, 1));
    while (threads_.size() < wanted) {
        auto made = std::make_unique<transport::io_thread>(threads_are_);
        if (!made->work()->usable()) return false;
        threads_.push_back(std::move(made));
    }
    return true;
}

std::shared_ptr<transport::reactor> context_object::choose_reactor(std::uint64_t affinity) {
    if (loop_) return loop_;
    if (!start_threads()) return nullptr;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        const auto place = (next_thread_ + i) % threads_.size();
        if (affinity != 0 && (place >= 64 || !(affinity >> place & 1))) continue;
        next_thread_ = place + 1;
        return threads_[place]->work();
    }
    return nullptr;
}

errc context_object::make_socket(socket_type type, std::shared_ptr<socket_object>& out) {
    if (left_behind()) return errc::terminated;
    std::unique_lock lock(mutex_);
    if (shutdown_) return errc::terminated;
    if (sockets_.size() >= static_cast<std::size_t>(max_sockets_)) return errc::too_many_sockets;
    const auto by = choose_reactor(0);
    if (!by) return errc::too_many_sockets;
    lock.unlock();
    auto made = socket_object::make(shared_from_this(), type, by);
    if (!made) return errc::too_many_sockets;
    lock.lock();
    try {
        sockets_.push_back({made});
    } catch (const std::bad_alloc&) {
        lock.unlock();
        made->close();
        throw;
    }
    const bool late = shutdown_;
    lock.unlock();
    if (late) made->stop();
    out = std::move(made);
    return errc::ok;
}

/// Without the mutex, and without a copy of the list, which would take memory: sockets may come and go
/// meanwhile.
template <class Call>
void context_object::for_each_socket(Call&& call) {
    std::unique_lock lock(mutex_);
    const auto mine = ++round_;
    for (;;) {
        const auto next = std::ranges::find_if(sockets_, [&](const auto& one) { return one.round < mine; });
        if (next == sockets_.end()) return;
        next->round = mine;
        auto socket = next->socket;
        lock.unlock();
        call(*socket);
        socket.reset();
        lock.lock();
    }
}

void context_object::shutdown() {
    if (left_behind()) return;
    {
        std::lock_guard lock(mutex_);
        shutdown_ = true;
    }
    for_each_socket([](socket_object& one) { one.stop(); });
}

errc context_object::terminate() {
    if (left_behind()) {
        transport::keep_for_ever(shared_from_this());
        return errc::ok;
    }
    shutdown();
    if (loop_) {
        // Whoever would send the rest may be this very thread.
        for_each_socket([](socket_object& one) { one.end_now(); });
        return errc::ok;
    }
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (sockets_.empty()) break;
        }
        pollfd wait{done_.descriptor(), POLLIN, 0};
        // Without a descriptor for its bell it looks again by itself.
        if (::poll(&wait, 1, done_.descriptor() < 0 ? 10 : -1) < 0 && errno == EINTR)
            return errc::interrupted;
        done_.silence();
    }
    // Joined here, so that no thread of ours is the one to let go of the context last.
    threads_.clear();
    return errc::ok;
}

void context_object::socket_ended(const socket_object& one) {
    std::lock_guard lock(mutex_);
    std::erase_if(sockets_, [&](const auto& each) { return each.socket.get() == &one; });
    if (sockets_.empty()) done_.ring();
}

errc context_object::bind_inproc(const std::string& name, const std::shared_ptr<socket_object>& by) {
    std::vector<std::shared_ptr<inproc_link>> arrivals;
    {
        std::lock_guard lock(mutex_);
        arrivals.reserve(waiting_.size());
        auto& place = bound_[name];
        if (!place.expired()) return errc::address_in_use;
        place = by;
        std::erase_if(waiting_, [&](const auto& one) {
            if (one.first != name) return false;
            arrivals.push_back(one.second);
            return true;
        });
    }
    for (const auto& link : arrivals) by->hear({inproc_notice::kind::attach, link, 1});
    return errc::ok;
}

bool context_object::unbind_inproc(const std::string& name, const socket_object& by) {
    std::lock_guard lock(mutex_);
    const auto place = bound_.find(name);
    if (place == bound_.end() || place->second.lock().get() != &by) return false;
    bound_.erase(place);
    return true;
}

void context_object::forget_inproc(const socket_object& by) {
    // By owner: a hold on a socket might be the last one, and must not end under the mutex.
    const auto leaving = by.weak_from_this();
    std::lock_guard lock(mutex_);
    std::erase_if(bound_, [&](const auto& one) {
        const auto& name = one.second;
        return name.expired() || (!name.owner_before(leaving) && !leaving.owner_before(name));
    });
    std::erase_if(waiting_, [&](const auto& one) {
        std::lock_guard link(one.second->mutex);
        return one.second->ends[0].closed && one.second->directions[0].queue.empty();
    });
}

bool context_object::has_inproc(const std::string& name) {
    std::lock_guard lock(mutex_);
    const auto place = bound_.find(name);
    return place != bound_.end() && !place->second.expired();
}

std::shared_ptr<socket_object> context_object::find_inproc(const std::string& name,
                                                           const std::shared_ptr<inproc_link>& waiting) {
    std::lock_guard lock(mutex_);
    const auto place = bound_.find(name);
    if (place != bound_.end())
        if (auto found = place->second.lock()) return found;
    waiting_.emplace_back(name, waiting);
    return nullptr;
}

}  // namespace zither::sockets
