#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <cerrno>
#include <climits>
#include <new>

#include <sys/uio.h>

using namespace zither;
using namespace zither::capi;

static_assert(sizeof(zmq_msg_t) == sizeof(message) && alignof(zmq_msg_t) == alignof(message));

namespace {

message& as_message(zmq_msg_t* msg) { return *std::launder(reinterpret_cast<message*>(msg)); }
const message& as_message(const zmq_msg_t* msg) {
    return *std::launder(reinterpret_cast<const message*>(msg));
}

/// Not for memory that was freed.
bool usable(const zmq_msg_t* msg) { return msg && as_message(msg).valid(); }

// libzmq's sizes are ints; a larger body is sent whole but reported so.
int reported(std::size_t size) { return size > INT_MAX ? INT_MAX : static_cast<int>(size); }

// Every message passes here: in one piece with what calls it, as the instruction budgets count.
[[gnu::always_inline]] inline int send(socket_handle& to, message& part, int flags) {
    const auto size = part.size();
    part.set_more(flags & ZMQ_SNDMORE);
    return guarded([&] {
        const auto error = to.object->send(part, flags & ZMQ_DONTWAIT);
        return error == errc::ok ? reported(size) : result(error);
    });
}

[[gnu::always_inline]] inline int receive(socket_handle& from, message& part, int flags) {
    return guarded([&] {
        const auto error = from.object->receive(part, flags & ZMQ_DONTWAIT);
        return error == errc::ok ? reported(part.size()) : result(error);
    });
}

}  // namespace

extern "C" {

int zmq_msg_init(zmq_msg_t* msg) {
    if (!msg) return fail(EFAULT);
    new (msg) message;
    return 0;
}

int zmq_msg_init_size(zmq_msg_t* msg, size_t size) {
    if (!msg) return fail(EFAULT);
    auto* made = new (msg) message;
    return message::create(*made, size) ? 0 : fail(ENOMEM);
}

int zmq_msg_init_data(zmq_msg_t* msg, void* data, size_t size, zmq_free_fn* ffn, void* hint) {
    if (!msg || (!data && size > 0)) return fail(EFAULT);
    auto* made = new (msg) message;
    return message::adopt(*made, data, size, ffn, hint) ? 0 : fail(ENOMEM);
}

int zmq_msg_init_buffer(zmq_msg_t* msg, const void* buf, size_t size) {
    if (!msg) return fail(EFAULT);
    auto* made = new (msg) message;
    return message::create(*made, {static_cast<const std::byte*>(buf), size}) ? 0 : fail(ENOMEM);
}

int zmq_msg_set_routing_id(zmq_msg_t* msg, uint32_t routing_id) {
    if (!as_message(msg).valid()) return fail(EFAULT);
    if (routing_id == 0) return fail(EINVAL);
    as_message(msg).set_routing_id(routing_id);
    return 0;
}

uint32_t zmq_msg_routing_id(zmq_msg_t* msg) { return as_message(msg).routing_id(); }

int zmq_msg_set_group(zmq_msg_t* msg, const char* group) {
    if (!group || !as_message(msg).valid()) return fail(EFAULT);
    // libzmq cuts a longer name, and sends to the wrong group.
    return as_message(msg).set_group(group) ? 0 : fail(EINVAL);
}

const char* zmq_msg_group(zmq_msg_t* msg) { return as_message(msg).group(); }

int zmq_msg_send(zmq_msg_t* msg, void* socket, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!usable(msg)) return fail(EFAULT);
    return send(*handle, as_message(msg), flags);
}

int zmq_msg_recv(zmq_msg_t* msg, void* socket, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!usable(msg)) return fail(EFAULT);
    return receive(*handle, as_message(msg), flags);
}

int zmq_msg_close(zmq_msg_t* msg) {
    if (!usable(msg)) return fail(EFAULT);
    as_message(msg).close();
    return 0;
}

int zmq_msg_move(zmq_msg_t* dest, zmq_msg_t* src) {
    if (!usable(dest) || !usable(src)) return fail(EFAULT);
    as_message(dest) = std::move(as_message(src));
    return 0;
}

int zmq_msg_copy(zmq_msg_t* dest, zmq_msg_t* src) {
    if (!usable(dest) || !usable(src)) return fail(EFAULT);
    as_message(dest) = as_message(src).share();
    return 0;
}

void* zmq_msg_data(zmq_msg_t* msg) { return usable(msg) ? as_message(msg).data() : nullptr; }
size_t zmq_msg_size(const zmq_msg_t* msg) { return usable(msg) ? as_message(msg).size() : 0; }
int zmq_msg_more(const zmq_msg_t* msg) { return usable(msg) && as_message(msg).more(); }

int zmq_msg_get(const zmq_msg_t* msg, int property) {
    if (!usable(msg)) return fail(EFAULT);
    const auto& part = as_message(msg);
    switch (property) {
        case ZMQ_MORE: return part.more();
        case ZMQ_SHARED: return part.shared();
        case ZMQ_SRCFD: {
            const int descriptor = part.peer() ? part.peer()->descriptor() : -1;
            return descriptor >= 0 ? descriptor : fail(EINVAL);
        }
        default: return fail(EINVAL);
    }
}

int zmq_msg_set(zmq_msg_t*, int, int) { return fail(EINVAL); }

const char* zmq_msg_gets(const zmq_msg_t* msg, const char* property) {
    const auto* peer = usable(msg) ? as_message(msg).peer() : nullptr;
    const auto* found = peer && property ? peer->find(property) : nullptr;
    if (found) return found->c_str();
    errno = EINVAL;
    return nullptr;
}

int zmq_send(void* socket, const void* buf, size_t len, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!buf && len > 0) return fail(EFAULT);
    message part;
    if (!handle->object->lend(part, {static_cast<const std::byte*>(buf), len})) return fail(ENOMEM);
    return send(*handle, part, flags);
}

int zmq_send_const(void* socket, const void* buf, size_t len, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!buf && len > 0) return fail(EFAULT);
    message part;
    if (!message::adopt(part, const_cast<void*>(buf), len, nullptr, nullptr)) return fail(ENOMEM);
    return send(*handle, part, flags);
}

int zmq_recv(void* socket, void* buf, size_t len, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!buf && len > 0) return fail(EFAULT);
    message part;
    // A large body would be copied under the socket's mutex.
    message::borrow_room(part, buf, std::min(len, message::copied_max));
    const int size = receive(*handle, part, flags);
    if (size < 0) return size;
    // A larger message is cut to the room; its whole size is the answer.
    const auto fits = std::min(len, part.size());
    if (fits > 0 && !part.borrowed()) std::memcpy(buf, part.data(), fits);
    return size;
}

int zmq_sendmsg(void* socket, zmq_msg_t* msg, int flags) { return zmq_msg_send(msg, socket, flags); }
int zmq_recvmsg(void* socket, zmq_msg_t* msg, int flags) { return zmq_msg_recv(msg, socket, flags); }

int zmq_sendiov(void* socket, struct iovec* iov, size_t count, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (count == 0 || !iov) return fail(EINVAL);
    int sent = 0;
    for (size_t i = 0; i < count && sent >= 0; ++i)
        sent =
            zmq_send(socket, iov[i].iov_base, iov[i].iov_len, i + 1 < count ? flags : flags & ~ZMQ_SNDMORE);
    return sent;
}

int zmq_recviov(void* socket, struct iovec* iov, size_t* count, int flags) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!count || *count == 0 || !iov) return fail(EINVAL);
    const size_t room = *count;
    *count = 0;
    message part;
    do {
        if (receive(*handle, part, flags) < 0) return -1;
        // The caller frees each body with free().
        iov[*count].iov_base = std::malloc(part.size() ? part.size() : 1);
        if (!iov[*count].iov_base) return fail(ENOMEM);
        std::memcpy(iov[*count].iov_base, part.data(), part.size());
        iov[(*count)++].iov_len = part.size();
    } while (part.more() && *count < room);
    return static_cast<int>(*count);
}

}  // extern "C"
