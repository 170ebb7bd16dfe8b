#include "zither/zmtp/curve_allow_list.hpp"

namespace zither::zmtp {

namespace {
std::string octets_of(const key& client) { return std::string(as_text(client.octets())); }
}  // namespace

void curve_allow_list::add(const key& client, std::string name) {
    if (name.empty()) name = client.z85();
    std::lock_guard held(mutex_);
    names_.insert_or_assign(octets_of(client), std::move(name));
}

bool curve_allow_list::remove(const key& client) {
    std::lock_guard held(mutex_);
    return names_.erase(octets_of(client)) == 1;
}

void curve_allow_list::clear() {
    std::lock_guard held(mutex_);
    names_.clear();
}

std::size_t curve_allow_list::size() const {
    std::lock_guard held(mutex_);
    return names_.size();
}

std::optional<std::string> curve_allow_list::find(const key& client) const {
    std::lock_guard held(mutex_);
    const auto place = names_.find(octets_of(client));
    if (place == names_.end()) return std::nullopt;
    return place->second;
}

}  // namespace zither::zmtp
