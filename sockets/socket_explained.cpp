// The calls whose errors are explained to whoever listens; the socket's mutex is free by then.
#include "zither/sockets/complaint.hpp"
#include "zither/sockets/socket_object.hpp"

namespace zither::sockets {

errc socket_object::bind(std::string_view where) {
    return explained(bind_to(where), [&](errc error) { return about_endpoint("bind", where, error); });
}

errc socket_object::connect(std::string_view where) {
    return explained(connect_numbered(where, nullptr),
                     [&](errc error) { return about_endpoint("connect", where, error); });
}

errc socket_object::set(int option, const void* value, std::size_t size) {
    return explained(set_value(option, value, size), [&](errc error) {
        return about_setting({type_, option, value, size}, error);
    });
}

errc socket_object::get(int option, void* value, std::size_t& size) {
    const auto room = size;
    return explained(get_value(option, value, size), [&](errc error) {
        return about_getting({type_, option, value, room}, error);
    });
}

}  // namespace zither::sockets
