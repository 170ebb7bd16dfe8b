// Where an option belongs, when it counts, and the options that are no values.
#include "zither/sockets/options.hpp"

#include <climits>

namespace zither::sockets {

bool applies_to(int number, socket_type type) noexcept {
    using enum socket_type;
    switch (number) {
        case 33:  // ROUTER_MANDATORY
        case 41:  // ROUTER_RAW
        case 56:  // ROUTER_HANDOVER
        case 97:  // ROUTER_NOTIFY
            return type == router || type == rep;
        case 51:  // PROBE_ROUTER
            return type == router || type == rep || type == dealer || type == req;
        case 52:  // REQ_CORRELATE
        case 53:  // REQ_RELAXED
            return type == req;
        case 40:  // XPUB_VERBOSE
        case 71:  // XPUB_MANUAL
        case 98:  // XPUB_MANUAL_LAST_VALUE
        case 72:  // XPUB_WELCOME_MSG
        case 78:  // XPUB_VERBOSER
            return type == xpub || type == pub;
        case 69:     // XPUB_NODROP
        case 10104:  // PEER_TOPICS_MAX
            return type == xpub || type == pub || type == radio;
        case 108:  // ONLY_FIRST_SUBSCRIBE
            return type == xpub || type == pub || type == xsub;
        case 115:  // XSUB_VERBOSE_UNSUBSCRIBE
            return type == xsub;
        case 61:  // CONNECT_ROUTING_ID
            return type == router || type == rep || type == stream;
        case 73:  // STREAM_NOTIFY
            return type == stream;
        default: return true;
    }
}

bool says_hello(socket_type type) noexcept {
    using enum socket_type;
    return type == router || type == dealer || type == server || type == client || type == peer;
}

bool hears_disconnect(socket_type type) noexcept {
    using enum socket_type;
    return type == router || type == server || type == peer;
}

bool hears_hiccup(socket_type type) noexcept {
    using enum socket_type;
    return type == dealer || type == client || type == peer;
}

const char* takes_effect(int number) noexcept {
    switch (number) {
        case 17:     // LINGER
        case 23:     // SNDHWM
        case 24:     // RCVHWM
        case 27:     // RCVTIMEO
        case 28:     // SNDTIMEO
        case 33:     // ROUTER_MANDATORY
        case 40:     // XPUB_VERBOSE
        case 52:     // REQ_CORRELATE
        case 53:     // REQ_RELAXED
        case 56:     // ROUTER_HANDOVER
        case 69:     // XPUB_NODROP
        case 71:     // XPUB_MANUAL
        case 74:     // INVERT_MATCHING
        case 78:     // XPUB_VERBOSER
        case 98:     // XPUB_MANUAL_LAST_VALUE
        case 108:    // ONLY_FIRST_SUBSCRIBE
        case 115:    // XSUB_VERBOSE_UNSUBSCRIBE
        case 10101:  // HANDSHAKES_MAX
        case 10102:  // HANDSHAKE_RATE
        case 10103:  // ADDRESS_CONNECTIONS_MAX
        case 10104:  // PEER_TOPICS_MAX
        case 10105:  // CONNECTIONS_MAX
        case 10121:  // SPIN_TIME
            return "at once";
        case 51:   // PROBE_ROUTER
        case 72:   // XPUB_WELCOME_MSG
        case 73:   // STREAM_NOTIFY
        case 97:   // ROUTER_NOTIFY
        case 110:  // HELLO_MSG
        case 111:  // DISCONNECT_MSG
        case 114:  // HICCUP_MSG
            return "next peer to come or go";
        case 61:  // CONNECT_ROUTING_ID
            return "next connect, once";
        case 94:  // LOOPBACK_FASTPATH
            return "never";
        default: return "next bind or connect";
    }
}

namespace {

constexpr plain_row actions[] = {
    {6, "SUBSCRIBE", "binary", false, true, 0, "SUB: wants what begins with this; XPUB_MANUAL: grants it"},
    {7, "UNSUBSCRIBE", "binary", false, true, 0, "takes one SUBSCRIBE back"},
    {13, "RCVMORE", "int", true, false, 0, "1 when the part received last is not the last of its message"},
    {14, "FD", "int", true, false, 0, "a descriptor that is readable when EVENTS is worth asking"},
    {15, "EVENTS", "int", true, false, 0, "ZMQ_POLLIN and ZMQ_POLLOUT as they are now"},
    {16, "TYPE", "int", true, false, 0, "the socket's type"},
    {32, "LAST_ENDPOINT", "text", true, false, 0, "the last endpoint bound or connected, wildcards resolved"},
    {43, "MECHANISM", "int", true, false, 0, "the security mechanism the options ask for"},
    {81, "THREAD_SAFE", "int", true, false, 0, "1 for a type that libzmq lets several threads use"},
    {116, "TOPICS_COUNT", "int", true, false, 0, "PUB, XPUB, SUB and XSUB: topics subscribed to"},
};

constexpr plain_row context_options[] = {
    {1, "IO_THREADS", "int", true, true, 0, "I/O threads; 0 is inproc alone. Counts before the first socket"},
    {2, "MAX_SOCKETS", "int", true, true, 1, "sockets at once"},
    {3, "SOCKET_LIMIT", "int", true, false, 0, "the largest MAX_SOCKETS that makes sense"},
    {3, "THREAD_PRIORITY", "int", false, true, 0, "the I/O threads' priority, under THREAD_SCHED_POLICY"},
    {4, "THREAD_SCHED_POLICY", "int", true, true, 0,
     "the I/O threads' scheduling policy, as sched.h numbers them"},
    {5, "MAX_MSGSZ", "int", true, true, 0, "kept and reported; MAXMSGSIZE bounds what peers send"},
    {6, "MSG_T_SIZE", "int", true, false, 0, "octets of a zmq_msg_t"},
    {7, "THREAD_AFFINITY_CPU_ADD", "int", false, true, 0, "a core the I/O threads may run on; none: all"},
    {8, "THREAD_AFFINITY_CPU_REMOVE", "int", false, true, 0, "takes a core back that was added"},
    {9, "THREAD_NAME_PREFIX", "int", true, true, INT_MIN, "stands before the I/O threads' names; 0 is none"},
    {10, "ZERO_COPY_RECV", "int", true, true, 0,
     "received messages may share the buffer they were read into; 0: each has its own. For new sockets"},
    {42, "IPV6", "int", true, true, 0, "what IPV6 is for new sockets"},
    {70, "BLOCKY", "int", true, true, 0, "0: LINGER is 0 for new sockets, so that nothing is waited for"},
};

}  // namespace

std::span<const plain_row> action_table() noexcept { return actions; }
std::span<const plain_row> context_table() noexcept { return context_options; }

}  // namespace zither::sockets
