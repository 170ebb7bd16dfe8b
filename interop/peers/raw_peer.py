#!/usr/bin/env python3
"""The peer of the contract in README.md on bare sockets: raw_peer.py VERSION SCENARIO TYPE OTHER bind|connect ENDPOINT"""

import itertools
import select
import signal
import socket
import sys
import time
import traceback

import raw_groups
from raw_wire import SIGNATURE, Closed, Failed, Wire, ready, require

SIZES = [0, 1, 33, 255, 256, 8192, 65536]
COUNTS = {"traffic": 42, "heartbeat": 6, "pieces": 42, "eager": 42, "silent": 6, "ttl": 6, "intruder": 6}
DRAFTS = ("server", "client", "radio", "dish", "scatter", "gather", "peer", "channel")  # their messages have one part
STREAM_TOTAL = 3 * 1024 * 1024
RAMP = bytes(range(251))
UNSUPPORTED = 127


def say_line(line):
    print(line, flush=True)


def told(word, wait_s):
    """Reads standard input without a buffer, so that select tells the truth."""
    while select.select([sys.stdin.buffer], [], [], wait_s)[0]:
        line = sys.stdin.buffer.raw.readline()
        if not line:
            raise Failed("the runner has gone")
        if line.decode().strip() == word:
            return True
    return False


def wait_until_told(word):
    require(told(word, None), word)


def shifted(seed):
    return bytes((value + seed) % 256 for value in RAMP)


def body(size, seed):
    return (shifted(seed) * (size // 251 + 1))[:size]


def parts(message, salt, count=None):
    return [body(SIZES[(message + part) % len(SIZES)], message * 13 + part * 3 + salt)
            for part in range(count or 1 + message % 3)]


def one_part(message, salt):
    return parts(message, salt, 1)


class Talk:
    """One end of the conversation: who it plays, and the connection of the moment."""

    def __init__(self, version, scenario, type_, other, how, endpoint):
        self.version, self.scenario, self.type, self.other = version, scenario, type_, other
        self.binds = how == "bind"
        self.count = COUNTS[scenario]
        self.parts = one_part if type_ in DRAFTS else parts
        self.own_salt, self.peer_salt = (0, 100) if self.binds else (100, 0)
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        self.address = (host, 0 if port == "*" else int(port))
        self.listener = self.wire = None

    def open(self):
        if self.binds:
            self.listener = socket.create_server(self.address)
            self.address = self.listener.getsockname()
            say_line(f"endpoint tcp://{self.address[0]}:{self.address[1]}")

    def connection(self):
        made = self.listener.accept()[0] if self.binds else socket.create_connection(self.address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def meet(self, greet=True):
        """A new connection, through its handshake."""
        identity = f"{self.type}-{'bind' if self.binds else 'connect'}".encode()
        self.wire = Wire(self.version, self.connection(), self.type, self.other, identity)
        if greet:
            self.wire.greet()
        return self.wire

    def say(self, message, *envelope):
        self.wire.send([*envelope, *self.parts(message, self.own_salt)])

    def hear(self, message, *envelope):
        expected, received = [*envelope, *self.parts(message, self.peer_salt)], self.wire.receive()
        require(received == expected, f"message {message} of {[len(f) for f in expected]} bytes, received "
                                      f"{[len(f) for f in received]}, equal parts: "
                                      f"{[a == b for a, b in zip(expected, received)]}")

    def say_all(self):
        for message in range(self.count):
            self.say(message)

    def hear_all(self):
        for message in range(self.count):
            self.hear(message)

    def exchange(self):
        self.say_all()
        self.hear_all()

    def ask_each(self, *envelope):
        for message in range(self.count):
            self.say(message, *envelope)
            self.hear(message, *envelope)

    def answer_each(self, *envelope):
        for message in range(self.count):
            self.hear(message, *envelope)
            self.say(message, *envelope)

    def publish(self):
        """Sends every topic whatever is asked for: a SUB has to sort them out again."""
        while not told("synced", 0.002):
            self.wire.send([b"c.sync"])
        if self.version != "1.0":
            asked = sorted(self.wire.receive() for _ in range(2))
            require(asked == [[b"\x01a."], [b"\x01c."]], f"two subscriptions, received {asked}")
        for message in range(self.count):
            self.say(message, b"b.topic")
            self.say(message, b"a.topic")
        while not told("unsubscribed", 0.002):
            self.wire.send([b"c.round"])
            self.wire.send([b"a.round"])
        if self.version != "1.0":
            require(self.wire.receive() == [b"\x00c."], "the unsubscription")
        self.wire.send([b"a.last"])

    def receive_wanted(self, topics):
        """What a SUB would hand out. Only a PUB that talks to ZMTP 1.0 may send anything else."""
        while True:
            message = self.wire.receive()
            if message[0][:2] in topics:
                return message
            require(self.version == "1.0", f"nothing but subscribed topics, received {message[0]}")

    def subscribe(self):
        topics = [b"a.", b"c."]
        for topic in topics:
            self.wire.subscribe(topic)
        message = self.receive_wanted(topics)
        require(message == [b"c.sync"], "the rendezvous")
        say_line("tell synced")
        while message == [b"c.sync"]:
            message = self.receive_wanted(topics)
        for number in range(self.count):
            require(message == [b"a.topic", *parts(number, self.peer_salt)], f"message {number}, received {message[0]}")
            message = self.receive_wanted(topics)
        require(message == [b"c.round"], "the second topic while it is wanted")
        self.wire.subscribe(b"c.", wanted=False)
        self.watch_topic_fade()

    def watch_topic_fade(self):
        """Rounds of "c.round a.round" until one comes without its first half; then only "a." until the end."""
        topics = [b"a."] if self.version == "1.0" else [b"a.", b"c."]
        last, gone = b"c.round", False
        while (message := self.receive_wanted(topics)) != [b"a.last"]:
            require(message[0] == b"a.round" or (message[0] == b"c.round" and not gone), f"a round, received {message}")
            if message[0] == last == b"a.round" and not gone:
                gone = True
                say_line("tell unsubscribed")
            last = message[0]
        require(gone, "a time without c.")

    def converse(self):
        ways = {
            "push pull": self.say_all, "pull push": self.hear_all, "pair pair": self.exchange,
            "req rep": lambda: self.ask_each(b""), "rep req": lambda: self.answer_each(b""),
            "dealer router": self.exchange, "router dealer": self.answer_each,
            "pub sub": self.publish, "sub pub": self.subscribe,
            "client server": self.exchange, "server client": self.answer_each,
            "peer peer": self.answer_each if self.binds else self.exchange, "channel channel": self.exchange,
            "scatter gather": self.say_all, "gather scatter": self.hear_all,
            "radio dish": lambda: raw_groups.broadcast(self, told, one_part),
            "dish radio": lambda: raw_groups.tune_in(self, say_line, one_part),
        }
        ways[f"{self.type} {self.other}"]()


def play_traffic(talk):
    talk.meet()
    talk.converse()


def play_pieces(talk):
    """Segments that end anywhere, whatever the frames."""
    talk.meet().pieces = itertools.cycle([1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 4000])
    talk.converse()


def play_eager(talk):
    """A peer that does not wait for READY before its first messages. libzmq hangs up on it."""
    talk.meet(greet=False).blurt([parts(message, talk.own_salt) for message in range(talk.count)])


def play_heartbeat(talk):
    """Counts the peer's PINGs in two idle times, and wants its own answered with their context."""
    wire = talk.meet()
    for word, after in (("idle-in-poll", "was-idle"), ("idle-outside", "was-idle-again")):
        talk.converse()
        say_line(f"tell {word}")
        wait_until_told(word)
        wire.pings.clear()
        wire.ping(0, b"sixteen of these")
        until = time.monotonic() + 1
        wire.idle(lambda: until - time.monotonic())
        require(len(wire.pings) >= 5, f"a PING every 20 ms, received {len(wire.pings)} in a second")
        require(set(wire.pings) == {6}, f"a ttl of 600 ms, received {set(wire.pings)} tenths of a second")
        require(wire.pongs == [b"sixteen of these"], f"a PONG with the context, received {wire.pongs}")
        wire.pongs.clear()
        say_line(f"tell {after}")
        wait_until_told(after)
    talk.converse()
    say_line("tell end")
    wait_until_told("end")


def play_silent(talk):
    """A peer that does not answer PING loses its connection, and is met again."""
    wire = talk.meet()
    wire.answers_pings = False
    wire.read_to_end()
    require(wire.pings, "a PING before the end")
    play_traffic(talk)


def play_ttl(talk):
    """A peer that is silent for longer than its own PING promised loses its connection, and is met again."""
    wire = talk.meet()
    wire.ping(2, b"")
    wire.read_to_end()
    require(wire.pongs == [b""], f"a PONG before the end, received {wire.pongs}")
    play_traffic(talk)


def play_intruder(talk):
    """Three peers that must be refused, and then one that must not."""
    null_greeting = SIGNATURE + b"\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
    same_type = ready(talk.other, b"")
    for wrong in (SIGNATURE + b"\x03\x01" + b"NOPE".ljust(20, b"\0") + bytes(32),
                  null_greeting + same_type,
                  null_greeting + b"\x04\xff" + b"\x05READY" + b"\xff" * 249):
        wire = talk.meet(greet=False)
        wire.write(wrong)
        while wire.connection.recv(4096):
            pass
        wire.connection.close()
    play_traffic(talk)


def play_stream(talk):
    """No ZMTP at all: the other side is a STREAM socket."""
    wire = talk.meet(greet=False)
    wire.write(body(STREAM_TOTAL, talk.own_salt))
    require(wire.read(STREAM_TOTAL) == body(STREAM_TOTAL, talk.peer_salt), "the right bytes")
    say_line("tell complete")
    wait_until_told("complete")
    if talk.binds:
        require(wire.connection.recv(1) == b"", "the end and no byte too many")
        say_line("tell closed")
    else:
        wire.connection.close()
        wait_until_told("closed")


def give_up(wire):
    """The runner's deadline has passed."""
    seen = f" after {len(wire.pings)} PING and {len(wire.pongs)} PONG" if wire else ""
    raise Failed(f"deadline{seen}, at {traceback.extract_stack()[-3].line}")


PLAYS = {"traffic": play_traffic, "pieces": play_pieces, "eager": play_eager, "heartbeat": play_heartbeat,
         "silent": play_silent, "ttl": play_ttl, "intruder": play_intruder}


def main():
    signal.alarm(120)
    talk = Talk(*sys.argv[1:7])
    signal.signal(signal.SIGTERM, lambda *_: give_up(talk.wire))
    if talk.scenario not in PLAYS:
        return UNSUPPORTED
    talk.open()
    try:
        play_stream(talk) if talk.type == "stream" else PLAYS[talk.scenario](talk)
        say_line("done")
        wait_until_told("close")
        return 0
    except (Failed, OSError) as problem:
        print(f"failed: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
