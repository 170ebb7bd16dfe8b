#include "zither/zmtp/mechanism.hpp"

#include "zither/zmtp/curve_client.hpp"
#include "zither/zmtp/curve_server.hpp"
#include "zither/zmtp/null_mechanism.hpp"
#include "zither/zmtp/plain_mechanism.hpp"

namespace zither::zmtp {

std::unique_ptr<mechanism> mechanism::create(std::shared_ptr<const security_settings> with,
                                             secret_octets metadata) {
    using kind = security_settings::kind;
    const bool server = with->as_server;
    switch (with->mechanism) {
        case kind::null: break;
        case kind::plain:
            if (server) return std::make_unique<plain_server>(std::move(with), std::move(metadata));
            return std::make_unique<plain_client>(std::move(with), std::move(metadata));
        case kind::curve:
            if (server) return std::make_unique<curve_server>(std::move(with), std::move(metadata));
            return std::make_unique<curve_client>(std::move(with), std::move(metadata));
    }
    return std::make_unique<null_mechanism>(std::move(with), std::move(metadata));
}

}  // namespace zither::zmtp
