"""libzmq's own test programs: fetched as Debian's source package, built against its header and linked to a libzmq."""

import concurrent.futures
import importlib.machinery
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# What their configure would write for a build with everything but pgm, norm and vmci.
PLATFORM = "\n".join(f"#define {name}" for name in (
    "ZMQ_HAVE_LINUX", "ZMQ_HAVE_IPC", "ZMQ_HAVE_CURVE", "ZMQ_USE_LIBSODIUM", "ZMQ_HAVE_SO_PEERCRED", "ZMQ_HAVE_SO_PRIORITY",
    "ZMQ_HAVE_TIPC", "ZMQ_HAVE_UIO", "ZMQ_HAVE_IFADDRS", "HAVE_FORK", "HAVE_IF_NAMETOINDEX", "HAVE_STRNLEN")) + "\n"
WITHOUT_CORPUS = "what it would send is not in Debian's package"
# Programs that cannot say anything here.
LEFT_OUT = {
    "test_pair_vmci": "vmci needs VMware's headers",
    "test_reqrep_vmci": "vmci needs VMware's headers",
    "test_ws_transport": "WebSocket is not in Debian's libzmq",
    "test_wss_transport": "WebSocket is not in Debian's libzmq",
    **{f"test_{name}_fuzzer": WITHOUT_CORPUS for name in (
        "bind", "bind_curve", "bind_null", "bind_stream", "bind_ws", "connect", "connect_curve", "connect_null",
        "connect_stream", "connect_ws", "socket_options", "z85_decode")},
}
# Programs whose functions or socket types the stable API does not have.
DRAFT_ONLY = {
    "test_poller", "test_thread_safe", "test_client_server", "test_timers", "test_radio_dish", "test_scatter_gather",
    "test_dgram", "test_app_meta", "test_router_notify", "test_xpub_manual_last_value", "test_peer", "test_msg_init",
    "test_channel", "test_hello_msg", "test_disconnect_msg",
}
# Programs that bring parts of libzmq along; a library must not find those instead of its own.
MORE_SOURCES = {
    "test_security_curve": ["src/tweetnacl.c", "src/err.cpp", "src/random.cpp", "src/clock.cpp"],
}
SHARED_PARTS = ["external/unity/unity.c", "tests/testutil.cpp", "tests/testutil_monitoring.cpp", "tests/testutil_security.cpp",
                "tests/testutil_unity.cpp"]


def output_of(command):
    ended = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{ended.stdout}")
    return ended.stdout


def fetch():
    """bench/perf_programs knows how; both use the same copy."""
    loader = importlib.machinery.SourceFileLoader("perf_programs", str(HERE.parent / "bench/perf_programs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zither/perf"
    cache.mkdir(parents=True, exist_ok=True)
    return module.fetch_source(cache)


def names_in(source, drafts):
    found = {path.stem for path in (source / "tests").glob("test_*.cpp")} - set(LEFT_OUT)
    return sorted(found if drafts else found - DRAFT_ONLY)


class Builder:
    """Compiles into one folder; what is newer than its source stays."""

    def __init__(self, source, folder, draft_library):
        self.source, self.folder = source, folder
        self.where = [f"-L{draft_library}"] if draft_library else []
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "platform.hpp").exists():
            (folder / "platform.hpp").write_text(PLATFORM)
        self.ccache = ["ccache"] if shutil.which("ccache") else []
        self.flags = ["-O0", "-w", "-DZMQ_CUSTOM_PLATFORM_HPP", "-DUNITY_USE_COMMAND_LINE_ARGS", "-DUNITY_EXCLUDE_FLOAT",
                      f"-I{folder}", f"-I{source}/external/unity", f"-I{source}/include"]
        if draft_library:
            self.flags.append("-DZMQ_BUILD_DRAFT_API")

    def compile(self, part, prefix, flags=()):
        """`prefix` tells apart what is compiled more than once, in different ways."""
        made = self.folder / f"{prefix}{pathlib.Path(part).stem}.o"
        if not made.exists():
            compiler = "cc" if part.endswith(".c") else "c++"
            output_of([*self.ccache, compiler, *self.flags, *flags, "-c", self.source / part, "-o", f"{made}.new"])
            pathlib.Path(f"{made}.new").rename(made)
        return made

    def build(self, name, shared):
        program = self.folder / name
        if program.exists():
            return
        more = MORE_SOURCES.get(name, [])
        flags = ["-DZMQ_USE_TWEETNACL"] if more else []
        objects = [self.compile(part, f"{name}." if more else "", flags) for part in (f"tests/{name}.cpp", *more)]
        if more:
            merged = self.folder / f"{name}.merged.o"
            output_of(["c++", "-r", *objects, "-o", merged])
            output_of(["objcopy", *(f"--keep-global-symbol={kept}" for kept in ("main", "setUp", "tearDown")), merged])
            objects = [merged]
        # A function is looked up when it is called: a library that lacks it runs the cases before.
        output_of(["c++", *objects, *shared, "-o", f"{program}.new", *self.where, "-lzmq", *(["-lsodium"] if more else []),
                   "-lpthread", "-Wl,-z,lazy"])
        pathlib.Path(f"{program}.new").rename(program)


def build(source, folder, names, draft_library, jobs):
    builder = Builder(source, folder, draft_library)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        shared = list(pool.map(lambda part: builder.compile(part, "shared."), SHARED_PARTS))
        list(pool.map(lambda name: builder.build(name, shared), names))


def build_draft_library(source, jobs):
    """A folder with libzmq and its draft API, which Debian's is built without; made once, beside its source."""
    folder = source.parent / "libzmq-drafts"
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=source.parent) as scratch:
        output_of(["cmake", "-S", source, "-B", scratch, "-DCMAKE_BUILD_TYPE=Release", "-DENABLE_DRAFTS=ON", "-DENABLE_WS=OFF",
                   "-DWITH_LIBSODIUM=ON", "-DBUILD_STATIC=OFF", "-DBUILD_TESTS=OFF", "-DWITH_PERF_TOOL=OFF", "-DWITH_DOCS=OFF",
                   "-DENABLE_CPACK=OFF"])
        output_of(["cmake", "--build", scratch, "-j", str(jobs)])
        made = pathlib.Path(scratch, "made")
        made.mkdir()
        shutil.copy(f"{scratch}/lib/libzmq.so.5", made)
        made.joinpath("libzmq.so").symlink_to("libzmq.so.5")
        made.rename(folder)
    return folder
