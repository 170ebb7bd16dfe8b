"""What the strangers' drivers share: ports, waiting, and processes that end with the driver."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time

DEADLINE_S = 40


def free_port():
    """Below those that the system gives to whoever asks for any: another stranger may be asking now."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def must(condition, otherwise):
    if not condition:
        sys.exit(f"failed: {otherwise}")


def until(what, look):
    """Asks again and again what nobody tells us, such as whether a server listens already."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"failed: no {what} within {DEADLINE_S} s")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def started(*command, stop=signal.SIGTERM, log=None, **more):
    """A server for as long as it is needed. It must end when it is asked to: that is part of the test."""
    with open(log or os.devnull, "w") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, **more)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        must(process.poll() is None, f"{command[0]} ended by itself with {process.returncode}")
        process.send_signal(stop)
        try:
            process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            sys.exit(f"failed: {command[0]} did not end when it was asked to")
