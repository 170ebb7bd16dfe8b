"""ZMTP 3.1, 3.0, 2.0 and 1.0 by hand: greeting, handshake and frames over a plain socket. It checks what the peer sends more
strictly than a real peer would, and writes its own greeting one byte at a time."""

import select
import struct

SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
TYPE_BYTES = ["pair", "pub", "sub", "req", "rep", "dealer", "router", "pull", "push"]  # ZMTP 2.0
MORE, LONG, COMMAND = 1, 2, 4


class Failed(Exception):
    """The peer broke the protocol, or the conversation."""


class Closed(Failed):
    """The peer has hung up."""


def require(condition, what):
    if not condition:
        raise Failed(what)


def ready(type_, identity, flags=COMMAND):
    """The READY command, as a frame."""
    body = b"\x05READY"
    for name, value in ((b"Socket-Type", type_.upper().encode()), (b"Identity", identity)):
        body += bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
    return bytes([flags, len(body)]) + body


def properties_of(body):
    found, at = {}, 0
    while at < len(body):
        name_end = at + 1 + body[at]
        (size,) = struct.unpack_from(">I", body, name_end)
        found[body[at + 1:name_end].decode().lower()] = body[name_end + 4:name_end + 4 + size]
        at = name_end + 4 + size
    require(at == len(body), "a property longer than its command")
    return found


def has_identity(type_):
    return type_ in ("req", "dealer", "router")


class Wire:
    """One connection. `peer_identity` is known after `greet`; `pings` and `pongs` are what arrived so far."""

    def __init__(self, version, connection, type_, other, identity):
        self.version, self.connection = version, connection
        self.type, self.other, self.identity = type_, other, identity
        self.unread = b""
        self.pings, self.pongs = [], []
        self.answers_pings = True
        self.pieces = None  # sizes of the next writes, for a peer whose segments end anywhere

    # Bytes.

    def write(self, data):
        try:
            while self.pieces and data:
                size = next(self.pieces)
                self.connection.sendall(data[:size])
                data = data[size:]
            self.connection.sendall(data)
        except OSError as error:
            raise Closed(f"the peer hung up: {error}") from error

    def dribble(self, data):
        for byte in data:
            self.write(bytes([byte]))

    def read(self, size):
        parts, missing = [self.unread[:size]], size - len(self.unread)
        self.unread = self.unread[size:]
        while missing > 0:
            try:
                part = self.connection.recv(min(missing, 1 << 20))
            except OSError as error:
                raise Closed(f"the peer hung up: {error}") from error
            if not part:
                raise Closed("the peer hung up")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readable(self, wait_s=0):
        return bool(select.select([self.connection], [], [], wait_s)[0])

    # Greeting and handshake.

    def greet(self):
        greetings = {"3.1": self._greet_3, "3.0": self._greet_3, "2.0": self._greet_2, "1.0": self._greet_1}
        greetings[self.version]()
        if has_identity(self.other):
            binds = self.identity.endswith(b"-bind")
            expected = f"{self.other}-{'connect' if binds else 'bind'}".encode()
            require(self.peer_identity == expected, f"routing id {expected}, received {self.peer_identity}")

    def greeting_3(self):
        return SIGNATURE + bytes([3, int(self.version[-1])]) + b"NULL".ljust(20, b"\0") + bytes(32)

    def _greet_3(self):
        self.dribble(self.greeting_3())
        self._expect_greeting_3()
        self.write(ready(self.type, self.identity))
        self._expect_ready()

    def _expect_greeting_3(self):
        theirs = self.read(64)
        require(theirs[0] == 0xff and theirs[9] == 0x7f, f"a signature, received {theirs[:10].hex()}")
        require(theirs[10:12] == b"\x03\x01", f"version 3.1, received {theirs[10:12].hex()}")
        require(theirs[12:32] == b"NULL".ljust(20, b"\0"), f"mechanism NULL, received {theirs[12:32]}")
        require(theirs[32:] == bytes(32), "as-server 0 and a filler of zeros")

    def _expect_ready(self):
        flags, body = self._read_frame_2()
        require(flags & COMMAND and not flags & MORE and body[:6] == b"\x05READY", f"READY, received {body[:20]}")
        properties = properties_of(body[6:])
        require(properties.get("socket-type") == self.other.upper().encode(), f"Socket-Type, received {properties}")
        self.peer_identity = properties.get("identity", b"")

    def blurt(self, messages):
        """Greeting, READY and the first messages at once, before a byte of the peer's was read."""
        frames = b"".join(self._frames(message) for message in messages)
        self.write(self.greeting_3() + ready(self.type, self.identity) + frames)
        self._expect_greeting_3()
        self._expect_ready()

    def _greet_2(self):
        own_signature = b"\xff" + struct.pack(">Q", len(self.identity) + 1) + b"\x7f"
        self.dribble(own_signature + bytes([1, TYPE_BYTES.index(self.type)]))
        self.dribble(self._frame_2(0, self.identity))
        theirs = self.read(12)
        require(theirs[0] == 0xff and theirs[9] == 0x7f, f"a signature, received {theirs[:10].hex()}")
        require(theirs[10] >= 1 and theirs[11] == TYPE_BYTES.index(self.other), f"a type, received {theirs[10:].hex()}")
        flags, self.peer_identity = self._read_frame_2()
        require(flags == 0, "an identity frame without flags")

    def _greet_1(self):
        """The peer's signature reads as the beginning of a long identity frame: that is what it is made for."""
        self.dribble(self._frame_1(0, self.identity))
        theirs = self.read(10)
        require(theirs[0] == 0xff and theirs[9] & 1, f"a signature, received {theirs.hex()}")
        self.peer_identity = self.read(struct.unpack(">Q", theirs[1:9])[0] - 1)

    # Frames.

    @staticmethod
    def _frame_2(flags, body):
        if len(body) < 256:
            return bytes([flags, len(body)]) + body
        return bytes([flags | LONG]) + struct.pack(">Q", len(body)) + body

    @staticmethod
    def _frame_1(flags, body):
        size = len(body) + 1
        head = bytes([size]) if size < 255 else b"\xff" + struct.pack(">Q", size)
        return head + bytes([flags]) + body

    def _read_frame_2(self):
        flags, size = self.read(2)
        require(flags <= (MORE | LONG | COMMAND), f"reserved flag bits zero, received {flags:02x}")
        if flags & LONG:
            (size,) = struct.unpack(">Q", bytes([size]) + self.read(7))
            require(size > 255 or flags & COMMAND, f"a short frame for {size} bytes")
        return flags & ~LONG, self.read(size)

    def _read_frame_1(self):
        (size,) = self.read(1)
        if size == 255:
            (size,) = struct.unpack(">Q", self.read(8))
            require(size >= 255, f"a short frame for {size} bytes")
        flags, body = self.read(1)[0], self.read(size - 1)
        return flags & MORE, body

    def _answer(self, body):
        """A command in traffic. Subscriptions come back as the message an older peer would have sent."""
        require(self.version >= "3.0", "a command for a peer that knows none")
        name, rest = body[1:1 + body[0]], body[1 + body[0]:]
        if name == b"SUBSCRIBE" and self.version == "3.1":
            return [b"\x01" + rest]
        if name == b"CANCEL" and self.version == "3.1":
            return [b"\x00" + rest]
        if name in (b"JOIN", b"LEAVE") and self.type == "radio":
            return [name, rest]
        if name == b"PING":
            require(2 <= len(rest) <= 18, "a PING with ttl and at most 16 bytes of context")
            self.pings.append(struct.unpack(">H", rest[:2])[0])
            if self.answers_pings:
                self.write(self._frame_2(COMMAND, b"\x04PONG" + rest[2:]))
            return None
        require(name == b"PONG", f"a command of this version, received {name}")
        self.pongs.append(rest)
        return None

    # Messages.

    def _frames(self, message):
        frame = self._frame_1 if self.version == "1.0" else self._frame_2
        return b"".join(frame(MORE if i + 1 < len(message) else 0, body) for i, body in enumerate(message))

    def send(self, message):
        self.write(self._frames(message))

    def ping(self, ttl, context):
        self.write(self._frame_2(COMMAND, b"\x04PING" + struct.pack(">H", ttl) + context))

    def receive(self):
        """The next message; what must be answered on the way is answered."""
        frames = []
        while True:
            flags, body = self._read_frame_1() if self.version == "1.0" else self._read_frame_2()
            if flags & COMMAND:
                require(flags == COMMAND and not frames, "commands only between messages")
                message = self._answer(body)
                if message:
                    return message
                continue
            frames.append(body)
            if not flags & MORE:
                return frames

    def idle(self, seconds_left):
        """Answers commands until `seconds_left()` is no longer positive; no message may come."""
        while (left := seconds_left()) > 0:
            if self.readable(left):
                flags, body = self._read_frame_2()
                require(flags == COMMAND and self._answer(body) is None, "no message while idle")

    def subscribe(self, topic, wanted=True):
        if self.version == "3.1":
            self.write(self._frame_2(COMMAND, (b"\x09SUBSCRIBE" if wanted else b"\x06CANCEL") + topic))
        elif self.version != "1.0":  # a SUB of 1.0 filters what it receives
            self.send([(b"\x01" if wanted else b"\x00") + topic])

    def group(self, name, group):
        """JOIN or LEAVE."""
        self.write(self._frame_2(COMMAND, bytes([len(name)]) + name + group))

    def read_to_end(self):
        """Until the peer hangs up, which it must."""
        try:
            while True:
                self.receive()
        except Closed:
            self.connection.close()
