#pragma once

#include <optional>
#include <string>

namespace zither::sockets::pattern {

/// The socket options that only a pattern looks at. They live in the socket's options and may change at any
/// time under the socket's mutex; a pattern holds a reference and reads them where they matter.
struct settings {
    bool router_mandatory = false;
    bool router_handover = false;
    bool router_raw = false;
    bool probe_router = false;
    bool req_correlate = false;
    bool req_relaxed = false;
    bool xpub_verbose = false;
    bool xpub_verboser = false;
    bool xpub_nodrop = false;
    bool xpub_manual = false;
    bool xpub_manual_last_value = false;  ///< what follows a manual subscription goes to its subscriber alone
    bool only_first_subscribe = false;
    bool xsub_verbose_unsubscribe = false;
    int peer_topics_max = 0;  ///< that one subscriber may ask for; 0: no limit
    int router_notify = 0;    ///< ROUTER_NOTIFY: 1 of connects, 2 of disconnects
    std::string hello_message;
    std::string disconnect_message;
    std::string hiccup_message;
    std::string xpub_welcome_message;
    bool invert_matching = false;
    bool stream_notify = true;
    /// CONNECT_ROUTING_ID: taken by the next connect, then empty again.
    std::string connect_routing_id;
    /// Set by STREAM: the id it gave its newest peer, which ROUTING_ID then reads (libzmq's way to learn it).
    std::string stream_routing_id;
};

}  // namespace zither::sockets::pattern
