#pragma once

#include "zither/sockets/inproc.hpp"
#include "zither/sockets/options.hpp"
#include "zither/transport/birthplace.hpp"
#include "zither/transport/reactor.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace zither::sockets {

class socket_object;

/// What a group of sockets shares: I/O threads, inproc names, limits, and its end. Thread-safe.
class context_object : public std::enable_shared_from_this<context_object> {
public:
    context_object() = default;
    /// Sockets of this context run on a user's loop and make no thread.
    explicit context_object(asio::io_context& loop);
    ~context_object();

    errc set(int option, int value);
    errc get(int option, int& value);
    /// The same by any size: an int, or the text of THREAD_NAME_PREFIX (1..16 octets, but not an int's four).
    errc set_value(int option, const void* value, std::size_t size);
    errc get_value(int option, void* value, std::size_t& size);

    errc make_socket(socket_type type, std::shared_ptr<socket_object>& out);
    /// True in a child of a fork: all calls but those that end things give `terminated`.
    [[nodiscard]] bool left_behind() const noexcept { return born_.left(); }
    /// Every waiting call of every socket gives `terminated` from now on.
    void shutdown();
    /// Shuts down and waits until every socket is closed and has lingered; on a user's loop nothing waits,
    /// and lingering ends. `interrupted` by a signal; call again.
    errc terminate();

    // For sockets.

    /// False with ZMQ_IO_THREADS 0: then there is nobody to connect or accept.
    [[nodiscard]] bool serves_networks();
    [[nodiscard]] bool ipv6_default();
    [[nodiscard]] bool blocky();
    [[nodiscard]] bool zero_copy_receive();
    /// Who listens and connects for a socket of this AFFINITY; null when no thread fits.
    std::shared_ptr<transport::reactor> reactor_for(std::uint64_t affinity);
    void socket_ended(const socket_object& one);

    errc bind_inproc(const std::string& name, const std::shared_ptr<socket_object>& by);
    bool unbind_inproc(const std::string& name, const socket_object& by);
    void forget_inproc(const socket_object& by);
    /// Is a socket bound to the name?
    [[nodiscard]] bool has_inproc(const std::string& name);
    /// The socket bound to the name; without one the link waits for it.
    std::shared_ptr<socket_object> find_inproc(const std::string& name,
                                               const std::shared_ptr<inproc_link>& waiting);

private:
    errc set_plain(int option, int value);
    bool start_threads();
    std::shared_ptr<transport::reactor> choose_reactor(std::uint64_t affinity);
    template <class Call>
    void for_each_socket(Call&& call);

    std::mutex mutex_;  // guards everything below; never held while a socket's mutex is taken
    transport::bell done_;
    std::shared_ptr<transport::reactor> loop_;  // a user's
    std::vector<std::unique_ptr<transport::io_thread>> threads_;
    struct entry {
        std::shared_ptr<socket_object> socket;
        std::uint64_t round = 0;  // of the calls to all that it had last
    };
    std::vector<entry> sockets_;
    std::uint64_t round_ = 0;
    std::unordered_map<std::string, std::weak_ptr<socket_object>> bound_;
    std::vector<std::pair<std::string, std::shared_ptr<inproc_link>>> waiting_;
    std::size_t next_thread_ = 0;
    int io_threads_ = 1;
    int max_sockets_ = 1023;
    int max_message_size_ = 2147483647;
    transport::thread_settings threads_are_;
    bool ipv6_ = false;
    bool blocky_ = true;
    bool zero_copy_ = true;
    bool shutdown_ = false;
    const transport::birthplace born_;
};

}  // namespace zither::sockets
