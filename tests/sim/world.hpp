#pragma once

#include "machine.hpp"

#include "zither/zither.hpp"

#include <asio/io_context.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace zither::sim {

/// What must hold did not.
struct broken_promise : std::runtime_error {
    using std::runtime_error::runtime_error;
};
inline void promise(bool kept, const char* what) {
    if (!kept) throw broken_promise(what);
}

using words = std::vector<std::string>;

/// What a seed decides before anything happens.
struct setting {
    enum class play : std::uint8_t { pipeline, publish, ask, route, pair, count_ } which;
    bool lossless = false;     ///< the network delays and cuts, but breaks nothing
    bool centre_binds = true;  ///< else the others bind
    std::size_t others = 1;
    int send_mark = 1000;
    int receive_mark = 1000;
    std::size_t size_max = 200;  ///< of a body
    bool named = false;          ///< the others have routing ids
    bool handover = false;
    bool heartbeats = false;
    bool lazy = false;   ///< who hears seldom looks, so that queues fill
    bool drops = false;  ///< the publisher has marks, and drops for who is at his
    bool curve = false;
    habits network{};
};
setting choose(dice& from);
std::string describe(const setting& of);

/// One socket at the centre and some around it, talking over a simulated machine; and a book of all that was
/// said.
class world {
public:
    explicit world(std::uint64_t seed);
    ~world();

    /// The whole run: play, heal, and see that all is well. Throws broken_promise.
    void run();
    /// What happened, as a number.
    [[nodiscard]] std::uint64_t trace() const noexcept { return machine_->trace(); }
    [[nodiscard]] std::uint64_t messages() const noexcept { return heard_count_; }

    dice chance;
    const setting is;

private:
    using moment = machine::clock::time_point;

    /// A socket, and the book of it.
    struct actor {
        std::size_t number = 0;
        std::optional<zither::socket> socket{};
        std::optional<zither::socket> gauge{};  // hears how full its pipes are
        std::string endpoint{};
        std::set<int> sets{};              // the descriptors of all its engines so far
        moment opened{};                   // the last of them
        std::size_t connects = 0;          // to so many endpoints; 0: it binds
        std::uint64_t next = 1;            // the number of the next message
        std::vector<std::size_t> sizes{};  // of the messages so far, in octets on the wire
        words waiting{};                   // of a question: what answers it
        std::vector<words> owed{};         // of a server: replies that found no room
        int patience = 0;
    };
    /// What on a connection comes in one order.
    struct course {
        std::size_t from;
        int descriptor;    // of one end: the sender's if that binds, else the receiver's; -1: not known
        std::string kind;  // a topic, an envelope's answers, or all
        auto operator<=>(const course&) const = default;
    };
    /// A message that a socket took, or is about to, and for whom.
    struct telling {
        std::size_t from;
        std::size_t to;
        std::uint64_t number;  // in the order of these two
        moment at;
        course by;          // if the sender binds
        bool sure = false;  // it must come, if what it goes by stays up
    };
    /// What was heard of a course.
    struct progress {
        std::size_t to = 0;
        std::uint64_t last = 0;
        std::deque<std::uint64_t> due{};  // where the sender binds: what is sure and not heard yet
    };
    enum class fate : std::uint8_t { goes, waits, unreachable };

    void open(actor& one, socket_type type, bool binds);
    void step();
    void turn(std::chrono::nanoseconds time);
    void pass(std::chrono::nanoseconds time);
    void act(actor& one, bool centre);
    void reopen(actor& one);

    words make(std::size_t from, std::uint64_t number) const;
    fate send(actor& by, const words& message);
    bool tell(actor& by);
    bool listen(actor& by);
    void serve(actor& by);
    void secure(zither::socket& one, bool binds) const;
    void attach_gauge(actor& one);
    void end(actor& one);

    void heal();
    void check_liveness();
    bool all_heard() const;
    [[nodiscard]] bool has_marks() const;
    [[nodiscard]] bool speaks(bool centre) const;
    [[nodiscard]] bool hears(bool centre) const;
    actor& actor_of(std::size_t number) { return number == 0 ? centre_ : others_[number - 1]; }
    [[nodiscard]] const actor& actor_of(std::size_t number) const {
        return number == 0 ? centre_ : others_[number - 1];
    }

    // What must hold (promises.cpp).

    void check(actor& by, const words& heard, int descriptor);
    void check_envelope(std::size_t from, const words& heard) const;
    void check_order(const actor& by, std::size_t from, std::uint64_t number, int descriptor);
    void check_marks(actor& one);
    [[nodiscard]] std::size_t received_at_most() const;
    void check_owners();
    [[nodiscard]] std::vector<telling> tellings(const actor& by, const words& message) const;
    [[nodiscard]] telling answer_to(const actor& by, const words& question) const;
    [[nodiscard]] bool has_room(std::size_t by) const;
    [[nodiscard]] int only_line(const actor& of, std::size_t to) const;
    void note_told(const telling& one);
    void note_heard(std::size_t from, std::size_t to, std::uint64_t number, int descriptor);
    void take_due(progress& of, std::uint64_t number) const;
    void account() const;
    void account_for_courses() const;
    void account_for_questions() const;
    [[nodiscard]] bool excused(const telling& lost) const;
    [[nodiscard]] bool broke_after(const actor& of, moment since, std::uint64_t number) const;
    [[nodiscard]] bool is_up(int descriptor) const;

    std::unique_ptr<machine> machine_;
    std::unique_ptr<asio::io_context> loop_;
    std::optional<context> context_;
    actor centre_;
    std::vector<actor> others_;
    // (sender, receiver, connection) -> the last number heard
    std::map<std::tuple<std::size_t, std::size_t, int>, std::uint64_t> last_;
    std::map<std::pair<std::size_t, std::size_t>, std::map<std::uint64_t, telling>>
        told_;  // sender, receiver
    std::map<course, progress> courses_;
    std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> reached_;  // sender, receiver -> last heard
    std::uint64_t emptied_ = 0;      // the centre's next message when its pipes were last seen empty
    machine::census descriptors_{};  // without a socket
    std::set<std::tuple<std::size_t, std::size_t, std::uint64_t>> heard_;  // receiver, sender, number
    std::map<std::size_t, std::uint64_t> said_;                            // sender -> messages
    std::map<std::size_t, std::uint64_t> heard_of_;                        // sender -> messages
    std::uint64_t heard_count_ = 0;
    std::uint64_t reopened_ = 0;
    std::uint64_t gauges_ = 0;
    key_pair server_keys_;
    key_pair client_keys_;
};

}  // namespace zither::sim
