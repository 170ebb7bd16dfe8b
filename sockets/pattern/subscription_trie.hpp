#pragma once

#include "pipe.hpp"
#include "prefix_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace zither::sockets::pattern {

/// The pipes of one topic. One pipe, the usual case, needs no memory of its own.
class pipe_set {
public:
    [[nodiscard]] bool empty() const noexcept { return !one_ && !many_; }
    /// False when the pipe was there already.
    bool insert(pipe& peer);
    /// False when the pipe was not there.
    bool erase(pipe& peer) noexcept;

    template <class Each>
    void for_each(Each&& each) const {
        if (one_) each(*one_);
        if (many_)
            for (pipe* peer : *many_) each(*peer);
    }

private:
    pipe* one_ = nullptr;
    std::unique_ptr<std::vector<pipe*>> many_;  // two or more, in the order of their turns
};

/// What the subscribers of a publisher want: which pipe asked for which topic. Owned by an XPUB.
///
/// A topic counts the pipes that want it; one pipe counts once, however often it asked. RFC 37 would have a
/// subscription asked for twice cancelled twice, but libzmq's subscriber sends every request and only its
/// last cancellation: counting those would leave it subscribed for ever.
class subscription_trie {
public:
    enum class addition : unsigned char { again, another, first };
    enum class removal : unsigned char { unknown, others_remain, last };

    addition add(zmtp::bytes topic, pipe& peer);
    removal remove(zmtp::bytes topic, pipe& peer);

    /// Forgets the pipe, calling `each(topic, last)` for every topic it wanted; `last`: nobody wants it now.
    template <class Each>
    void remove(pipe& peer, Each&& each) {
        tree_.for_each([&](tree::place at) {
            auto& pipes = tree_[at];
            if (!pipes.erase(peer)) return;
            const bool last = pipes.empty();
            try {
                each(zmtp::as_bytes(tree_.topic_of(at)), last);
            } catch (const std::bad_alloc&) {
                // The pipe is forgotten everywhere, be there memory to say so or not.
            }
            if (last) forget(at);
        });
    }

    /// Calls `each(pipe)` for every subscription that `text` begins with; a pipe may come more than once.
    template <class Each>
    void match(zmtp::bytes text, Each&& each) const {
        tree_.match(text, [&](const pipe_set& pipes) {
            pipes.for_each(each);
            return false;
        });
    }

    /// How many topics are wanted.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t node_count() const noexcept { return tree_.node_count(); }

private:
    using tree = prefix_tree<pipe_set>;
    void forget(tree::place at) {
        --size_;
        try {
            tree_.tidy(at);
        } catch (const std::bad_alloc&) {
            // Two nodes stay apart that could be one.
        }
    }

    tree tree_;
    std::size_t size_ = 0;
};

/// What a subscriber itself wants, each topic as often as it was asked for. Owned by an XSUB.
class topic_counts {
public:
    /// True the first time.
    bool add(zmtp::bytes topic);
    /// True when it was the last time; false also for an unknown topic.
    bool remove(zmtp::bytes topic);
    /// Does `text` begin with a wanted topic?
    [[nodiscard]] bool matches(zmtp::bytes text) const {
        return tree_.match(text, [](const count&) { return true; });
    }
    /// Calls `each(topic)` once for every wanted topic, in no order.
    template <class Each>
    void for_each(Each&& each) {
        tree_.for_each([&](tree::place at) { each(zmtp::as_bytes(tree_.topic_of(at))); });
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t node_count() const noexcept { return tree_.node_count(); }

private:
    struct count {
        std::uint32_t times = 0;
        [[nodiscard]] bool empty() const noexcept { return times == 0; }
    };
    using tree = prefix_tree<count>;

    tree tree_;
    std::size_t size_ = 0;
};

}  // namespace zither::sockets::pattern
