"""The matrix as data: which pairs of socket types meet, over what, in which scenario, and under which name."""

import dataclasses

PAIRS = ["push pull", "pair pair", "req rep", "req router", "dealer rep", "dealer dealer", "dealer router",
         "router router", "pub sub", "pub xsub", "xpub sub", "xpub xsub"]
DRAFT_PAIRS = ["server client", "radio dish", "scatter gather", "peer peer", "channel channel"]
# Scenarios for some pairs only; what a scenario is stands in peers/peer.c and README.md.
SOME = {
    "large": ["push pull", "pair pair", "dealer router"],
    "flood": ["push pull"],
    "linger": ["push pull"],
    "heartbeat": ["pair pair", "push pull"],
    "immediate": ["push pull"],
    "reconnect": ["dealer rep", "sub pub"],
    "null-zap": ["push pull"],
    "plain": ["push pull", "dealer rep", "pub sub", "dealer router"],
    "curve": ["push pull", "pair pair", "req rep", "pub sub", "xpub xsub", "dealer router", "router router"],
    "curve-zap": ["push pull", "dealer rep", "pub sub", "dealer router"],
    "curve-large": ["pair pair"],
    "null-denied": ["push pull"],
    "plain-wrong": ["push pull"],
    "plain-300": ["push pull"],
    "plain-none": ["push pull"],
    "curve-wrong": ["push pull"],
    "curve-denied": ["push pull"],
    "curve-300": ["push pull"],
    "curve-500": ["push pull"],
    "curve-none": ["push pull"],
}
# Those with a handler check the peer's address.
ONLY_TCP = ("null-zap", "plain", "curve-zap", "null-denied", "plain-wrong", "plain-300", "curve-denied",
            "curve-300", "curve-500")
# The side that may bind, where a scenario is not the same from both ends.
BINDER = {"immediate": ("pull",), "reconnect": ("rep", "pub")}
SIMPLE_PAIRS = ["push pull", "req rep", "pub sub", "dealer router"]


@dataclasses.dataclass(frozen=True)
class Cell:
    """Zither plays `ours` against somebody who plays `theirs`."""

    family: str
    scenario: str
    ours: str
    theirs: str
    we_bind: bool
    transport: str
    version: str = ""  # the ZMTP version of a raw peer

    @property
    def our_part(self):
        """What our peer is told, up to the endpoint (see conversation.py)."""
        return [self.scenario, self.ours, self.theirs, "bind" if self.we_bind else "connect"]

    @property
    def their_part(self):
        return [self.scenario, self.theirs, self.ours, "connect" if self.we_bind else "bind"]

    @property
    def row(self):
        ours, theirs = self.ours.upper(), self.theirs.upper()
        return f"{ours}* {theirs}" if self.we_bind else f"{ours} {theirs}*"

    @property
    def column(self):
        return " ".join(filter(None, (self.version, self.scenario)))

    @property
    def name(self):
        return "/".join(filter(None, (self.family, self.row.replace(" ", "-").lower(), self.version, self.scenario,
                                      self.transport)))


def orientations(pair):
    """(ours, theirs, we bind): both ways round, without saying the same twice."""
    one, other = pair.split()
    for ours, theirs in dict.fromkeys([(one, other), (other, one)]):
        yield ours, theirs, True
        yield ours, theirs, False


def may_bind(scenario, binder):
    return binder in BINDER.get(scenario, (binder,))


def cells_of(family, scenario, pairs, transports, version=""):
    for pair in pairs:
        for ours, theirs, we_bind in orientations(pair):
            if may_bind(scenario, ours if we_bind else theirs):
                for transport in transports:
                    yield Cell(family, scenario, ours, theirs, we_bind, transport, version)


def zmq_cells(family):
    """Everything that a peer on the zmq.h API can do."""
    yield from cells_of(family, "traffic", PAIRS, ("tcp", "ipc"))
    yield from cells_of(family, "traffic", ["stream stream"], ("tcp",))
    for scenario, pairs in SOME.items():
        yield from cells_of(family, scenario, pairs, ("tcp",) if scenario in ONLY_TCP else ("tcp", "ipc"))


def draft_cells(family):
    yield from cells_of(family, "traffic", DRAFT_PAIRS, ("tcp", "ipc"))
    yield from cells_of(family, "curve", ["server client", "radio dish"], ("tcp",))


def recent_cells(family):
    """A later libzmq, with its draft types: what may differ from Debian's is how things are said, not what is said."""
    yield from cells_of(family, "traffic", PAIRS, ("tcp",))
    yield from cells_of(family, "curve", ["push pull", "xpub xsub", "dealer router"], ("tcp",))
    yield from cells_of(family, "heartbeat", ["pair pair"], ("tcp",))
    yield from draft_cells(family)


def raw_cells(family):
    """Every version of the protocol, byte by byte, and peers that misbehave."""
    for version in ("3.1", "3.0", "2.0", "1.0"):
        yield from cells_of(family, "traffic", [*SIMPLE_PAIRS, "pair pair"], ("tcp",), version)
    yield from cells_of(family, "heartbeat", ["pair pair"], ("tcp",), "3.1")
    for scenario in ("pieces", "eager", "silent", "ttl"):
        for we_bind in (True, False):
            yield Cell(family, scenario, "pull", "push", we_bind, "tcp", "3.1")
    yield Cell(family, "intruder", "pull", "push", True, "tcp", "3.1")
    yield from cells_of(family, "traffic", ["stream stream"], ("tcp",), "plain")


def raw_draft_cells(family):
    yield from cells_of(family, "traffic", DRAFT_PAIRS, ("tcp",), "3.1")


def curve_cells(family):
    """A CURVE that shares no code with anybody's: tweetnacl and JavaScript. The binder is the server."""
    yield from cells_of(family, "curve", [*SIMPLE_PAIRS, "pair pair"], ("tcp",))
    for scenario in ("curve-wrong", "curve-denied", "curve-none"):
        yield from cells_of(family, scenario, ["push pull"], ("tcp",))
    for type_, other in (("push", "pull"), ("pull", "push")):
        yield Cell(family, "curve-zap", type_, other, True, "tcp")
        yield Cell(family, "curve-impostor", type_, other, False, "tcp")
        yield Cell(family, "curve-commands", "pull", "push", type_ == "push", "tcp")
    yield Cell(family, "curve-intruder", "pull", "push", True, "tcp")
    yield Cell(family, "curve-strict", "pull", "push", True, "tcp")
    yield Cell(family, "curve-deceiver", "pull", "push", False, "tcp")


def all_cells():
    yield from zmq_cells("libzmq")
    yield from cells_of("jeromq", "traffic", SIMPLE_PAIRS, ("tcp",))
    yield from raw_cells("raw")
    yield from recent_cells("libzmq-4.3.5")
    yield from draft_cells("libzmq-drafts")
    yield from raw_draft_cells("drafts-raw")
    yield from curve_cells("tweetnacl")


def control_cells():
    """The same with libzmq in Zither's place: what fails here is not Zither's fault."""
    yield from zmq_cells("control-libzmq")
    yield from cells_of("control-jeromq", "traffic", SIMPLE_PAIRS, ("tcp",))
    yield from raw_cells("control-raw")
    yield from recent_cells("control-libzmq-4.3.5")
    yield from draft_cells("control-libzmq-drafts")
    yield from raw_draft_cells("control-drafts-raw")
    yield from curve_cells("control-tweetnacl")


def stranger_cells():
    yield from zmq_cells("peer")
