#pragma once

/// All that applications hold, lifted into `zither::`.

#include "zither/sockets/context.hpp"
#include "zither/sockets/key_file.hpp"
#include "zither/sockets/log.hpp"
#include "zither/sockets/option.hpp"
#include "zither/sockets/poller.hpp"
#include "zither/sockets/proxy.hpp"
#include "zither/sockets/socket.hpp"
#include "zither/zmtp/curve_allow_list.hpp"
#include "zither/zmtp/curve_keyring.hpp"
#include "zither/zmtp/error.hpp"
#include "zither/zmtp/key.hpp"
#include "zither/zmtp/message.hpp"
#include "zither/zmtp/socket_type.hpp"
#include "zither/zmtp/z85.hpp"
