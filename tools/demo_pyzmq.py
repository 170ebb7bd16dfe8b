"""An ordinary pyzmq program: answers COUNT requests. It knows nothing of Zither; the library path alone decides what it runs on.
The last lines say which libzmq.so the process has mapped."""

import signal
import sys

import zmq

signal.alarm(20)
count = int(sys.argv[1])
with zmq.Context() as context, context.socket(zmq.REP) as socket:
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"endpoint tcp://127.0.0.1:{port}", flush=True)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    for number in range(count):
        poller.poll()
        body = socket.recv()
        # The peer expects the body of message number + 1; see demo_peer.c.
        number += 1
        size = 70000 if number % 50 == 49 else number * 37 % 301
        socket.send(bytes((i * 7 + number) % 256 for i in range(size)))

with open("/proc/self/maps") as maps:
    libraries = {line.split()[-1] for line in maps if "/libzmq" in line}
print("library", *sorted(libraries))
print(f"ok: pyzmq {zmq.pyzmq_version()} on libzmq {zmq.zmq_version()}, {count} requests")
