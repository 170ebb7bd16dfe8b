#include "zither/sockets/context_object.hpp"

#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <sched.h>

namespace zither::sockets {

namespace {
namespace number {
constexpr int io_threads = 1, max_sockets = 2, socket_limit = 3, thread_policy = 4, max_message_size = 5,
              message_size = 6;
constexpr int affinity_add = 7, affinity_remove = 8, thread_name_prefix = 9, zero_copy = 10, ipv6 = 42,
              blocky = 70;
}  // namespace number
constexpr int socket_limit = 65535;
}  // namespace

context_object::context_object(asio::io_context& loop)
    : loop_(std::make_shared<transport::reactor>(loop, transport::reactor::tails::posted)) {
    loop_->start();
}

context_object::~context_object() {
    if (loop_) loop_->stop();
}

errc context_object::set(int option, int value) {
    std::lock_guard lock(mutex_);
    const bool flag = value == 0 || value == 1;
    switch (option) {
        case number::io_threads: return value < 0 ? errc::invalid_argument : (io_threads_ = value, errc::ok);
        case number::max_sockets:
            if (value < 1 || value > socket_limit) return errc::invalid_argument;
            max_sockets_ = value;
            return errc::ok;
        case number::socket_limit:
            return value < 0 ? errc::invalid_argument : (threads_are_.priority = value, errc::ok);
        case number::thread_policy:
            return value < 0 ? errc::invalid_argument : (threads_are_.policy = value, errc::ok);
        case number::max_message_size:
            return value < 0 ? errc::invalid_argument : (max_message_size_ = value, errc::ok);
        case number::affinity_add:
            if (value < 0 || value >= CPU_SETSIZE) return errc::invalid_argument;
            threads_are_.cores.insert(value);
            return errc::ok;
        case number::affinity_remove:
            return threads_are_.cores.erase(value) == 1 ? errc::ok : errc::invalid_argument;
        case number::thread_name_prefix:
            return value < 0 ? errc::invalid_argument : (threads_are_.name_prefix = value, errc::ok);
        case number::zero_copy: return flag ? (zero_copy_ = value, errc::ok) : errc::invalid_argument;
        case number::ipv6: return flag ? (ipv6_ = value, errc::ok) : errc::invalid_argument;
        case number::blocky: return flag ? (blocky_ = value, errc::ok) : errc::invalid_argument;
        default: return errc::invalid_argument;
    }
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
        case number::thread_name_prefix: value = threads_are_.name_prefix; return errc::ok;
        case number::zero_copy: value = zero_copy_; return errc::ok;
        case number::ipv6: value = ipv6_; return errc::ok;
        case number::blocky: value = blocky_; return errc::ok;
        default: return errc::invalid_argument;
    }
}

bool context_object::ipv6_default() {
    std::lock_guard lock(mutex_);
    return ipv6_;
}

bool context_object::blocky() {
    std::lock_guard lock(mutex_);
    return blocky_;
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
        if (affinity != 0 && place < 64 && !(affinity >> place & 1)) continue;
        next_thread_ = place + 1;
        return threads_[place]->work();
    }
    return threads_.front()->work();
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
    sockets_.push_back(made);
    const bool late = shutdown_;
    lock.unlock();
    if (late) made->stop();
    out = std::move(made);
    return errc::ok;
}

void context_object::shutdown() {
    if (left_behind()) return;
    std::unique_lock lock(mutex_);
    shutdown_ = true;
    const auto all = sockets_;
    lock.unlock();
    for (const auto& one : all) one->stop();
}

errc context_object::terminate() {
    if (left_behind()) {
        transport::keep_for_ever(shared_from_this());
        return errc::ok;
    }
    shutdown();
    if (loop_) {
        // Whoever would send the rest may be this very thread.
        std::unique_lock lock(mutex_);
        const auto all = sockets_;
        lock.unlock();
        for (const auto& one : all) one->end_now();
        return errc::ok;
    }
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (sockets_.empty()) break;
        }
        pollfd wait{done_.descriptor(), POLLIN, 0};
        if (::poll(&wait, 1, -1) < 0 && errno == EINTR) return errc::interrupted;
        done_.silence();
    }
    // Joined here, so that no thread of ours is the one to let go of the context last.
    threads_.clear();
    return errc::ok;
}

void context_object::socket_ended(const socket_object& one) {
    std::lock_guard lock(mutex_);
    std::erase_if(sockets_, [&](const auto& each) { return each.get() == &one; });
    if (sockets_.empty()) done_.ring();
}

errc context_object::bind_inproc(const std::string& name, const std::shared_ptr<socket_object>& by) {
    std::vector<std::shared_ptr<inproc_link>> arrivals;
    {
        std::lock_guard lock(mutex_);
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
    std::vector<std::shared_ptr<socket_object>> kept;  // let go of without the mutex
    std::lock_guard lock(mutex_);
    std::erase_if(bound_, [&](const auto& one) {
        kept.push_back(one.second.lock());
        return !kept.back() || kept.back().get() == &by;
    });
    std::erase_if(waiting_, [&](const auto& one) {
        std::lock_guard link(one.second->mutex);
        return one.second->ends[0].closed && one.second->directions[0].queue.empty();
    });
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
