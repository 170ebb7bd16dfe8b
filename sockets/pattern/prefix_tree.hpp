#pragma once

#include "zither/zmtp/message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace zither::sockets::pattern {

/// A radix tree from topics to values, for finding all topics that a message begins with. Nodes live in one
/// array and name each other by number, so no walk and no destructor recurses, however long the topics are.
/// A long topic is a chain of nodes: a change anywhere in it copies a piece and not the rest, which a peer
/// that wants one long topic could have copied for every short one.
/// `Value` is movable and has `empty()`; a topic is present while its value is not empty.
template <class Value>
class prefix_tree {
public:
    using place = std::uint32_t;
    static constexpr place nowhere = ~place{0};

    /// Octets of a topic that one node holds at most.
    static constexpr std::size_t label_max = 256;

    prefix_tree() { nodes_.emplace_back(); }

    /// The place of `topic`, made when it is not there.
    place insert(zmtp::bytes topic) {
        auto here = root;
        auto rest = zmtp::as_text(topic);
        try {
            while (!rest.empty()) {
                const auto next = child(here, rest.front());
                const auto common = next == nowhere ? std::min(rest.size(), label_max)
                                                    : common_size(nodes_[next].label, rest);
                if (next == nowhere)
                    here = make_leaf(here, rest.substr(0, common));
                else
                    here = common == nodes_[next].label.size() ? next : split(next, common);
                rest.remove_prefix(common);
            }
        } catch (const std::bad_alloc&) {
            tidy(here);
            throw;
        }
        return here;
    }

    /// The place of `topic`, or nowhere.
    [[nodiscard]] place find(zmtp::bytes topic) const noexcept {
        auto here = root;
        auto rest = zmtp::as_text(topic);
        while (!rest.empty()) {
            here = step(here, rest);
            if (here == nowhere) return nowhere;
        }
        return here;
    }

    [[nodiscard]] Value& operator[](place at) noexcept { return nodes_[at].value; }

    /// Calls `each(value)` for every present prefix of `text`, shortest first, until one returns true.
    template <class Each>
    bool match(zmtp::bytes text, Each&& each) const {
        auto here = root;
        auto rest = zmtp::as_text(text);
        for (;;) {
            const auto& value = nodes_[here].value;
            if (!value.empty() && each(value)) return true;
            if (rest.empty()) return false;
            here = step(here, rest);
            if (here == nowhere) return false;
        }
    }

    /// Calls `each(place)` for every present topic, in no order; `each` may empty its value and `tidy` it.
    template <class Each>
    void for_each(Each&& each) {
        for (place at = 0; at < nodes_.size(); ++at)
            if (!nodes_[at].value.empty()) each(at);
    }

    [[nodiscard]] std::string topic_of(place at) const {
        std::size_t size = 0;
        for (auto up = at; up != root; up = nodes_[up].parent) size += nodes_[up].label.size();
        std::string topic(size, '\0');
        for (auto up = at; up != root; up = nodes_[up].parent) {
            const auto& label = nodes_[up].label;
            size -= label.size();
            label.copy(topic.data() + size, label.size());
        }
        return topic;
    }

    /// Removes the nodes that nobody needs now that the value at `at` is empty.
    void tidy(place at) {
        while (at != root && nodes_[at].value.empty() && nodes_[at].children.empty()) {
            const auto parent = nodes_[at].parent;
            unlink(parent, nodes_[at].label.front());
            release(at);
            at = parent;
        }
        const auto above = nodes_[at].parent;
        if (joins(at)) join_only_child(at);
        // What was too long together with this one may be short enough now.
        if (joins(above)) join_only_child(above);
        if (node_count() == 1) give_memory_back();
    }

    /// How many nodes there are, for tests of thrift.
    [[nodiscard]] std::size_t node_count() const noexcept { return nodes_.size() - free_count_; }

private:
    static constexpr place root = 0;

    struct link {
        unsigned char first;
        place to;
    };
    struct node {
        std::string label;           // what this node adds to its parent's topic
        std::vector<link> children;  // ordered by the first octet of their labels
        Value value{};
        place parent = root;  // in a free node: the next free one
    };

    static std::size_t common_size(std::string_view a, std::string_view b) noexcept {
        const auto differs = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
        return static_cast<std::size_t>(differs - a.begin());
    }

    template <class Links>
    static auto lower(Links& links, char first) noexcept {
        const auto key = static_cast<unsigned char>(first);
        return std::lower_bound(links.begin(), links.end(), key,
                                [](const link& l, unsigned char k) { return l.first < k; });
    }

    [[nodiscard]] place child(place at, char first) const noexcept {
        const auto& links = nodes_[at].children;
        const auto found = lower(links, first);
        const bool is_there = found != links.end() && found->first == static_cast<unsigned char>(first);
        return is_there ? found->to : nowhere;
    }

    /// The child whose whole label `rest` begins with; takes the label off `rest`.
    [[nodiscard]] place step(place at, std::string_view& rest) const noexcept {
        const auto next = child(at, rest.front());
        if (next == nowhere || !rest.starts_with(nodes_[next].label)) return nowhere;
        rest.remove_prefix(nodes_[next].label.size());
        return next;
    }

    place make(std::string_view label, place parent) {
        std::string own(label);
        auto at = first_free_;
        if (at != nowhere) {
            first_free_ = nodes_[at].parent;
            --free_count_;
        } else {
            at = static_cast<place>(nodes_.size());
            nodes_.emplace_back();
        }
        nodes_[at].label = std::move(own);
        nodes_[at].parent = parent;
        return at;
    }

    void release(place at) noexcept {
        nodes_[at] = node();
        nodes_[at].parent = std::exchange(first_free_, at);
        ++free_count_;
    }

    /// Most nodes have few children.
    static std::size_t roomier(std::size_t size) noexcept { return size < 4 ? size + 1 : size * 2; }

    place make_leaf(place parent, std::string_view label) {
        auto& links = nodes_[parent].children;
        // Room first, so that a lack of memory leaves no node without its link.
        if (links.size() == links.capacity()) links.reserve(roomier(links.size()));
        const auto at = make(label, parent);
        auto& ready = nodes_[parent].children;
        ready.insert(lower(ready, label.front()), link{static_cast<unsigned char>(label.front()), at});
        return at;
    }

    void unlink(place parent, char first) noexcept {
        auto& links = nodes_[parent].children;
        links.erase(lower(links, first));
        if (links.empty()) links.shrink_to_fit();
    }

    /// Puts a node in front of `lower_part` that takes the first `size` octets of its label.
    place split(place lower_part, std::size_t size) {
        std::string tail = nodes_[lower_part].label.substr(size);
        std::vector<link> only{link{static_cast<unsigned char>(tail.front()), lower_part}};
        const auto parent = nodes_[lower_part].parent;
        const auto middle = make(std::string_view(nodes_[lower_part].label).substr(0, size), parent);
        nodes_[middle].children = std::move(only);
        lower(nodes_[parent].children, nodes_[middle].label.front())->to = middle;
        nodes_[lower_part].label = std::move(tail);
        nodes_[lower_part].parent = middle;
        return middle;
    }

    [[nodiscard]] bool joins(place at) const noexcept {
        const auto& one = nodes_[at];
        return at != root && one.value.empty() && one.children.size() == 1 &&
               one.label.size() + nodes_[one.children.front().to].label.size() <= label_max;
    }

    /// The child stays and takes the label in, so that a walk by number meets every value once.
    void join_only_child(place at) {
        const auto below = nodes_[at].children.front().to;
        const auto parent = nodes_[at].parent;
        nodes_[below].label.insert(0, nodes_[at].label);
        nodes_[below].parent = parent;
        lower(nodes_[parent].children, nodes_[at].label.front())->to = below;
        release(at);
    }

    void give_memory_back() {
        nodes_.resize(1);
        nodes_.shrink_to_fit();
        first_free_ = nowhere;
        free_count_ = 0;
    }

    std::vector<node> nodes_;
    place first_free_ = nowhere;
    place free_count_ = 0;
};

}  // namespace zither::sockets::pattern
