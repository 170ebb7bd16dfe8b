// From socket to socket CURVE asks for no more memory than NULL: a message that is sealed goes the same way.
#include "memory.hpp"

#include "zither/sockets/socket.hpp"

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace zither;
using zither::faults::shortage;
namespace support = zither::support;

namespace {

/// A PUSH and a PULL over tcp, of one thread that does all there is to do for them, so that it asks for all
/// the memory.
class meeting {
public:
    explicit meeting(bool sealed) {
        for (auto* each : {&pull_, &push_}) each->set(option::linger, std::chrono::milliseconds(0));
        if (sealed) seal();
        pull_.bind("tcp://127.0.0.1:*");
        push_.connect(pull_.last_endpoint());
    }
    /// Says a body so many times before the first is heard; how often it was heard.
    int exchange(const std::string& body, int burst) {
        int heard = 0;
        for (int i = 0; i < burst; ++i) push_.send(body);
        for (; heard < burst && receive(); ++heard)
            if (part_.text() != body) break;
        part_.clear();
        return heard;
    }

private:
    void seal() {
        const auto server = key_pair::generate(), client = key_pair::generate();
        pull_.set(option::curve_server, true);
        pull_.set(option::curve_secret_key, server.secret_half.z85());
        push_.set(option::curve_server_key, server.public_half.z85());
        push_.set(option::curve_public_key, client.public_half.z85());
        push_.set(option::curve_secret_key, client.secret_half.z85());
    }
    bool receive() {
        std::error_code error;
        for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
             std::chrono::steady_clock::now() < end;) {
            pull_.receive(part_, wait::never, error);
            if (!error) return true;
            const support::aside handlers;  // are Asio's, as many as it takes
            loop_.poll();
        }
        return false;
    }

    asio::io_context loop_{1};
    context in_{loop_};
    zither::socket pull_{in_, socket_type::pull};
    zither::socket push_{in_, socket_type::push};
    message part_;
};

constexpr int rounds = 50;

/// What a warm connection asks for in all rounds.
std::uint64_t requests(bool sealed, std::size_t size, int burst) {
    meeting both(sealed);
    const std::string body(size, 'x');
    int heard = 0;
    for (int i = 0; i < rounds; ++i) heard += both.exchange(body, burst);
    const shortage never(0, 0);
    for (int i = 0; i < rounds; ++i) heard += both.exchange(body, burst);
    CHECK(heard == 2 * rounds * burst);
    return shortage::asked_for() - shortage::asked_for_handlers();
}

}  // namespace

TEST_CASE("CURVE asks for no memory for a message that NULL does not ask for") {
    // Within a message, within a chunk, kept by reference, read into a buffer of its own.
    const auto size = GENERATE(std::size_t{10}, std::size_t{1000}, std::size_t{10000}, std::size_t{20000},
                               std::size_t{100000});
    const int burst = GENERATE(1, 8);
    const auto open = requests(false, size, burst), sealed = requests(true, size, burst);
    CAPTURE(size, burst, open, sealed);
    // A lane's list grows now and then, more often where messages do not come in one piece.
    CHECK(sealed < open + static_cast<std::uint64_t>(rounds * burst) / 4);
    // Nor does NULL, for those that are copied.
    if (size <= 1000) CHECK(sealed < static_cast<std::uint64_t>(rounds * burst) / 4);
}
