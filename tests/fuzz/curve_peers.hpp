#pragma once

// The two ends of a CURVE conversation with real keys, whose random numbers follow from nothing but their
// order, so that a finding comes again.

#include "listener.hpp"

#include "zither/zmtp/curve_client.hpp"
#include "zither/zmtp/curve_server.hpp"
#include "zither/zmtp/greeting.hpp"
#include "zither/zmtp/metadata.hpp"

#include <sodium.h>

#include <array>

namespace zither::fuzz {

/// Random numbers that are none. They take libsodium's place before anybody asks it for some.
class foreseen {
public:
    static void begin_again() {
        static const bool in_place = [] {
            static randombytes_implementation ours{name, next, nullptr, nullptr, fill, nullptr};
            must(randombytes_set_implementation(&ours) == 0 && sodium_init() >= 0, "libsodium takes ours");
            return true;
        }();
        (void)in_place;
        state() = 1;
    }

private:
    static std::uint64_t& state() {
        static std::uint64_t value = 1;
        return value;
    }
    static const char* name() { return "foreseen"; }
    static std::uint32_t next() {
        state() = state() * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>(state() >> 32);
    }
    static void fill(void* const to, const std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            static_cast<std::uint8_t*>(to)[i] = static_cast<std::uint8_t>(next());
    }
};

using octets = std::vector<std::byte>;

struct curve_keys {
    key_pair server = key_pair::generate();
    key_pair client = key_pair::generate();

    [[nodiscard]] zmtp::security_settings of(bool server_side) const {
        zmtp::security_settings made;
        made.mechanism = zmtp::security_settings::kind::curve;
        made.as_server = server_side;
        made.zap_enforce_domain = server_side;  // without a domain: nobody is asked
        made.secret_key = server_side ? server.secret_half : client.secret_half;
        made.public_key = server_side ? server.public_half : client.public_half;
        made.server_key = server.public_half;
        return made;
    }
};

inline zmtp::session_settings curve_side(socket_type type, const zmtp::security_settings& with) {
    zmtp::session_settings made;
    made.self.type = type;
    made.self.security = std::make_shared<zmtp::security_settings>(with);
    return made;
}

inline std::string curve_greeting(bool server) {
    std::string made("\xff\0\0\0\0\0\0\0\0\x7f\3\1CURVE", 17);
    made.resize(zmtp::greeting_size);
    made[32] = server ? 1 : 0;
    return made;
}

/// Who knows all the keys and speaks CURVE without a flaw, but says of himself what he likes.
class insider {
public:
    insider(bool server, const zmtp::security_settings& with, const octets& metadata)
        : server_(server), speaks_(make(server, with, metadata)) {
        (void)speaks_->begin(output_);
    }

    /// The next whole command frame he has to say; empty: none.
    octets says() { return std::exchange(output_, {}); }
    /// He hears one command frame; false when it is none to him.
    bool hear(bytes frame) {
        const auto header = zmtp::parse_header(frame);
        if (!header || frame.size() < header->header_size + header->body_size) return false;
        const auto command = zmtp::parse_command(
            frame.subspan(header->header_size, static_cast<std::size_t>(header->body_size)));
        if (!command) return false;
        const auto verdict = speaks_->receive(*command, output_);
        if (verdict.failure) return false;
        if (verdict.what != zmtp::mechanism::next::wait && server_) speaks_->conclude(output_);
        return true;
    }
    std::unique_ptr<zmtp::curve_box> box() { return speaks_->traffic_box(); }

private:
    static std::unique_ptr<zmtp::mechanism> make(bool server, const zmtp::security_settings& with,
                                                 const octets& metadata) {
        auto shared = std::make_shared<zmtp::security_settings>(with);
        zmtp::secret_octets sealed(metadata.begin(), metadata.end());
        if (server) return std::make_unique<zmtp::curve_server>(shared, std::move(sealed));
        return std::make_unique<zmtp::curve_client>(shared, std::move(sealed));
    }
    const bool server_;
    std::unique_ptr<zmtp::mechanism> speaks_;
    octets output_;
};

/// What is new in what a listener said: it goes to the insider, frame by frame.
class ear {
public:
    octets news(listener& of) {
        octets made;
        of.talk().take_output(made);
        const auto skip = std::min(made.size(), greeting_left_);
        greeting_left_ -= skip;
        made.erase(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(skip));
        return made;
    }

private:
    std::size_t greeting_left_ = zmtp::greeting_size;
};

}  // namespace zither::fuzz
