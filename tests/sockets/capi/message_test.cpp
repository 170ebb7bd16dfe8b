// zmq_msg_*: what a message holds, who owns it, and when foreign memory is given back.
#include "c_api.hpp"

#include <memory>

using namespace zither::test;

namespace {

/// Memory of the user's own that counts how often it is given back.
struct lent {
    explicit lent(std::size_t size, char fill = 'x') : bytes(size, fill) {}
    int into(zmq_msg_t* msg) {
        return zmq_msg_init_data(msg, bytes.data(), bytes.size(), &lent::give_back, this);
    }
    static void give_back(void* data, void* hint) {
        auto* self = static_cast<lent*>(hint);
        if (data == self->bytes.data()) ++self->returned;
    }
    bool back_once() {
        return eventually([this] { return returned >= 1; }) && returned == 1;
    }
    std::string bytes;
    std::atomic<int> returned{0};
};

std::size_t each_size() { return GENERATE(std::size_t{1}, 33u, 34u, 40u, 41u, 1000u, 100000u); }

}  // namespace

TEST_CASE("a message is empty, or of the size it was given") {
    zmq_msg_t msg;
    REQUIRE(zmq_msg_init(&msg) == 0);
    CHECK(zmq_msg_size(&msg) == 0);
    CHECK(zmq_msg_more(&msg) == 0);
    CHECK(zmq_msg_close(&msg) == 0);
    for (const std::size_t size : {0u, 1u, 33u, 34u, 40u, 41u, 100000u}) {
        REQUIRE(zmq_msg_init_size(&msg, size) == 0);
        CHECK(zmq_msg_size(&msg) == size);
        if (size > 0) std::memset(zmq_msg_data(&msg), 'x', size);
        CHECK(zmq_msg_close(&msg) == 0);
    }
}

TEST_CASE("a message too large for memory is ENOMEM") {
    zmq_msg_t msg;
    // libzmq adds its own header to the size, so an overflow must be seen, too.
    for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 2}) {
        CHECK(zmq_msg_init_size(&msg, size) == -1);
        CHECK(zmq_errno() == ENOMEM);
    }
}

TEST_CASE("a closed message is EFAULT for whoever closes, moves or copies it") {
    zmq_msg_t closed;
    zmq_msg_init(&closed);
    zmq_msg_close(&closed);
    c_message good("x");
    CHECK(zmq_msg_close(&closed) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_msg_move(&good, &closed) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_msg_copy(&good, &closed) == -1);
    CHECK(zmq_errno() == EFAULT);
}

TEST_CASE("a closed message can be neither sent nor received into", "[zither]") {  // libzmq asserts
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(false));
    zmq_msg_t closed;
    zmq_msg_init(&closed);
    zmq_msg_close(&closed);
    CHECK(zmq_msg_send(&closed, two.other, ZMQ_DONTWAIT) == -1);
    CHECK(zmq_errno() == EFAULT);
    two.other.send("x");
    CHECK(zmq_msg_recv(&closed, two.one, 0) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(two.one.receive() == "x");
}

TEST_CASE("a moved message is where it went, and empty where it came from") {
    const auto size = each_size();
    c_message from(std::string(size, 'm'));
    c_message to("what is overwritten");
    CHECK(zmq_msg_move(&to, &from) == 0);
    CHECK(to.text() == std::string(size, 'm'));
    CHECK(zmq_msg_size(&from) == 0);
}

TEST_CASE("a copied message is in both places, and in one when the other closes") {
    const auto size = each_size();
    c_message from(std::string(size, 'c'));
    c_message to("what is overwritten");
    CHECK(zmq_msg_copy(&to, &from) == 0);
    CHECK(to.text() == std::string(size, 'c'));
    CHECK(from.text() == std::string(size, 'c'));
    zmq_msg_close(&from);
    zmq_msg_init(&from);
    CHECK(to.text() == std::string(size, 'c'));
}

TEST_CASE("a large copied message says that it is shared") {
    c_message from(std::string(1000, 'c'));
    c_message to;
    CHECK(zmq_msg_get(&from, ZMQ_SHARED) == 0);
    zmq_msg_copy(&to, &from);
    CHECK(zmq_msg_get(&from, ZMQ_SHARED) == 1);
    CHECK(zmq_msg_get(&to, ZMQ_SHARED) == 1);
}

TEST_CASE("messages have no property to set, and few to get") {
    c_message msg("x");
    CHECK(zmq_msg_get(&msg, ZMQ_MORE) == 0);
    CHECK(zmq_msg_get(&msg, 4711) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_msg_set(&msg, ZMQ_MORE, 1) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_msg_gets(&msg, "Socket-Type") == nullptr);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("lent memory comes back once when its message is closed unsent") {
    const auto size = each_size();
    lent memory(size);
    zmq_msg_t msg;
    REQUIRE(memory.into(&msg) == 0);
    CHECK(zmq_msg_data(&msg) == memory.bytes.data());
    CHECK(zmq_msg_size(&msg) == size);
    CHECK(memory.returned == 0);
    CHECK(zmq_msg_close(&msg) == 0);
    CHECK(memory.back_once());
}

TEST_CASE("lent memory comes back once when the last of its copies is closed") {
    const auto size = each_size();
    lent memory(size);
    zmq_msg_t one, two, three;
    memory.into(&one);
    zmq_msg_init(&two);
    zmq_msg_init(&three);
    zmq_msg_copy(&two, &one);
    zmq_msg_move(&three, &one);
    CHECK(zmq_msg_close(&one) == 0);
    CHECK(zmq_msg_close(&three) == 0);
    CHECK(zmq_msg_close(&two) == 0);
    CHECK(memory.back_once());
}

TEST_CASE("lent memory needs no free function, and may be empty") {
    char bytes[100] = "static";
    zmq_msg_t msg;
    REQUIRE(zmq_msg_init_data(&msg, bytes, sizeof bytes, nullptr, nullptr) == 0);
    CHECK(zmq_msg_data(&msg) == bytes);
    CHECK(zmq_msg_close(&msg) == 0);
    REQUIRE(zmq_msg_init_data(&msg, nullptr, 0, nullptr, nullptr) == 0);
    CHECK(zmq_msg_size(&msg) == 0);
    CHECK(zmq_msg_close(&msg) == 0);
}

TEST_CASE("lent memory that is sent comes back once") {
    const bool network = GENERATE(true, false);
    const auto size = each_size();
    CAPTURE(network, size);
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    for (int i = 0; i < 3; ++i) {
        lent memory(size, static_cast<char>('a' + i));
        zmq_msg_t msg;
        memory.into(&msg);
        REQUIRE(zmq_msg_send(&msg, two.other, 0) == static_cast<int>(size));
        CHECK(zmq_msg_size(&msg) == 0);  // sent: it is empty now, and closing it does nothing
        CHECK(zmq_msg_close(&msg) == 0);
        c_message got;
        REQUIRE(zmq_msg_recv(&got, two.one, 0) == static_cast<int>(size));
        CHECK((got.text() == memory.bytes));
        zmq_msg_close(&got);
        zmq_msg_init(&got);
        CHECK(memory.back_once());
    }
}

TEST_CASE("lent memory sent to many comes back once, when the last is done with it") {
    const bool network = GENERATE(true, false);
    const auto size = each_size();
    CAPTURE(network, size);
    c_context context;
    c_socket pub(context, ZMQ_XPUB);
    const auto at = pub.bound(somewhere(network));
    std::vector<c_socket> subs;
    pub.set(ZMQ_XPUB_VERBOSE, 1);
    for (int i = 0; i < 4; ++i) {
        subs.emplace_back(context, ZMQ_SUB);
        subs.back().set(ZMQ_SUBSCRIBE, "");
        subs.back().connect(at);
        REQUIRE(pub.receive() == "\1");
    }
    lent memory(size);
    zmq_msg_t msg;
    memory.into(&msg);
    REQUIRE(zmq_msg_send(&msg, pub, 0) == static_cast<int>(size));
    zmq_msg_close(&msg);
    for (auto& sub : subs) {
        c_message got;
        CHECK(zmq_msg_recv(&got, sub, 0) == static_cast<int>(size));
    }
    CHECK(memory.back_once());
}

TEST_CASE("lent memory that nobody wants comes back once") {
    const auto size = each_size();
    c_context context;
    c_socket pub(context, ZMQ_PUB);
    c_socket router(context, ZMQ_ROUTER);
    pub.bound("tcp://127.0.0.1:*");
    lent unheard(size), unroutable(size);
    zmq_msg_t msg;
    unheard.into(&msg);
    CHECK(zmq_msg_send(&msg, pub, 0) == static_cast<int>(size));
    zmq_msg_close(&msg);
    router.send("nobody", ZMQ_SNDMORE);
    unroutable.into(&msg);
    CHECK(zmq_msg_send(&msg, router, 0) == static_cast<int>(size));
    zmq_msg_close(&msg);
    CHECK(unheard.back_once());
    CHECK(unroutable.back_once());
}

TEST_CASE("lent memory still queued comes back once when its sockets are closed") {
    const bool network = GENERATE(true, false);
    const auto size = each_size();
    CAPTURE(network, size);
    lent memory(size);
    {
        c_context context;
        c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
        zmq_msg_t msg;
        memory.into(&msg);
        REQUIRE(zmq_msg_send(&msg, two.other, 0) == static_cast<int>(size));
        zmq_msg_close(&msg);
    }
    CHECK(memory.back_once());
}

TEST_CASE("lent memory comes back when a binder greets the peer that sent it and has gone") {
    lent memory(100000);
    {
        c_context context;
        const auto at = somewhere(false);
        {
            c_socket dealer(context, ZMQ_DEALER);
            dealer.connect(at);
            zmq_msg_t msg;
            memory.into(&msg);
            REQUIRE(zmq_msg_send(&msg, dealer, 0) == static_cast<int>(memory.bytes.size()));
        }
        c_socket router(context, ZMQ_ROUTER);
        router.set(ZMQ_HELLO_MSG, "welcome");
        CHECK(router.bound(at) == at);
    }
    CHECK(memory.back_once());
}

TEST_CASE("a message that could not be sent is still its owner's") {
    const auto size = each_size();
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    lent memory(size);
    zmq_msg_t msg;
    memory.into(&msg);
    CHECK(zmq_msg_send(&msg, push, ZMQ_DONTWAIT) == -1);
    CHECK(zmq_errno() == EAGAIN);
    CHECK(memory.returned == 0);
    CHECK(zmq_msg_size(&msg) == size);
    zmq_msg_close(&msg);
    CHECK(memory.back_once());
}

TEST_CASE("a receive overwrites what the message held, and gives lent memory back") {
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(false));
    lent memory(1000);
    zmq_msg_t msg;
    memory.into(&msg);
    two.other.send("new");
    CHECK(zmq_msg_recv(&msg, two.one, 0) == 3);
    CHECK(memory.back_once());
    CHECK(std::string_view(static_cast<char*>(zmq_msg_data(&msg)), 3) == "new");
    zmq_msg_close(&msg);
}

TEST_CASE("a received message knows of its sender") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_socket router(context, ZMQ_ROUTER);
    c_socket dealer(context, ZMQ_DEALER);
    dealer.set(ZMQ_ROUTING_ID, "the dealer");
    dealer.connect(router.bound(somewhere(network)));
    dealer.send("x");
    c_message id, body;
    zmq_msg_recv(&id, router, 0);
    CHECK(id.text() == "the dealer");
    CHECK(zmq_msg_more(&id) == 1);
    CHECK(zmq_msg_get(&id, ZMQ_MORE) == 1);
    zmq_msg_recv(&body, router, 0);
    CHECK(zmq_msg_more(&body) == 0);
    CHECK(zmq_msg_gets(&body, "X-nothing") == nullptr);
    CHECK(zmq_errno() == EINVAL);
    if (!network) return;
    const auto property = [&](const char* name) {
        const char* value = zmq_msg_gets(&body, name);
        return std::string(value ? value : "<null>");
    };
    CHECK(property("Socket-Type") == "DEALER");
    CHECK(property("Identity") == "the dealer");
    CHECK(property("Peer-Address") == "127.0.0.1");
    CHECK(zmq_msg_get(&body, ZMQ_SRCFD) > 2);
}

TEST_CASE("the sender's id is known by its new name as well", "[zither]") {  // 4.3.4 knows the old one only
    c_context context;
    c_socket one(context, ZMQ_DEALER);
    c_socket other(context, ZMQ_DEALER);
    other.set(ZMQ_ROUTING_ID, "the other");
    other.connect(one.bound("tcp://127.0.0.1:*"));
    other.send("x");
    c_message body;
    zmq_msg_recv(&body, one, 0);
    const char* id = zmq_msg_gets(&body, "Routing-Id");
    REQUIRE(id);
    CHECK(std::string(id) == "the other");
}

TEST_CASE("what is known of the sender outlives socket and context") {
    c_message body;
    {
        c_context context;
        c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(true));
        two.other.send(std::string(5000, 'x'));
        zmq_msg_recv(&body, two.one, 0);
    }
    const char* type = zmq_msg_gets(&body, "Socket-Type");
    REQUIRE(type);
    CHECK(std::string(type) == "PUSH");
    CHECK((body.text() == std::string(5000, 'x')));
}
