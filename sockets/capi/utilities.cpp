// What libzmq's API offers beside messaging: keys, counters, timers, clocks, threads.
#include "errno.hpp"
#include "zither/zmtp/key.hpp"
#include "zither/zmtp/secret.hpp"
#include "zither/zmtp/z85.hpp"
#include "zmq.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <map>
#include <new>
#include <string_view>
#include <thread>

#include <unistd.h>

using namespace zither;
using namespace zither::capi;
using std::chrono::steady_clock;

namespace {

struct timers {
    static constexpr unsigned live = 0xCAFEDADA;
    struct timer {
        std::size_t interval_ms;
        zmq_timer_fn* handler;
        void* argument;
        steady_clock::time_point due;
    };
    unsigned tag = live;
    std::map<int, timer> list;
    int next = 1;
};

timers* timers_of(void* handle) {
    auto* found = static_cast<timers*>(handle);
    if (found && found->tag == timers::live) return found;
    errno = EFAULT;
    return nullptr;
}

timers::timer* timer_of(void* handle, int id) {
    auto* all = timers_of(handle);
    if (!all) return nullptr;
    const auto place = all->list.find(id);
    if (place != all->list.end()) return &place->second;
    errno = EINVAL;
    return nullptr;
}

steady_clock::time_point after(std::size_t interval_ms) {
    return steady_clock::now() + std::chrono::milliseconds(interval_ms);
}

unsigned long elapsed_us(void* watch) {
    if (!watch) return 0;
    const auto started = *static_cast<steady_clock::time_point*>(watch);
    return static_cast<unsigned long>(
        std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started).count());
}

void write_key(char* to, const zmtp::key& key) {
    key.write_z85(to);
    to[zmtp::key::text_size] = '\0';
}
char* failed_text(int number) {
    errno = number;
    return nullptr;
}

}  // namespace

extern "C" {

int zmq_has(const char* capability) {
    const std::string_view asked = capability ? capability : "";
    return asked == "ipc" || asked == "tipc" || asked == "vsock" || asked == "draft" || asked == "curve";
}

char* zmq_z85_encode(char* dest, const uint8_t* data, size_t size) {
    if (size % 4 != 0) return failed_text(EINVAL);
    if (!dest || (!data && size > 0)) return failed_text(EFAULT);
    zmtp::z85_write({reinterpret_cast<const std::byte*>(data), size}, dest);
    dest[size / 4 * 5] = '\0';
    return dest;
}

uint8_t* zmq_z85_decode(uint8_t* dest, const char* string) {
    if (!dest || !string) {
        errno = EFAULT;
        return nullptr;
    }
    auto data = zmtp::z85_decode(string);
    if (!data) {
        errno = EINVAL;
        return nullptr;
    }
    if (!data->empty()) std::memcpy(dest, data->data(), data->size());
    zmtp::wipe(data->data(), data->size());  // a secret key, perhaps
    return dest;
}

int zmq_curve_keypair(char* z85_public_key, char* z85_secret_key) {
    if (!z85_public_key || !z85_secret_key) return fail(EFAULT);
    const auto made = zmtp::key_pair::generate();
    write_key(z85_public_key, made.public_half);
    write_key(z85_secret_key, made.secret_half);
    return 0;
}

int zmq_curve_public(char* z85_public_key, const char* z85_secret_key) {
    if (!z85_public_key || !z85_secret_key) return fail(EFAULT);
    const std::string_view text(z85_secret_key);
    const auto secret = text.size() == zmtp::key::text_size ? zmtp::key::from(text) : std::nullopt;
    if (!secret) return fail(EINVAL);
    write_key(z85_public_key, zmtp::key_pair::public_of(*secret));
    return 0;
}

void* zmq_atomic_counter_new(void) { return new (std::nothrow) std::atomic<int>(0); }
void zmq_atomic_counter_set(void* counter, int value) {
    if (counter) static_cast<std::atomic<int>*>(counter)->store(value);
}
int zmq_atomic_counter_inc(void* counter) {
    return counter ? static_cast<std::atomic<int>*>(counter)->fetch_add(1) : fail(EFAULT);
}
int zmq_atomic_counter_dec(void* counter) {
    if (!counter) return fail(EFAULT);
    return static_cast<std::atomic<int>*>(counter)->fetch_sub(1) - 1 > 0 ? 1 : 0;
}
int zmq_atomic_counter_value(void* counter) {
    return counter ? static_cast<std::atomic<int>*>(counter)->load() : fail(EFAULT);
}
void zmq_atomic_counter_destroy(void** counter_p) {
    if (!counter_p) return;
    delete static_cast<std::atomic<int>*>(*counter_p);
    *counter_p = nullptr;
}

void* zmq_timers_new(void) { return new (std::nothrow) timers; }

int zmq_timers_destroy(void** timers_p) {
    auto* all = timers_p ? timers_of(*timers_p) : nullptr;
    if (!all) return fail(EFAULT);
    all->tag = 0;
    delete all;
    *timers_p = nullptr;
    return 0;
}

int zmq_timers_add(void* handle, size_t interval, zmq_timer_fn handler, void* arg) {
    auto* all = timers_of(handle);
    if (!all) return -1;
    if (!handler) return fail(EFAULT);
    all->list[all->next] = {interval, handler, arg, after(interval)};
    return all->next++;
}

int zmq_timers_cancel(void* handle, int timer_id) {
    auto* all = timers_of(handle);
    if (!all) return -1;
    return all->list.erase(timer_id) ? 0 : fail(EINVAL);
}

int zmq_timers_set_interval(void* handle, int timer_id, size_t interval) {
    auto* one = timer_of(handle, timer_id);
    if (!one) return -1;
    one->interval_ms = interval;
    one->due = after(interval);
    return 0;
}

int zmq_timers_reset(void* handle, int timer_id) {
    auto* one = timer_of(handle, timer_id);
    if (!one) return -1;
    one->due = after(one->interval_ms);
    return 0;
}

long zmq_timers_timeout(void* handle) {
    auto* all = timers_of(handle);
    if (!all) return -1;
    if (all->list.empty()) return -1;
    auto first = steady_clock::time_point::max();
    for (const auto& [id, one] : all->list) first = std::min(first, one.due);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - steady_clock::now()).count();
    return left > 0 ? static_cast<long>(left) : 0;
}

int zmq_timers_execute(void* handle) {
    auto* all = timers_of(handle);
    if (!all) return -1;
    const auto now = steady_clock::now();
    // A handler may add or cancel timers, its own included: walk by number.
    for (auto place = all->list.begin(); place != all->list.end();) {
        const int id = place->first;
        if (place->second.due <= now) {
            const auto one = place->second;
            place->second.due = now + std::chrono::milliseconds(one.interval_ms);
            one.handler(id, one.argument);
        }
        place = all->list.upper_bound(id);
    }
    return 0;
}

void* zmq_stopwatch_start(void) { return new (std::nothrow) steady_clock::time_point(steady_clock::now()); }
unsigned long zmq_stopwatch_intermediate(void* watch) { return elapsed_us(watch); }
unsigned long zmq_stopwatch_stop(void* watch) {
    const auto elapsed = elapsed_us(watch);
    delete static_cast<steady_clock::time_point*>(watch);
    return elapsed;
}

void zmq_sleep(int seconds) { ::sleep(static_cast<unsigned>(seconds)); }

void* zmq_threadstart(zmq_thread_fn* func, void* arg) {
    if (!func) {
        errno = EFAULT;
        return nullptr;
    }
    try {
        return new std::thread(func, arg);
    } catch (const std::exception&) {
        errno = EAGAIN;
        return nullptr;
    }
}

void zmq_threadclose(void* thread) {
    auto* one = static_cast<std::thread*>(thread);
    if (!one) return;
    one->join();
    delete one;
}

}  // extern "C"
