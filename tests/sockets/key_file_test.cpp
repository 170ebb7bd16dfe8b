// Files of CURVE keys: what is written, what is read, and what is refused.
#include "endpoints.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <system_error>

#include <sys/stat.h>

using namespace zither;
using namespace zither::test;

namespace {

/// A folder of its own that goes with the test.
struct folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / fresh_name();
    folder() { std::filesystem::create_directory(path); }
    ~folder() { std::filesystem::remove_all(path); }
    std::string operator/(const char* name) const { return path / name; }
    std::string write(const char* name, const std::string& text, mode_t mode = 0600) const {
        const auto where = *this / name;
        std::ofstream(where) << text;
        REQUIRE(::chmod(where.c_str(), mode) == 0);
        return where;
    }
};

std::string text_of(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
}

/// Why a call was refused; its sentence names the file, and no key.
std::error_code refusal(const std::string& path, const std::function<void()>& call) {
    try {
        call();
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find(path) != std::string::npos);
        return error.code();
    }
    return {};
}

std::error_code load_refusal(const std::string& path) {
    return refusal(path, [&] { (void)load_key_pair(path); });
}

std::string certificate(const std::string& public_key, const std::string& secret_key) {
    return "#   ****  Generated on 2024-01-01 00:00:00 by CZMQ  ****\n"
           "#   ZeroMQ CURVE **Secret** Certificate\n\nmetadata\n    name = \"public-key\"\ncurve\n"
           "    public-key = \"" +
           public_key + "\"\n    secret-key = \"" + secret_key + "\"\n";
}

}  // namespace

TEST_CASE("a pair that was saved is loaded, and only its owner may use the secret file") {
    const folder in;
    const auto pair = key_pair::generate();
    const auto old_mask = ::umask(GENERATE(mode_t{0}, mode_t{022}, mode_t{0777}));
    save_key_pair(pair, in / "server");
    ::umask(old_mask);
    const auto loaded = load_key_pair(in / "server_secret");
    CHECK(loaded.public_half == pair.public_half);
    CHECK(loaded.secret_half == pair.secret_half);
    CHECK(load_public_key(in / "server") == pair.public_half);
    CHECK(load_public_key(in / "server_secret") == pair.public_half);
    struct stat about {};
    REQUIRE(::stat((in / "server_secret").c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0600);
    CHECK(text_of(in / "server").find(pair.secret_half.z85()) == std::string::npos);
}

TEST_CASE("nothing that exists is written to, and no half of a pair is left") {
    const folder in;
    const auto pair = key_pair::generate();
    const char* there = GENERATE("server", "server_secret");
    in.write(there, "somebody's");
    const auto code = refusal(in / there, [&] { save_key_pair(pair, in / "server"); });
    CHECK(code == std::errc::file_exists);
    CHECK(text_of(in / there) == "somebody's");
    CHECK(std::distance(std::filesystem::directory_iterator(in.path), {}) == 1);
}

TEST_CASE("a secret file that others may use is refused") {
    const folder in;
    save_key_pair(key_pair::generate(), in / "server");
    const auto path = in / "server_secret";
    const mode_t mode = GENERATE(mode_t{0640}, mode_t{0604}, mode_t{0620}, mode_t{0602}, mode_t{0644});
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(load_refusal(path) == std::errc::permission_denied);
    CHECK_NOTHROW(load_public_key(path));
    REQUIRE(::chmod(path.c_str(), 0400) == 0);
    CHECK_NOTHROW(load_key_pair(path));
}

TEST_CASE("certificates of other programs are read") {
    const folder in;
    const auto pair = key_pair::generate();
    const auto public_text = pair.public_half.z85(), secret_text = pair.secret_half.z85();
    const auto same = [&](const std::string& text) {
        return load_key_pair(in.write("file", text)).secret_half == pair.secret_half;
    };
    CHECK(same(certificate(public_text, secret_text)));
    CHECK(same("curve\r\n  secret-key='" + secret_text + "'\r\n\tpublic-key =\t" + public_text + "  \r\n"));
    CHECK(same("curve\n    secret-key = \"" + secret_text + "\"\n    public-key = \"" + public_text +
               "\"\nmetadata\n    public-key = \"nonsense\""));
}

TEST_CASE("what is no key file is refused, and says what is wrong with it") {
    const folder in;
    const auto pair = key_pair::generate();
    const auto public_text = pair.public_half.z85(), secret_text = pair.secret_half.z85();
    for (const auto& text :
         {std::string(), std::string("curve\n"), std::string(200, '\0'),
          "curve\n    public-key = \"" + public_text + "\"\n",
          "curve\n    secret-key = \"" + secret_text + "\"\n",
          "metadata\n    public-key = \"" + public_text + "\"\n    secret-key = \"" + secret_text + "\"\n",
          certificate(public_text.substr(1), secret_text), certificate(public_text, secret_text + "x"),
          certificate(public_text, std::string(40, '~')), certificate(public_text, std::string(40, '#')),
          certificate(secret_text, public_text),
          certificate(key_pair::generate().public_half.z85(), secret_text),
          certificate(public_text, secret_text) + std::string(70000, '#')}) {
        CAPTURE(text.substr(0, 400));
        CHECK(load_refusal(in.write("file", text)) == std::errc::bad_message);
    }
    CHECK(load_refusal(in / "nothing") == std::errc::no_such_file_or_directory);
    CHECK(load_refusal(in.path) == std::errc::bad_message);
    const auto pipe = in / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(load_refusal(pipe) == std::errc::bad_message);
}

TEST_CASE("no refusal says a key") {
    const folder in;
    const auto pair = key_pair::generate();
    const auto other = key_pair::generate();
    const auto path = in.write("file", certificate(other.public_half.z85(), pair.secret_half.z85()));
    try {
        (void)load_key_pair(path);
        FAIL("two keys that are no pair were loaded");
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find(pair.secret_half.z85()) == std::string::npos);
    }
}

TEST_CASE("a public key may be saved alone") {
    const folder in;
    const auto pair = key_pair::generate();
    save_public_key(pair.public_half, in / "alice");
    CHECK(load_public_key(in / "alice") == pair.public_half);
    CHECK(load_refusal(in / "alice") == std::errc::permission_denied);
    REQUIRE(::chmod((in / "alice").c_str(), 0600) == 0);
    CHECK(load_refusal(in / "alice") == std::errc::bad_message);
}
