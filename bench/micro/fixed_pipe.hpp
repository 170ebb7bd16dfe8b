#pragma once

#include "zither/sockets/pattern/pipe.hpp"

#include <string>
#include <string_view>

namespace zither::bench {

/// A peer that always has room, and says the same again and again, or once; nothing is queued or kept.
class fixed_pipe final : public sockets::pattern::pipe {
public:
    enum class says : unsigned char { always, once };
    explicit fixed_pipe(std::string_view what = "sixteen octets..", says how = says::always)
        : what_(what), always_(how == says::always) {}

    bool read(zmtp::message& part) override {
        if (!readable()) return false;
        said_ = true;
        part = zmtp::message(what_);
        return true;
    }
    bool readable() override { return always_ || !said_; }
    bool writable() override { return true; }
    void write(zmtp::message&& part) override { zmtp::message(std::move(part)); }
    void rollback() override {}
    void subscribe(zmtp::bytes, bool) override {}
    const std::string& peer_routing_id() const override { return routing_id_; }
    const zmtp::properties* peer_properties() const override { return nullptr; }
    void close() override {}

private:
    std::string what_;
    bool always_;
    bool said_ = false;
    std::string routing_id_;
};

}  // namespace zither::bench
