// What a stranger's first program is: it must build against an installed or embedded Zither.
#include <zither/zither.hpp>

#include <cstdio>

int main() {
    zither::context in;
    zither::socket reply(in, zither::socket_type::rep);
    zither::socket request(in, zither::socket_type::req);
    reply.bind("tcp://127.0.0.1:*");
    request.connect(reply.last_endpoint());
    request.send("Hello");
    if (reply.receive().text() != "Hello") return 1;
    reply.send("World");
    const auto answer = request.receive();
    std::printf("%.*s\n", static_cast<int>(answer.size()), answer.text().data());
    return answer.text() == "World" ? 0 : 1;
}
