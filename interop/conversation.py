"""Runs the two peers of one cell, passes lines between them, and judges how they ended."""

import os
import queue
import signal
import subprocess
import threading
import time

UNSUPPORTED = 127


class Broken(Exception):
    """The conversation did not go as it should; the text says how."""


class Peer:
    """One process of a cell. A thread puts its lines, and None at the end, into the cell's inbox."""

    def __init__(self, label, command, inbox, errors):
        self.label, self.command, self.inbox = label, command, inbox
        self.errors_path = errors
        self.done = self.ended = False
        self.library = None
        self.start()

    def start(self):
        with open(self.errors_path, "ab") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            env=clean_environment())
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process):
        for line in process.stdout:
            self.inbox.put((self, process, line.decode(errors="replace").rstrip("\n")))
        self.inbox.put((self, process, None))

    def tell(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended; its exit code says why

    def stop(self, how=signal.SIGTERM):
        """A peer says on SIGTERM what it was waiting for."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def clean_environment():
    return {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}


class Conversation:
    """`ours` and `theirs` are commands up to the endpoint: [program, ..., "push", "pull", "bind"]."""

    def __init__(self, ours, theirs, we_bind, endpoint, extra, scratch, deadline_s):
        self.commands = {"ours": ours, "theirs": theirs}
        self.order = ("ours", "theirs") if we_bind else ("theirs", "ours")
        self.endpoint, self.extra, self.scratch = endpoint, extra, scratch
        self.until = time.monotonic() + deadline_s
        self.inbox = queue.Queue()
        self.peers = []

    def run(self):
        """Returns the two peers; raises Broken."""
        try:
            self._start(self.order[0], self.endpoint)
            while not all(peer.ended for peer in self.peers):
                self._handle(*self._next())
            return self.peers
        finally:
            for peer in self.peers:
                peer.stop()

    def _start(self, label, endpoint):
        command = [*self.commands[label], endpoint, *self.extra]
        self.peers.append(Peer(label, command, self.inbox, self.scratch / f"{label}.errors"))

    def _next(self):
        try:
            return self.inbox.get(timeout=max(0.001, self.until - time.monotonic()))
        except queue.Empty:
            waiting = " and ".join(f"{peer.label} {'done' if peer.done else 'not done'}" for peer in self.peers)
            raise Broken(f"deadline: {waiting}") from None

    def _other(self, peer):
        others = [other for other in self.peers if other is not peer]
        return others[0] if others else peer

    def _handle(self, peer, process, line):
        if process is not peer.process:
            return  # the last lines of a binder that was killed on purpose
        if line is None:
            self._end(peer)
            return
        word, _, rest = line.partition(" ")
        if word == "endpoint":
            self._listening(peer, rest)
        elif word == "tell":
            self._other(peer).tell(rest)
        elif word == "restart":
            self._restart(self._other(peer))
        elif word == "library":
            peer.library = rest
        elif word == "done":
            peer.done = True
            if len(self.peers) == 2 and all(one.done for one in self.peers):
                for one in self.peers:
                    one.tell("close")
        else:
            raise Broken(f"{peer.label} said something that is not in the contract: {line}")

    def _listening(self, peer, endpoint):
        self.endpoint = endpoint
        if len(self.peers) == 1:
            self._start(self.order[1], endpoint)

    def _restart(self, binder):
        binder.stop(signal.SIGKILL)
        binder.command[-1 - len(self.extra)] = self.endpoint
        binder.start()

    def _end(self, peer):
        peer.ended = True
        code = peer.process.wait()
        if code == UNSUPPORTED:
            raise Broken(f"{peer.label} does not support this")
        if code != 0:
            raise Broken(f"{peer.label} exited with {code}")
        if not peer.done:
            raise Broken(f"{peer.label} ended before it was done")
        if len(self.peers) < 2:
            raise Broken(f"{peer.label} ended without a conversation")
