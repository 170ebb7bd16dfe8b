// Three processes that talk in every pattern while they are killed, restarted and cut off, and an account of
// each message.
//   soak [--rounds N] [--first N] [--seconds S] [--seed N] [--own-network] [--plan]
// A round is S seconds of chaos, then peace until all is heard again, then the judgement. --own-network: the
// loopback interface is ours alone and may be taken down. --plan prints what would happen.
#include "chaos.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

using namespace zither::soak;

namespace {

int usage() {
    std::cerr << "usage: soak [--rounds N] [--first N] [--seconds S] [--seed N] [--own-network] [--plan]\n";
    return 2;
}

int print_plan(const orders& given) {
    for (auto i = given.first; i < given.first + given.rounds; ++i) {
        std::cout << "round " << i << '\n';
        for (const auto& each : make_plan(given.seed * 1'000'003 + i, given.round_ms, given.own_network))
            std::cout << "  " << describe(each) << '\n';
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    orders given;
    bool plan = false;
    for (int i = 1; i < count; ++i) {
        const std::string_view each = arguments[i];
        const auto number = i + 1 < count ? std::strtoull(arguments[i + 1], nullptr, 10) : 0;
        if (each == "--own-network")
            given.own_network = true;
        else if (each == "--plan")
            plan = true;
        else if (i + 1 == count)
            return usage();
        else if (each == "--rounds")
            given.rounds = number, ++i;
        else if (each == "--first")
            given.first = number, ++i;
        else if (each == "--seconds")
            given.round_ms = number * 1000, ++i;
        else if (each == "--seed")
            given.seed = number, ++i;
        else
            return usage();
    }
    if (given.rounds == 0) return usage();
    if (plan) return print_plan(given);
    try {
        return chaos(given).run();
    } catch (const std::exception& wrong) {
        std::cerr << wrong.what() << '\n';
        return 2;
    }
}
