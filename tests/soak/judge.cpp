#include "judge.hpp"

#include "zmq.h"

#include <algorithm>
#include <limits>

namespace zither::soak {

namespace {

constexpr auto never = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t named_max = 3;  ///< gaps of one flow that are named one by one

class judgement {
public:
    judgement(int number, const ledger& book, const wires& network, std::vector<std::string>& complaints)
        : of_(the_topology().flows[static_cast<std::size_t>(number)]),
          book_(book.flows[static_cast<std::size_t>(number)]),
          network_(network),
          complaints_(complaints),
          count_(std::min(book_.tried.load(), messages_max)) {
        made_.waits = book_.waits;
        for (std::uint32_t i = 0; i < count_; ++i)
            made_.sent += state(i) == fate::sent || state(i) == fate::tried;
        for (std::size_t i = 0; i < of_.receivers.size(); ++i) read(i);
        if (of_.shared)
            check_shared();
        else
            for (std::size_t i = 0; i < of_.receivers.size(); ++i) check_gaps(i);
    }
    [[nodiscard]] tally result() const { return made_; }

private:
    struct reception {
        std::uint64_t at = 0;  // 0: not heard
    };
    fate state(std::uint32_t number) const { return book_.sent[number].state; }
    std::uint64_t sent_at(std::uint32_t number) const { return book_.sent[number].at; }

    void complain(const std::string& what) {
        ++made_.unexplained;
        if (++named_ <= named_max) complaints_.push_back(of_.name + ": " + what);
    }

    /// Is there a moment between `from` and `to` at which a link on the way lost what it had?
    bool broke(std::size_t receiver, std::uint64_t from, std::uint64_t to, bool in_any_way = false) const {
        for (const int each : of_.receivers[receiver].links) {
            const auto& link = the_topology().links[static_cast<std::size_t>(each)];
            const int side = link.connector == of_.sender ? 0 : 1;
            for (const auto& loss : network_[static_cast<std::size_t>(each)]->losses())
                if (loss.from <= to && loss.to >= from && (in_any_way || !spares(loss, side))) return true;
        }
        return false;
    }
    /// A side that ended in good order had sent all. But a ROUTER that hears of its successor, under the same
    /// routing id, before it hears of the end lets go of what is still under way.
    bool spares(const interval& loss, int side) const {
        const auto& row = the_topology().rows[static_cast<std::size_t>(of_.receiving_row)];
        return !of_.passing && loss.spared == side && row.binder_type != ZMQ_ROUTER;
    }

    /// What one receiver heard: nothing twice, nothing that was not sent, and in order on one connection.
    void read(std::size_t receiver) {
        auto& heard = heard_.emplace_back(count_);
        const auto& log = book_.at[receiver];
        const auto entries = std::min(log.count.load(), messages_max);
        std::uint32_t last = 0;
        for (std::uint32_t i = 0; i < entries; ++i) {
            const auto& entry = log.heard[i];
            if (entry.number >= count_ || state(entry.number) == fate::none) {
                complain("message " + std::to_string(entry.number) + " was heard but never sent");
                continue;
            }
            if (heard[entry.number].at != 0)
                complain("message " + std::to_string(entry.number) + " was heard twice");
            if (i > 0 && entry.number < last) {
                ++made_.swapped;
                if (!broke(receiver, sent_at(entry.number), entry.at, true))
                    complain("message " + std::to_string(entry.number) + " came after " +
                             std::to_string(last));
            }
            last = std::max(last, entry.number);
            heard[entry.number].at = entry.at;
            ++made_.heard;
        }
    }

    void check_gaps(std::size_t receiver) {
        const auto& heard = heard_[receiver];
        std::uint64_t before = 0;  // when the last heard one was sent
        for (std::uint32_t i = 0; i < count_;) {
            if (heard[i].at != 0 || state(i) == fate::none) {
                if (heard[i].at != 0) before = sent_at(i);
                ++i;
                continue;
            }
            auto end = i;
            while (end < count_ && heard[end].at == 0) ++end;
            const auto after = end < count_ ? heard[end].at : never;
            explain(receiver, i, end, before, after);
            i = end;
        }
    }

    /// Messages `begin` to `end` were not heard; those around them were, the next at `after`.
    void explain(std::size_t receiver, std::uint32_t begin, std::uint32_t end, std::uint64_t before,
                 std::uint64_t after) {
        std::uint32_t unexplained = 0, first = end;
        // Whoever is not connected misses a passing message: that is one gap from the break on.
        const bool gap = of_.passing && broke(receiver, before, after);
        for (auto i = begin; i < end; ++i) {
            if (state(i) == fate::none) continue;
            // A sender that was killed within the call may not have sent it.
            if (gap || state(i) == fate::tried || (!of_.passing && broke(receiver, sent_at(i), after))) {
                ++made_.lost;
                continue;
            }
            if (unexplained++ == 0) first = i;
        }
        if (unexplained == 0) return;
        made_.unexplained += unexplained - 1;
        complain(std::to_string(unexplained) + " lost from message " + std::to_string(first) + " (sent at " +
                 std::to_string((sent_at(first) - sent_at(0)) / ms) + " ms)" +
                 " on, with no break of their connection");
    }

    /// A message for any one of them: lost where a link broke before its receiver heard the next one.
    void check_shared() {
        std::vector<std::vector<std::uint64_t>> next;
        for (const auto& heard : heard_) {
            auto& times = next.emplace_back(count_ + 1, never);
            for (auto i = count_; i-- > 0;) times[i] = heard[i].at != 0 ? heard[i].at : times[i + 1];
        }
        for (std::uint32_t i = 0; i < count_; ++i) {
            std::size_t times = 0;
            for (const auto& heard : heard_) times += heard[i].at != 0;
            if (times > 1) complain("message " + std::to_string(i) + " was heard by two");
            if (times > 0 || state(i) == fate::none) continue;
            bool explained = state(i) == fate::tried;
            for (std::size_t each = 0; each < heard_.size(); ++each)
                explained = explained || broke(each, sent_at(i), next[each][i]);
            if (explained)
                ++made_.lost;
            else
                complain("message " + std::to_string(i) + " was lost, with no break of a connection");
        }
    }

    const flow& of_;
    const flow_ledger& book_;
    const wires& network_;
    std::vector<std::string>& complaints_;
    const std::uint32_t count_;
    std::vector<std::vector<reception>> heard_;
    tally made_;
    std::size_t named_ = 0;
};

}  // namespace

void tally::add(const tally& other) {
    sent += other.sent;
    heard += other.heard;
    lost += other.lost;
    swapped += other.swapped;
    waits += other.waits;
    unexplained += other.unexplained;
}

tally judge(int flow, const ledger& book, const wires& network, std::vector<std::string>& complaints) {
    return judgement(flow, book, network, complaints).result();
}

}  // namespace zither::soak
