#pragma once

// One socket of a process, and its share in the work.

#include "node.hpp"
#include "packet.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace zither::soak {

class part {
public:
    part(void* context, int row, int node, const addresses& at, ledger& book, std::uint64_t seed);
    ~part();
    part(const part&) = delete;
    part& operator=(const part&) = delete;

    void open();
    /// Sends and receives some, without waiting.
    void step();
    [[nodiscard]] void* socket() const noexcept { return socket_; }
    [[nodiscard]] int type() const noexcept { return type_; }
    [[nodiscard]] const char* name() const { return row_.name; }
    /// How long what was sent may still take when the process leaves.
    void set_linger(int milliseconds);

private:
    void set(int option, int value);
    void secure();
    void attach(const std::string& where);
    void renew();
    bool receive_one();
    void hear_from(std::uint32_t peer);
    void hear(const std::vector<std::string>& parts);
    void heard(const packet& what, int receiver);
    void answer(const packet& question, const std::string& asker);
    void send_some();
    void send_noise();
    enum class outcome { sent, wait, unroutable };
    outcome send(int flow, packet what, const std::string& envelope);
    outcome put(const std::vector<std::string>& parts);
    outcome put_whole(const std::string& body, const char* group);
    void complain(const std::string& what) const;
    [[nodiscard]] bool may_ask();

    void* const context_;
    const int row_number_;
    const int node_;
    const row& row_;
    const bool binds_;
    const int type_;
    const bool asks_;
    const bool answers_;
    const addresses& at_;
    ledger& book_;
    std::mt19937_64 random_;
    void* socket_ = nullptr;
    std::uint32_t name_ = 0;
    std::uint32_t renewed_ = 0;
    std::uint32_t round_ = 0;  // at the last step
    std::uint32_t peer_ = 0;   // whom a SERVER or PEER sends to: who was heard last, or whom it connected to
    int sends_into_;
    std::map<std::uint32_t, std::uint64_t>
        asked_;  // questions without an answer yet, and when they were asked
};

}  // namespace zither::soak
