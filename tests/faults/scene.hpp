#pragma once

// A short life of two sockets on a simulated machine, which must be told the same whatever fails on the way.

#include "aside.hpp"
#include "machine.hpp"

#include "zither/zither.hpp"

#include <asio/io_context.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>

namespace zither::faults {

using namespace std::chrono_literals;
using sim::call;
using sim::machine;

/// What became of it.
struct end {
    std::error_code refused{};    ///< what a call said that gave up, if one did
    std::size_t heard = 0;        ///< of what was said
    bool heard_at_last = false;   ///< a message after all that
    int thrown = 0;               ///< by a handler on the loop
    std::size_t descriptors = 0;  ///< left open
    std::size_t files = 0;        ///< of ipc, left behind
    int strange_questions = 0;    ///< to ZAP's handler, which are no whole ones
    std::uint64_t calls[static_cast<std::size_t>(call::count_)] = {};
};

inline constexpr std::size_t said = 6;

/// By what the two know each other.
enum class trust { null, plain, curve };
inline std::ostream& operator<<(std::ostream& to, trust one) {
    return to << (one == trust::null ? "NULL" : one == trust::plain ? "PLAIN" : "CURVE");
}

/// Where ipc makes its files, while it lives.
class playground {
public:
    playground() {
        if (::mkdtemp(folder_.data())) ::setenv("TMPDIR", folder_.c_str(), 1);
    }
    ~playground() {
        ::unsetenv("TMPDIR");
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    playground(const playground&) = delete;
    playground& operator=(const playground&) = delete;
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    /// What is there, which goes.
    static std::size_t sweep() {
        const support::aside meanwhile;
        std::size_t count = 0;
        const auto* const folder = std::getenv("TMPDIR");
        if (!folder) return 0;
        for (const auto& each : std::filesystem::directory_iterator(folder))
            count += std::filesystem::remove_all(each.path());
        return count;
    }

private:
    std::string folder_ = "/tmp/zither-faults-XXXXXX";
};

/// How the two meet.
enum class way { tcp, ipc, ipc_wildcard };
inline std::ostream& operator<<(std::ostream& to, way one) {
    return to << (one == way::tcp ? "tcp" : one == way::ipc ? "ipc" : "ipc://*");
}
inline std::string endpoint_of(way one) {
    if (one == way::tcp) return "tcp://127.0.0.1:*";
    return one == way::ipc_wildcard ? "ipc://*" : "ipc://" + std::string(std::getenv("TMPDIR")) + "/door";
}

/// Lets everybody in who asks. One that memory is too short for is followed by another.
class zap_handler {
public:
    explicit zap_handler(context& in) : in_(in) {}
    [[nodiscard]] int strange_questions() const noexcept { return strange_; }
    void answer() {
        try {
            if (!socket_) {
                socket_.emplace(in_, socket_type::rep);
                socket_->set(option::linger, 0ms);
                socket_->bind("inproc://zeromq.zap.01");
            }
            while (answer_one()) {
            }
        } catch (const std::bad_alloc&) {
            socket_.reset();
        } catch (const std::system_error&) {
            socket_.reset();
        }
    }

private:
    bool answer_one() {
        std::error_code error;
        const auto asked = socket_->receive_multipart(wait::never, error);
        if (error) return false;
        if (asked.size() != plain_question) ++strange_;
        const std::string id(asked.at(1).text());
        multipart made;
        for (const auto* each : {"1.0", id.c_str(), "200", "", "somebody", ""}) made.emplace_back(each);
        socket_->send(std::move(made), wait::never, error);
        return true;
    }

    // Version, number, domain, address, routing id, mechanism, and who with what password.
    static constexpr std::size_t plain_question = 8;

    context& in_;
    std::optional<zither::socket> socket_{};
    int strange_ = 0;
};

class scene {
public:
    explicit scene(machine& on, trust by = trust::null, way met_by = way::tcp)
        : machine_(on), by_(by), way_(met_by) {}

    end play() {
        end made;
        try {
            live(made);
        } catch (const std::system_error& refused) {
            made.refused = refused.code();
        } catch (const std::bad_alloc&) {
            made.refused = std::make_error_code(std::errc::not_enough_memory);
        }
        made.thrown = thrown_;
        made.descriptors = machine_.open_descriptors();
        if (way_ != way::tcp) made.files = playground::sweep();
        for (std::size_t i = 0; i < std::size(made.calls); ++i)
            made.calls[i] = machine_.calls(static_cast<call>(i));
        return made;
    }

private:
    void live(end& made) {
        asio::io_context loop(1);
        {
            context in(loop);
            zap_handler handler(in);
            if (by_ == trust::plain) handler_ = &handler;
            zither::socket pull(in, socket_type::pull);
            zither::socket push(in, socket_type::push);
            for (auto* each : {&pull, &push}) {
                each->set(option::linger, 0ms);
                each->set(option::reconnect_interval, 10ms);
                each->set(option::handshake_interval, 500ms);
            }
            secure(push, pull);
            pull.bind(endpoint_of(way_));
            push.connect(pull.last_endpoint());
            for (std::size_t i = 0; i < said; ++i) {
                // One is longer than a chunk, so that it takes the way of large frames.
                send(push, std::string(i == 3 ? 100000 : 10, 'x'));
                turns(loop, 2);
            }
            made.heard = hear(loop, pull, said, 600);
            // What was under way on a connection that breaks is lost, so it is said again.
            for (int i = 0; i < 60 && !made.heard_at_last; ++i) {
                send(push, "at last");
                made.heard_at_last = hear(loop, pull, 1, 10) == 1;
            }
            made.strange_questions = handler.strange_questions();
        }
        handler_ = nullptr;
        run(loop);
    }
    void secure(zither::socket& client, zither::socket& server) const {
        if (by_ == trust::plain) {
            server.set(option::plain_server, true);
            client.set(option::plain_username, "somebody");
            // Longer than what a message has in itself.
            client.set(option::plain_password, std::string(60, 's'));
        }
        if (by_ != trust::curve) return;
        static const auto clients = key_pair::generate(), servers = key_pair::generate();
        server.set(option::curve_server, true);
        server.set(option::curve_secret_key, servers.secret_half.z85());
        client.set(option::curve_server_key, servers.public_half.z85());
        client.set(option::curve_public_key, clients.public_half.z85());
        client.set(option::curve_secret_key, clients.secret_half.z85());
    }
    /// What a handler of ours throws would end an I/O thread, and the process with it.
    void run(asio::io_context& loop) {
        loop.restart();
        try {
            loop.poll();
        } catch (const std::exception&) {
            ++thrown_;
        }
        if (handler_) handler_->answer();
    }
    static void send(zither::socket& by, const std::string& body) {
        std::error_code error;
        try {
            by.send(message(body), wait::never, error);
        } catch (const std::bad_alloc&) {
            // It was not sent.
        }
    }
    void turns(asio::io_context& loop, int count) {
        for (; count > 0; --count) {
            {
                const support::aside time_passes;
                machine_.turn(5ms);
            }
            run(loop);
        }
    }
    std::size_t hear(asio::io_context& loop, zither::socket& by, std::size_t wanted, int patience) {
        std::size_t heard = 0;
        for (; heard < wanted && patience > 0; --patience) {
            turns(loop, 1);
            for (std::error_code error; heard < wanted; ++heard) {
                try {
                    const auto part = by.receive(wait::never, error);
                } catch (const std::bad_alloc&) {
                    break;
                }
                if (error) break;
            }
        }
        return heard;
    }

    machine& machine_;
    const trust by_;
    const way way_;
    zap_handler* handler_ = nullptr;  // while it lives
    int thrown_ = 0;
};

}  // namespace zither::faults
