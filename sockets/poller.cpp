#include "zither/sockets/poller.hpp"

#include "zither/sockets/poll.hpp"

namespace zither {

struct poller::entries {
    std::vector<sockets::poll_item> items;
    std::vector<std::size_t> numbers;  // of the items, place by place
    std::vector<event> ready;
};

poller::poller() : entries_(std::make_unique<entries>()) {}
poller::~poller() = default;
poller::poller(poller&&) noexcept = default;
poller& poller::operator=(poller&&) noexcept = default;

void poller::add(const socket& one, std::size_t number, poll_flags wanted) {
    entries_->items.push_back({one.object(), -1, static_cast<short>(wanted)});
    entries_->numbers.push_back(number);
}

void poller::add_descriptor(int descriptor, std::size_t number, poll_flags wanted) {
    entries_->items.push_back({nullptr, descriptor, static_cast<short>(wanted)});
    entries_->numbers.push_back(number);
}

void poller::remove(std::size_t number) {
    auto& [items, numbers, ready] = *entries_;
    for (std::size_t i = numbers.size(); i-- > 0;) {
        if (numbers[i] != number) continue;
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
        numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

std::size_t poller::size() const noexcept { return entries_->items.size(); }

std::span<const poller::event> poller::wait(std::chrono::milliseconds timeout, std::error_code& error) {
    auto& [items, numbers, ready] = *entries_;
    ready.clear();
    int count = 0;
    std::optional<std::chrono::milliseconds> limit;
    if (timeout >= timeout.zero()) limit = timeout;
    const auto result = sockets::poll(items, limit, count);
    error = result == errc::ok ? std::error_code() : make_error_code(result);
    for (std::size_t i = 0; i < items.size(); ++i)
        if (items[i].ready) ready.push_back({numbers[i], static_cast<poll_flags>(items[i].ready)});
    return ready;
}

std::span<const poller::event> poller::wait(std::chrono::milliseconds timeout) {
    std::error_code error;
    const auto ready = wait(timeout, error);
    if (error) throw std::system_error(error);
    return ready;
}

}  // namespace zither
