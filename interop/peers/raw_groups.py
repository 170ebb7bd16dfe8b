"""RADIO and DISH on bare sockets: who joined and left is read off the wire, and nothing may come that was not asked for."""

from raw_wire import require

WANTED = b"w" * 255  # the longest name there is: JOIN and LEAVE become long frames
FOR_A_WHILE = b"for a while"


def broadcast(talk, told, parts):
    """Sends every group whatever is asked for: a DISH has to sort them out again."""
    while not told("synced", 0.002):
        talk.wire.send([WANTED, b"sync"])
    asked = sorted(talk.wire.receive() for _ in range(2))
    require(asked == [[b"JOIN", FOR_A_WHILE], [b"JOIN", WANTED]], f"two groups joined, received {asked}")
    talk.wire.send([WANTED, b"begin"])
    for message in range(talk.count):
        talk.wire.send([b"other", *parts(message, talk.own_salt)])
        talk.wire.send([WANTED, *parts(message, talk.own_salt)])
    while not told("left", 0.002):
        talk.wire.send([FOR_A_WHILE, b"round"])
        talk.wire.send([WANTED, b"round"])
    require(talk.wire.receive() == [b"LEAVE", FOR_A_WHILE], "a group left")
    talk.wire.send([WANTED, b"last"])


def tune_in(talk, say_line, parts):
    talk.wire.group(b"JOIN", WANTED)
    talk.wire.group(b"JOIN", FOR_A_WHILE)
    message = talk.wire.receive()
    require(message == [WANTED, b"sync"], f"the rendezvous, received {message}")
    say_line("tell synced")
    while message == [WANTED, b"sync"]:
        message = talk.wire.receive()
    require(message == [WANTED, b"begin"], f"the beginning, received {message}")
    for number in range(talk.count):
        message = talk.wire.receive()
        require(message == [WANTED, *parts(number, talk.peer_salt)], f"message {number}, received {message[0]}")
    require(talk.wire.receive() == [FOR_A_WHILE, b"round"], "the second group while it is wanted")
    talk.wire.group(b"LEAVE", FOR_A_WHILE)
    watch_group_fade(talk, say_line)


def watch_group_fade(talk, say_line):
    """Both groups in turn until the RADIO has read LEAVE; then only the other."""
    last, gone = FOR_A_WHILE, False
    while (message := talk.wire.receive()) != [WANTED, b"last"]:
        group, text = message
        require(text == b"round" and (group == WANTED or (group == FOR_A_WHILE and not gone)), f"a round, received {message}")
        if group == last == WANTED and not gone:
            gone = True
            say_line("tell left")
        last = group
    require(gone, "a time without the group that was left")
