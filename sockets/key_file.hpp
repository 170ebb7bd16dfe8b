#pragma once

#include "zither/zmtp/key.hpp"

#include <string>

/// Files of CURVE keys, in the form of czmq's and pyzmq's certificates (docs/reference/key-files.md). The
/// pair "server" is two files: "server" with the public half, to be given away, and "server_secret" with
/// both. All functions throw std::system_error in the generic category, with a sentence that names the file
/// and never a key. Thread-safe.
namespace zither {

/// Writes both files. Neither may exist: `file_exists`. Only their owner may read or write the secret one,
/// whatever the umask; what cannot be written whole is removed.
void save_key_pair(const key_pair& pair, const std::string& path);
/// Writes the file that is to be given away, alone.
void save_public_key(const key& half, const std::string& path);

/// Reads a file that holds both halves, usually "..._secret". `permission_denied` when others than its owner
/// may read or write it; `bad_message` when it holds no keys, or two that are no pair.
[[nodiscard]] key_pair load_key_pair(const std::string& path);
/// Reads the public half of either file.
[[nodiscard]] key load_public_key(const std::string& path);

}  // namespace zither
