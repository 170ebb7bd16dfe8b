// zither-keygen: makes the two files of a new CURVE key pair (docs/reference/key-files.md).
#include "zither/sockets/key_file.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

constexpr const char* usage =
    "use: zither-keygen FILE         makes FILE, to be given away, and FILE_secret, to be kept\n"
    "     zither-keygen --show FILE  writes the public key of either\n"
    "\n"
    "Files that exist are never written to. The format is czmq's and pyzmq's.\n";

int make(const char* path) {
    const auto pair = zither::key_pair::generate();
    zither::save_key_pair(pair, path);
    std::printf("%s\n", pair.public_half.z85().c_str());
    return 0;
}

int show(const char* path) {
    std::printf("%s\n", zither::load_public_key(path).z85().c_str());
    return 0;
}

}  // namespace

int main(int count, char** words) {
    const std::string_view first = count > 1 ? words[1] : "";
    if (first == "--help" || first == "-h") {
        std::fputs(usage, stdout);
        return 0;
    }
    try {
        if (count == 3 && first == "--show") return show(words[2]);
        if (count == 2 && !first.empty() && first.front() != '-') return make(words[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "zither-keygen: %s\n", error.what());
        return 1;
    }
    std::fputs(usage, stderr);
    return 2;
}
