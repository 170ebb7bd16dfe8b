#include "chaos.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace zither::soak {

namespace {

constexpr std::uint64_t leave_max = 20000 * ms;
constexpr std::uint64_t recovery_max = 30000 * ms;
constexpr std::uint64_t silence = 1000 * ms;
constexpr std::uint64_t silence_max = 20000 * ms;
constexpr std::uint64_t printed_max = 60;

constexpr std::uint16_t first_binder_port = 20000;
constexpr std::uint16_t first_wire_port = 21000;

/// An address of this process's own. With ports below those that the system gives away, nobody else comes by
/// them while their owner is away.
std::string own_host() {
    const auto id = static_cast<unsigned>(getpid());
    return "127." + std::to_string(64 + (id >> 16) % 64) + "." + std::to_string(id >> 8 & 255) + "." +
           std::to_string(id & 255);
}

}  // namespace

chaos::chaos(const orders& given) : given_(given), book_(make_ledger()) {
    std::string name = (std::filesystem::temp_directory_path() / "soak.XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no folder for sockets");
    scratch_ = name;
    const auto& all = the_topology();
    const auto host = own_host();
    for (std::size_t i = 0; i < all.rows.size(); ++i)
        at_.bind.push_back(i % 2 ? "ipc://" + scratch_ + "/" + std::to_string(i)
                                 : "tcp://" + host + ":" + std::to_string(first_binder_port + i));
    for (std::size_t i = 0; i < all.links.size(); ++i) {
        const auto& target = at_.bind[static_cast<std::size_t>(all.links[i].row)];
        network_.push_back(std::make_unique<wire>(host, static_cast<std::uint16_t>(first_wire_port + i),
                                                  target, given.seed * 1000 + i));
        network_.back()->excuse(now(), now() + notice, true);  // nobody is connected yet
        at_.connect.push_back(network_.back()->endpoint());
    }
    tallies_.resize(all.flows.size());
}

chaos::~chaos() {
    for (auto& each : processes_) {
        if (each.id <= 0) continue;
        kill(each.id, SIGKILL);
        waitpid(each.id, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
}

void chaos::complain(const std::string& what) {
    if (++complaints_ > printed_max) return;
    std::cout << "unexplained: " << what << std::endl;
    if (complaints_ == printed_max) std::cout << "(what follows is counted)" << std::endl;
}

void chaos::start(int node) {
    const auto index = static_cast<std::size_t>(node);
    book_.leave[index] = false;
    const auto incarnation = ++book_.incarnation[index];
    std::cout.flush();
    const auto made = fork();
    if (made < 0) throw std::runtime_error("no process");
    if (made == 0) {
        close_range(3, ~0U, 0);
        run_node(node, at_, book_, given_.seed * 7919 + incarnation * 31 + index);
    }
    processes_[index] = {};
    processes_[index].id = made;
}

void chaos::reap(int node, bool wait) {
    auto& of = processes_[static_cast<std::size_t>(node)];
    int status = 0;
    if (of.id <= 0 || waitpid(of.id, &status, wait ? 0 : WNOHANG) != of.id) return;
    const bool asked = of.leaving_since != 0;
    const auto back_at = of.back_at, took = asked ? now() - of.leaving_since : 0;
    of = {};
    of.back_at = std::max<std::uint64_t>(back_at, 1);
    if (asked && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        for (std::size_t i = 0; i < network_.size(); ++i) {
            const int side = the_topology().links[i].connector == node ? 0 : 1;
            if (!the_topology().touches(i, node)) continue;
            network_[i]->lost(now() - took, now() + notice, side);
            network_[i]->left();
        }
        // Longer than linger: then it gave up.
        excuse_links_of(node, now() + notice, took > 9000 * ms);
        return;
    }
    excuse_links_of(node, now() + notice, true);
    complain(std::string("process ") + static_cast<char>('A' + node) +
             (WIFSIGNALED(status) ? " died of signal " + std::to_string(WTERMSIG(status))
                                  : " ended with " + std::to_string(WEXITSTATUS(status))));
}

void chaos::tend() {
    const auto at = now();
    for (int i = 0; i < nodes; ++i) {
        auto& of = processes_[static_cast<std::size_t>(i)];
        reap(i, false);
        if (of.id > 0 && of.paused_until != 0 && of.paused_until <= at) {
            kill(of.id, SIGCONT);
            of.paused_until = 0;
        }
        if (of.leaving_since != 0) {
            excuse_links_of(i, at + notice, false);
            if (of.paused_until == 0 && at - of.leaving_since > leave_max) {
                complain(std::string("process ") + static_cast<char>('A' + i) + " did not leave");
                excuse_links_of(i, at + notice, true);
                kill(of.id, SIGKILL);
                waitpid(of.id, nullptr, 0);
                of = {};
                of.back_at = 1;
            }
        }
        if (of.id == 0 && of.back_at != 0 && of.back_at <= at) start(i);
    }
    if (network_back_at_ != 0 && network_back_at_ <= at) {
        set_network(true);
        network_back_at_ = 0;
    }
    for (std::size_t i = 0; i < network_.size(); ++i) {
        const auto& link = the_topology().links[i];
        const auto row = static_cast<std::size_t>(link.row), node = static_cast<std::size_t>(link.connector);
        const auto broke = book_.broke_itself[row][node].load();
        if (std::exchange(broke_itself_[row][node], broke) != broke)
            network_[i]->excuse(broke, at + notice, true);
    }
}

void chaos::turn(int wait_ms) {
    std::vector<pollfd> watched;
    for (const auto& each : network_) each->watch(watched);
    if (network_back_at_ != 0) watched.clear();
    poll(watched.data(), watched.size(), wait_ms);
    tend();
    // What we ended while the network is down might never be heard of either.
    for (std::size_t i = 0; i < network_.size() && network_back_at_ == 0; ++i) {
        std::vector<std::string> said;
        network_[i]->pass(said);
        for (const auto& each : said)
            complain(std::string(the_topology().row_of(i).name) + " of " +
                     static_cast<char>('A' + the_topology().links[i].connector) + ": " + each);
    }
    for (; printed_ < std::min(book_.complaints.load(), complaints_max) && book_.said[printed_].ready;
         ++printed_)
        complain(book_.said[printed_].text);
}

void chaos::heal() {
    for (auto& each : network_) each->heal();
    if (network_back_at_ != 0) network_back_at_ = 1;
    for (auto& each : processes_) {
        if (each.paused_until != 0) each.paused_until = 1;
        if (each.back_at != 0) each.back_at = 1;
    }
    const auto all_here = [&] {
        for (const auto& each : processes_)
            if (each.id <= 0 || each.leaving_since != 0 || each.paused_until != 0) return false;
        return network_back_at_ == 0;
    };
    do turn(2);
    while (!all_here());
}

bool chaos::recovered(std::size_t flow, std::size_t receiver, std::uint64_t since) const {
    const auto& book = book_.flows[flow];
    const auto count = book.at[receiver].count.load();
    if (book.tried >= messages_max || count >= messages_max) return true;
    return count > 0 && book.sent[book.at[receiver].heard[count - 1].number].at >= since;
}

void chaos::wait_for_recovery(std::uint64_t since) {
    const auto end = now() + recovery_max;
    const auto waiting = [&] {
        std::vector<std::string> made;
        for (std::size_t i = 0; i < tallies_.size(); ++i)
            for (std::size_t j = 0; j < the_topology().flows[i].receivers.size(); ++j)
                if (!recovered(i, j, since))
                    made.push_back(the_topology().flows[i].name + ": " +
                                   static_cast<char>('A' + the_topology().flows[i].receivers[j].node));
        return made;
    };
    while (!waiting().empty() && now() < end) turn(2);
    for (const auto& each : waiting()) complain(each + " hears nothing though the network is well again");
}

void chaos::wait_for_silence() {
    const auto heard = [&] {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < tallies_.size(); ++i)
            for (const auto& each : book_.flows[i].at) sum += each.count;
        return sum;
    };
    const auto end = now() + silence_max;
    for (auto last = heard(), since = now(); now() - since < silence && now() < end; turn(2))
        if (const auto sum = heard(); sum != last) last = sum, since = now();
}

void chaos::round(std::uint64_t number) {
    for (std::size_t i = 0; i < tallies_.size(); ++i) {
        auto& flow = book_.flows[i];
        flow.tried = flow.waits = 0;
        for (auto& each : flow.at) each.count = 0;
    }
    for (auto& each : network_) each->forget(now());
    book_.round = static_cast<std::uint32_t>(number + 1);
    book_.sending = true;
    const auto began = now();
    for (const auto& each :
         make_plan(given_.seed * 1'000'003 + number, given_.round_ms, given_.own_network)) {
        while (now() < began + each.at_ms * ms) turn(2);
        happen(each);
    }
    while (now() < began + given_.round_ms * ms) turn(2);
    heal();
    wait_for_recovery(now());
    book_.sending = false;
    wait_for_silence();
    tally all;
    for (std::size_t i = 0; i < tallies_.size(); ++i) {
        std::vector<std::string> said;
        const auto one = judge(static_cast<int>(i), book_, network_, said);
        tallies_[i].add(one);
        all.add(one);
        for (const auto& each : said) complain("round " + std::to_string(number) + ", " + each);
    }
    samples_.push_back(sample());
    std::cout << "round " << number << ": " << all.sent << " sent, " << all.lost << " lost, "
              << all.unexplained << " not; " << samples_.back().kilobytes << " kB, "
              << samples_.back().descriptors << " descriptors" << std::endl;
}

int chaos::run() {
    for (int i = 0; i < nodes; ++i) start(i);
    for (std::uint64_t i = 0; i < given_.rounds; ++i) round(given_.first + i);
    check_memory();
    for (int i = 0; i < nodes; ++i) {
        book_.leave[static_cast<std::size_t>(i)] = true;
        processes_[static_cast<std::size_t>(i)].leaving_since = now();
        processes_[static_cast<std::size_t>(i)].back_at = ~std::uint64_t{0};
    }
    const auto gone = [&] {
        for (const auto& each : processes_)
            if (each.id > 0) return false;
        return true;
    };
    for (const auto end = now() + leave_max + notice; !gone() && now() < end;) turn(2);
    report();
    return complaints_ == 0 ? 0 : 1;
}

}  // namespace zither::soak
