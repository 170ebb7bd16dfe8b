// Runs seeds: simulate FROM COUNT, or simulate SEED to see one. A seed that fails is printed with what it
// decided; the same seed fails in the same way every time.
#include "apart.hpp"
#include "world.hpp"

#include <cstdlib>
#include <iostream>

using namespace zither::sim;

namespace {

struct result {
    bool kept = true;
    std::uint64_t trace = 0;
    std::uint64_t messages = 0;
};

result run(std::uint64_t seed) {
    world one(seed);
    result made;
    try {
        one.run();
    } catch (const std::exception& wrong) {
        made.kept = false;
        std::cout << "seed " << seed << ": " << wrong.what() << " (" << describe(one.is) << ")" << std::endl;
    }
    made.trace = one.trace();
    made.messages = one.messages();
    return made;
}

result run_apart(std::uint64_t seed) {
    result made;
    apart([&] { made = run(seed); });
    return made;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: simulate FROM COUNT | simulate SEED\n";
        return 2;
    }
    const auto from = std::strtoull(arguments[1], nullptr, 10);
    const auto seeds = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
    std::uint64_t failed = 0;
    std::uint64_t messages = 0;
    for (auto seed = from; seed < from + seeds; ++seed) {
        const auto once = run_apart(seed);
        failed += !once.kept;
        messages += once.messages;
        if (seed % 20 != 0) continue;
        if (run_apart(seed).trace == once.trace) continue;
        std::cout << "seed " << seed << ": a second run differs" << std::endl;
        ++failed;
    }
    std::cout << seeds << " seeds, " << messages << " messages heard, " << failed << " failed\n";
    return failed == 0 ? 0 : 1;
}
