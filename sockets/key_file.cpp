#include "zither/sockets/key_file.hpp"

#include "zither/zmtp/secret.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace zither {

namespace {

using zmtp::secret_text;

constexpr std::string_view secret_suffix = "_secret";
// A certificate with long metadata; more is another kind of file.
constexpr std::size_t file_max = 64 * 1024;

constexpr std::string_view public_head =
    "#   ZeroMQ CURVE Public Certificate\n"
    "#   Exchange securely, or use a secure mechanism to verify the contents\n"
    "#   of this file after exchange. Give it to whoever is to know this side.\n";
constexpr std::string_view secret_head =
    "#   ZeroMQ CURVE **Secret** Certificate\n"
    "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n";

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

class descriptor {
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    /// 0, or why what was written may not be there.
    int close() noexcept { return ::close(std::exchange(number_, -1)) == 0 ? 0 : errno; }

private:
    int number_;
};

int write_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(to, text.data(), text.size());
        if (written < 0 && errno != EINTR) return errno;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

void write_new(const std::string& path, std::string_view text, mode_t mode) {
    // O_EXCL: what is there is somebody's key, or a link that leads elsewhere.
    descriptor to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (to.get() < 0) fail(errno, "cannot make " + path);
    int error = ::fchmod(to.get(), mode) == 0 ? 0 : errno;  // whatever the umask
    if (error == 0) error = write_all(to.get(), text);
    if (error == 0 && ::fsync(to.get()) != 0) error = errno;
    if (const int at_end = to.close(); error == 0) error = at_end;
    if (error == 0) return;
    ::unlink(path.c_str());
    fail(error, "cannot write " + path);
}

void append_key(secret_text& to, std::string_view name, const key& half) {
    to.append("    ");
    to.append(name);
    to.append(" = \"");
    secret_text text;
    text.resize(key::text_size);
    half.write_z85(text.data());
    to.append(text);
    to.append("\"\n");
}

secret_text read_all(const std::string& path, bool secret) {
    descriptor from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (from.get() < 0) fail(errno, "cannot open " + path);
    struct stat about {};
    if (::fstat(from.get(), &about) != 0) fail(errno, "cannot look at " + path);
    if (!S_ISREG(about.st_mode)) fail(EBADMSG, path + " is no file");
    if (secret && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        fail(EACCES, path + " holds a secret key that others than its owner may use (chmod 600 it)");
    secret_text all;
    all.resize(file_max);
    std::size_t filled = 0;
    for (;;) {
        if (filled == all.size()) fail(EBADMSG, path + " is too long for a key file");
        const auto got = ::read(from.get(), all.data() + filled, all.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(errno, "cannot read " + path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    all.resize(filled);
    return all;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r";
    const auto first = text.find_first_not_of(blank);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view unquoted(std::string_view text) {
    const bool quoted =
        text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

/// The value of a name below "curve"; nothing when there is none.
std::optional<std::string_view> find_value(std::string_view text, std::string_view name) {
    bool inside = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto words = trimmed(line);
        if (words.empty() || words.front() == '#') continue;
        if (line.front() != ' ' && line.front() != '\t') {
            inside = words == "curve";
            continue;
        }
        const auto equals = words.find('=');
        if (inside && equals != words.npos && trimmed(words.substr(0, equals)) == name)
            return unquoted(trimmed(words.substr(equals + 1)));
    }
    return std::nullopt;
}

key key_of(std::string_view text, std::string_view name, const std::string& path) {
    const auto found = find_value(text, name);
    const auto made = found && found->size() == key::text_size ? key::from(*found) : std::nullopt;
    if (!made) fail(EBADMSG, path + (found ? " has a malformed " : " has no ") + std::string(name));
    return *made;
}

}  // namespace

void save_public_key(const key& half, const std::string& path) {
    secret_text text;
    text.append(public_head);
    text.append("\nmetadata\ncurve\n");
    append_key(text, "public-key", half);
    write_new(path, text.view(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

void save_key_pair(const key_pair& pair, const std::string& path) {
    secret_text text;
    text.append(secret_head);
    text.append("\nmetadata\ncurve\n");
    append_key(text, "public-key", pair.public_half);
    append_key(text, "secret-key", pair.secret_half);
    const auto secret_path = path + std::string(secret_suffix);
    write_new(secret_path, text.view(), S_IRUSR | S_IWUSR);
    try {
        save_public_key(pair.public_half, path);
    } catch (...) {
        ::unlink(secret_path.c_str());
        throw;
    }
}

key_pair load_key_pair(const std::string& path) {
    const auto text = read_all(path, true);
    key_pair made;
    made.public_half = key_of(text.view(), "public-key", path);
    made.secret_half = key_of(text.view(), "secret-key", path);
    if (key_pair::public_of(made.secret_half) != made.public_half)
        fail(EBADMSG, path + " holds two keys that are no pair");
    return made;
}

key load_public_key(const std::string& path) {
    const auto text = read_all(path, false);
    return key_of(text.view(), "public-key", path);
}

}  // namespace zither
