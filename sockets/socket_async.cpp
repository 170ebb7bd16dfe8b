// Asynchronous operations of a socket: they wait in a queue each way, and take their turns on the loop.
#include "zither/sockets/socket_object.hpp"

#include <algorithm>

#include <asio/post.hpp>

namespace zither::sockets {

void socket_object::start(operation_queue& in, std::unique_ptr<operation> one) {
    lock held(engine_.mutex());
    auto result = check();
    catch_up();
    if (result == errc::ok && in.waiting.empty()) {
        result = one->attempt(*pattern_);
        if (result == errc::again && engine_.drive(held)) result = one->attempt(*pattern_);
    } else if (result == errc::ok) {
        result = errc::again;
    }
    if (result == errc::again) {
        in.waiting.push_back(std::move(one));
        try {
            enlist(in);
        } catch (const std::exception&) {
            in.waiting.pop_back();
            throw;
        }
        finish_surely(held);
        return;
    }
    finish_surely(held);
    held.unlock();
    one->complete(result);
}

void socket_object::enlist(operation_queue& in) {
    if (in.listed) return;
    in.sleeper.for_input = &in == &receiving_;
    in.sleeper.for_output = &in == &sending_;
    in.sleeper.calls = [this, &in] { post_turn(in); };
    engine_.add_sleeper(in.sleeper);
    in.listed = true;
    mind_inbox();
}

void socket_object::post_turn(operation_queue& in) {
    if (in.posted) return;
    in.posted = true;
    asio::post(loop(), transport::placed_handler(in.turn_memory,
                                                 [self = shared_from_this(), &in] { self->advance(in); }));
}

void socket_object::advance(operation_queue& in) {
    std::vector<completion> done;
    lock held(engine_.mutex());
    in.posted = false;
    catch_up();
    while (!in.waiting.empty()) {
        auto result = errc::no_memory;
        if (!transport::within_memory([&] { done.emplace_back(); })) {
            post_turn(in);
            break;
        }
        transport::within_memory([&] { result = in.waiting.front()->attempt(*pattern_); });
        if (result == errc::again) {
            done.pop_back();
            break;
        }
        done.back() = {std::move(in.waiting.front()), result};
        in.waiting.pop_front();
    }
    if (in.waiting.empty() && in.listed) {
        in.listed = false;
        engine_.remove_sleeper(in.sleeper);
        mind_inbox();
    }
    // What is left behind is the next sleeper's.
    if (!in.listed && engine_.anybody_sleeps()) engine_.wake(pattern_->can_receive(), pattern_->can_send());
    finish_surely(held);
    held.unlock();
    complete(done);
}

void socket_object::complete(std::vector<completion>& done) {
    for (auto& each : done) transport::within_memory([&] { each.one->complete(each.result); });
}

/// Ends those that wait now, one by one: a list of them would take memory.
void socket_object::abandon(lock& held, errc why) {
    for (auto* queue : {&sending_, &receiving_}) {
        for (auto left = queue->waiting.size(); left > 0 && !queue->waiting.empty(); --left) {
            const auto one = std::move(queue->waiting.front());
            queue->waiting.pop_front();
            held.unlock();
            transport::within_memory([&] { one->complete(why); });
            held.lock();
        }
        if (queue->waiting.empty() && std::exchange(queue->listed, false))
            engine_.remove_sleeper(queue->sleeper);
    }
    mind_inbox();
}

void socket_object::cancel_all() {
    lock held(engine_.mutex());
    abandon(held, errc::cancelled);
}

void socket_object::cancel(std::uint64_t operation_number) {
    std::vector<completion> found;
    lock held(engine_.mutex());
    for (auto* queue : {&sending_, &receiving_}) {
        const auto place = std::ranges::find(queue->waiting, operation_number,
                                             [](const auto& one) { return one->number(); });
        if (place == queue->waiting.end()) continue;
        found.push_back({std::move(*place), errc::cancelled});
        queue->waiting.erase(place);
    }
    held.unlock();
    complete(found);
}

}  // namespace zither::sockets
