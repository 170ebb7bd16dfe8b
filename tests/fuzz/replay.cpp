// Runs a fuzz target without libFuzzer, so that any compiler can: over inputs in a .hex file (one a line, as
// digits;
// '#' begins a comment) or in files of their own, as libFuzzer writes them. From each line it also makes
// neighbours, cut short and with one octet changed, always the same ones.
//
//   replay_<name> FILE...             runs them
//   replay_<name> --unpack FOLDER FILE.hex   writes each line to a file of its own, for libFuzzer
//   replay_<name> --pack FOLDER       prints the files of a folder as lines, shortest first
#include "fuzz.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace {

using octets = std::vector<std::uint8_t>;
constexpr std::size_t neighbours_max = 40;

std::vector<octets> read_hex(const std::filesystem::path& from) {
    std::vector<octets> all;
    std::ifstream file(from);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        octets one;
        for (std::size_t i = 0; i + 1 < line.size(); i += 2)
            one.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(i, 2), nullptr, 16)));
        all.push_back(std::move(one));
    }
    return all;
}

octets read_raw(const std::filesystem::path& from) {
    std::ifstream file(from, std::ios::binary);
    return octets(std::istreambuf_iterator<char>(file), {});
}

void run(const octets& one) {
    // A block of its own, so that a sanitizer sees a read beyond it.
    const auto copy = std::make_unique<std::uint8_t[]>(one.size());
    std::copy(one.begin(), one.end(), copy.get());
    LLVMFuzzerTestOneInput(copy.get(), one.size());
}

std::size_t run_neighbours(const octets& of) {
    const auto count = std::min(neighbours_max, of.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = i * of.size() / count;
        run({of.begin(), of.begin() + static_cast<std::ptrdiff_t>(place)});
        auto changed = of;
        changed[place] = static_cast<std::uint8_t>(changed[place] ^ (1u << (i % 8)));
        run(changed);
    }
    return 2 * count;
}

void print_hex(const octets& one) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto each : one) std::cout << digits[each >> 4] << digits[each & 15];
    std::cout << '\n';
}

int pack(const std::filesystem::path& folder) {
    std::vector<octets> all;
    for (const auto& each : std::filesystem::directory_iterator(folder)) all.push_back(read_raw(each.path()));
    std::ranges::sort(all, [](const octets& a, const octets& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    for (const auto& one : all) print_hex(one);
    return 0;
}

int unpack(const std::filesystem::path& folder, const std::filesystem::path& from) {
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const auto& one : read_hex(from)) {
        const auto name = from.parent_path().filename().string() + "-" + std::to_string(number++);
        std::ofstream file(folder / name, std::ios::binary);
        file.write(reinterpret_cast<const char*>(one.data()), static_cast<std::streamsize>(one.size()));
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> given(arguments + 1, arguments + count);
    if (given.size() == 3 && given[0] == "--unpack") return unpack(given[1], given[2]);
    if (given.size() == 2 && given[0] == "--pack") return pack(given[1]);
    std::size_t inputs = 0;
    run({});
    for (const auto& path : given) {
        if (!path.ends_with(".hex")) {
            run(read_raw(path));
            ++inputs;
            continue;
        }
        for (const auto& one : read_hex(path)) {
            run(one);
            inputs += 1 + run_neighbours(one);
        }
    }
    std::cout << inputs << " inputs\n";
    return inputs > 0 ? 0 : 1;  // a corpus that is not there tests nothing
}
