"""What is measured, as data: every row of the table, the programs behind it, and its targets."""

import dataclasses

SIZES = (16, 64, 256, 1024, 4096, 65536, 1048576)
THROUGHPUT = dict(zip(SIZES, (5, 4, 3, 2.5, 2, 1.7, 1.2)))  # ours/libzmq at least
OF_BARE = 0.8  # of a bare socket at least, from 4 KiB up
WAKEABLE = "a bare socket whose reader can be woken"
ONE_CORE, CORE_EACH = (0, 0), (0, 1)
CPU = 0.5  # CPU seconds per message, ours/libzmq at most, in every throughput row


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a row, and what it should be. Targets are ratios; `at_most` is in the figure's unit."""

    keys: tuple  # of the results of the row's processes; added up
    unit: str
    better: str  # "higher" or "lower"
    label: str = ""
    to_libzmq: float | None = None
    to_beside: float | None = None
    at_most: float | None = None
    has_beside: bool = True


@dataclasses.dataclass(frozen=True)
class Run:
    """The processes that give one column of a row: `back` starts first, and announces the endpoint `front` gets."""

    library: str  # "ours", "libzmq", or "" for a program that needs none
    back: tuple  # program, role
    front: tuple | None = None
    arguments: tuple = ()
    hold: bool = False  # front stays until back has ended


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    group: str
    figures: tuple
    ours: Run
    libzmq: Run | None = None
    beside: Run | None = None
    beside_what: str = "bare socket"
    # The least that could be done for it. A target that this misses, too, is beyond the machine.
    limit: Run | None = None
    limit_what: str = ""
    transport: str = "tcp"
    size: int = 64
    cores: tuple = ()  # of the allowed ones: where the processes of a run stay, in the order they start
    cpu_target: float | None = None
    quick: bool = False
    # An option with a large number; the same for --quick; descriptors that one of them needs in one process.
    many: tuple | None = None


def per_second(to_libzmq=None, to_beside=None, unit="msg/s", key="per_second"):
    return (Figure((key,), unit, "higher", "", to_libzmq, to_beside),)


def percentiles(p50=None, p99=None, p50_beside=None, p99_beside=None, at_most=None):
    return (Figure(("p50_us",), "us", "lower", "p50", p50, p50_beside, at_most),
            Figure(("p99_us",), "us", "lower", "p99", p99, p99_beside))


def ends(library, program, back, front, transport="tcp", **more):
    """Both ends in one process for inproc."""
    if transport == "inproc":
        role = f"inproc_{program}" if library == "native" else "inproc"
        return Run("" if library == "native" else library, ("native" if library == "native" else program, role), **more)
    if library in ("native", "bare"):
        return Run("", (library, back), (library, front), hold=library == "native", **more)
    return Run(library, (program, back), (program, front), hold=True, **more)


def throughput(transport, size, native=False, **more):
    runs = [ends(side, "stream", "pull", "push", transport) for side in ("native" if native else "ours", "libzmq", "bare")]
    inproc = transport == "inproc"
    target = per_second(3 if inproc else THROUGHPUT[size], OF_BARE if size >= 4096 and not inproc else None)
    prefix = "c++ " if native else ""
    limit = None if inproc else Run("", ("bare", "pull"), ("bare", "queueing_push"))
    return Row(f"{prefix}thr {transport} {size}", f"{prefix}throughput, PUSH to PULL", target, runs[0], runs[1],
               None if inproc else runs[2], limit=limit,
               limit_what="a bare socket whose sender copies each body into a queue with a mark",
               transport=transport, size=size, cpu_target=CPU, **more)


def latency(transport, kind, one_core, native=False, idle=False, **more):
    back, front = {"req": ("rep", "req"), "dealer": ("router", "dealer")}[kind]
    arguments = ("--idle",) if idle else ()
    ours = ends("native" if native else "ours", "pingpong", back, front, transport, arguments=arguments)
    beside = ends("ours", "pingpong", back, front) if idle else ends("bare", "", back, front)
    what = "without the idle thread" if idle else "bare socket"
    limit, limit_what = ends("bare", "", back, front, arguments=("--wakeable",)), WAKEABLE
    if transport == "inproc":
        figures, beside = percentiles(0.8), None
        limit, limit_what = Run("", ("bare", "threads")), "two threads that ring each other"
    elif one_core:
        figures = percentiles(0.35, None, 1.1 if idle else 1.3)
    else:
        figures = percentiles(0.65, 0.65, 1.1 if idle else None)
    prefix = "c++ " if native else ""
    words = [f"{prefix}lat", transport, kind, "64", "one core" if one_core else "free", "idle thread" if idle else ""]
    return Row(" ".join(filter(None, words)), f"{prefix}one-way latency, ping-pong", figures, ours,
               ends("libzmq", "pingpong", back, front, transport, arguments=arguments), beside, what, limit, limit_what,
               transport=transport, cores=ONE_CORE if one_core else (), **more)


def awake():
    ours, theirs = (Run(side, ("pingpong", "inproc"), arguments=("--awake",)) for side in ("ours", "libzmq"))
    return Row("lat inproc req 64 awake", "one-way latency, ping-pong", percentiles(0.8, at_most=1.0), ours, theirs,
               transport="inproc")


def steady(interval_us, **more):
    pace = ("--interval", interval_us)
    return Row(f"steady tcp 64 {interval_us} us", "delivery from a steady sender", percentiles(p50_beside=1.2, p99=0.5),
               ends("ours", "steady", "pull", "push", arguments=pace), ends("libzmq", "steady", "pull", "push", arguments=pace),
               Run("", ("bare", "steady_pull"), ("bare", "steady_push"), pace), "bare socket",
               Run("", ("bare", "steady_pull"), ("bare", "steady_push"), (*pace, "--wakeable")),
               # Else where the scheduler puts the two decides. A sender that watches the clock would keep its library's
               # I/O thread from the core.
               WAKEABLE, cores=CORE_EACH if interval_us >= 50 else (), **more)


def fan_out(peers, size, raw=False, **more):
    """`raw`: the subscribers are bare connections that throw away what they get; what is measured is the publisher."""
    front = ("raw_peers", "subs") if raw else ("fanout", "sub")
    ours, theirs = (Run(side, ("fanout", "pub"), front) for side in ("ours", "libzmq"))
    if raw and peers >= 1000:
        theirs = None  # it does not finish what it sends in a second before a run's deadline
    bare = Run("", ("bare_fanout", "pub"), ("bare_fanout", "sub"))
    return Row(f"pub tcp {size} x{peers}" + (" raw" if raw else ""), "PUB to many SUB, deliveries", per_second(3), ours, theirs,
               bare, "bare sockets", bare, "the same", size=size, cpu_target=CPU, many=("--peers", peers, min(peers, 32), 3), **more)


def dealers():
    ours, theirs = (Run(side, ("dealers", "router"), ("dealers", "dealers")) for side in ("ours", "libzmq"))
    return Row("dealers tcp 64 x100", "DEALER x 100 to one ROUTER and back, round trips", per_second(2.5), ours, theirs,
               limit=Run("", ("bare_dealers", "router"), ("bare_dealers", "dealers")), limit_what="bare sockets",
               cpu_target=CPU, many=("--peers", 100, 100, 3), quick=True)


def subscriptions():
    ours, theirs = (Run(side, ("subscriptions", "pub"), ("subscriptions", "sub")) for side in ("ours", "libzmq"))
    few = dataclasses.replace(ours, arguments=("--topics", 1000))
    figures = (Figure(("subscribe_s",), "s", "lower", "time", 1.0, has_beside=False),
               Figure(("pub_bytes",), "B", "lower", "memory each, PUB", 1.0, has_beside=False),
               Figure(("sub_bytes",), "B", "lower", "memory each, SUB", 1.0, has_beside=False),
               Figure(("match_ns",), "ns", "lower", "CPU per match", 1.0, 1.5))
    return Row("subs 1000000", "one million subscriptions", figures, ours, theirs, few, "1,000 subscriptions",
               dataclasses.replace(few, back=("subscriptions", "pub_by_table")),
               "the same, and finding one of a million in a hash table",
               many=("--topics", 1_000_000, 20_000, 0), quick=True)


def connections():
    ours, theirs = (Run(side, ("connections", "router"), ("raw_peers", "dealers")) for side in ("ours", "libzmq"))
    figures = (Figure(("connection_bytes",), "B", "lower", "memory each", at_most=4096),
               Figure(("handshakes_per_second",), "1/s", "higher", "handshakes", 2.0))
    return Row("connections 9000", "idle connections to one ROUTER", figures, ours, theirs,
               limit=Run("", ("raw_peers", "router"), ("raw_peers", "dealers")), limit_what="a ROUTER on nothing but sockets",
               many=("--peers", 9000, 500, 1), quick=True)


def first_message():
    ours, theirs = (Run(side, ("steady", "pull"), ("steady", "first")) for side in ("ours", "libzmq"))
    return Row("first tcp 64", "context, socket, connect, first message", percentiles(0.5), ours, theirs,
               limit=Run("", ("bare_first", "pull"), ("bare_first", "first")),
               limit_what="a thread and a blocking socket that shakes hands", quick=True)


def curve(size, **more):
    ours, theirs = (ends(side, "stream", "pull", "push", arguments=("--curve",)) for side in ("ours", "libzmq"))
    return Row(f"curve tcp {size}", "throughput, CURVE", per_second(2, 0.85 if size == 65536 else None), ours, theirs,
               Run("", ("box", "seal")), "libsodium's box alone", Run("", ("box", "pull"), ("box", "push")),
               "libsodium's box between bare sockets", size=size, cpu_target=CPU, **more)


def tls(size, **more):
    return Row(f"tls tcp {size}", "throughput, TLS", per_second(), ends("ours", "stream", "pull", "push", arguments=("--tls", "{tls}")),
               None, Run("", ("bare_tls", "pull"), ("bare_tls", "push"), ("--tls", "{tls}")), "OpenSSL on a socket",
               transport="tls", size=size, **more)


def api_rows(native):
    """What is measured through either API."""
    rows = [throughput(transport, size, native, quick=(transport, size) in (("tcp", 1024), ("ipc", 64)))
            for transport in ("tcp", "ipc") for size in SIZES]
    rows += [throughput("inproc", size, native, quick=size == 16) for size in (16, 1024)]
    for one_core in (True, False):
        rows += [latency("tcp", kind, one_core, native, quick=kind == "req" and one_core) for kind in ("req", "dealer")]
        rows += [latency("ipc", "req", one_core, native)]
    return rows + [latency("inproc", "req", False, native)]


def all_rows():
    rows = api_rows(native=False) + [awake()]
    rows += [latency("tcp", kind, one_core, idle=True, quick=kind == "req" and one_core)
             for one_core in (True, False) for kind in ("req", "dealer")]
    rows += [steady(interval, quick=interval == 100) for interval in (1000, 100, 20)]
    rows += [fan_out(peers, size, raw, quick=(peers, size) == (32, 64))
             for raw in (False, True) for peers in (32, 1000) for size in (64, 1024)]
    rows += [dealers(), subscriptions(), connections(), first_message()]
    rows += [curve(size, quick=size == 1024) for size in (16, 1024, 65536)]
    rows += [tls(size, quick=size == 1024) for size in (64, 1024, 65536)]
    return rows + api_rows(native=True)
