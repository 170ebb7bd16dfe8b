#include "subscription_trie.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace zither::sockets::pattern {

namespace {

// By address alone who is served first would be an accident, and a simulation would not repeat itself.
bool sooner(pipe* one, pipe* other) {
    const auto turn = one->pattern_notes().turn, others = other->pattern_notes().turn;
    return turn != others ? turn < others : std::less<>()(one, other);
}

auto place_of(std::vector<pipe*>& among, pipe& peer) {
    return std::lower_bound(among.begin(), among.end(), &peer, sooner);
}

}  // namespace

bool pipe_set::insert(pipe& peer) {
    if (empty()) {
        one_ = &peer;
        return true;
    }
    if (one_) {
        if (one_ == &peer) return false;
        auto both = std::make_unique<std::vector<pipe*>>();
        both->reserve(2);
        both->push_back(std::exchange(one_, nullptr));
        many_ = std::move(both);
    }
    const auto at = place_of(*many_, peer);
    if (at != many_->end() && *at == &peer) return false;
    many_->insert(at, &peer);
    return true;
}

bool pipe_set::erase(pipe& peer) noexcept {
    if (one_ == &peer) {
        one_ = nullptr;
        return true;
    }
    if (!many_) return false;
    const auto at = place_of(*many_, peer);
    if (at == many_->end() || *at != &peer) return false;
    many_->erase(at);
    if (many_->size() == 1) {
        one_ = many_->front();
        many_.reset();
    }
    return true;
}

subscription_trie::addition subscription_trie::add(zmtp::bytes topic, pipe& peer) {
    auto& pipes = tree_[tree_.insert(topic)];
    const bool first = pipes.empty();
    if (!pipes.insert(peer)) return addition::again;
    size_ += first;
    return first ? addition::first : addition::another;
}

subscription_trie::removal subscription_trie::remove(zmtp::bytes topic, pipe& peer) {
    const auto at = tree_.find(topic);
    if (at == tree::nowhere || !tree_[at].erase(peer)) return removal::unknown;
    if (!tree_[at].empty()) return removal::others_remain;
    forget(at);
    return removal::last;
}

bool topic_counts::add(zmtp::bytes topic) {
    auto& wanted = tree_[tree_.insert(topic)];
    const bool first = wanted.empty();
    ++wanted.times;
    size_ += first;
    return first;
}

bool topic_counts::remove(zmtp::bytes topic) {
    const auto at = tree_.find(topic);
    if (at == tree::nowhere || tree_[at].empty() || --tree_[at].times > 0) return false;
    --size_;
    tree_.tidy(at);
    return true;
}

}  // namespace zither::sockets::pattern
