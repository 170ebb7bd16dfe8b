"""Starts the processes of one run, waits for them, and collects what they print."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time


class Failed(Exception):
    pass


class End:
    """A started process. It ends itself at its deadline (alarm), so waiting for it cannot hang."""

    def __init__(self, program, arguments, library_path):
        # An inherited path could put another library under a program than the one that is asked for.
        environment = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
        if library_path:
            environment["LD_LIBRARY_PATH"] = str(library_path)
        self.name = f"{program.name} {arguments[0]}"
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen([str(program), *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        self.lines, self.exit_code, self.cpu = [], None, 0.0

    def endpoint(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("endpoint "):
                return line.split(None, 1)[1].strip()
        return None

    def ended(self):
        """wait4 itself, because Popen would throw the resource usage away."""
        if self.exit_code is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.exit_code = self.process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu = usage.ru_utime + usage.ru_stime
                self.lines += self.process.stdout.readlines()
        return self.exit_code is not None

    def kill(self):
        if self.exit_code is None:
            os.kill(self.process.pid, signal.SIGKILL)
            while not self.ended():
                time.sleep(0.001)

    def release(self):
        self.process.stdin.close()

    def complaint(self):
        self.errors.seek(0)
        errors = self.errors.read().strip().splitlines()
        reason = "ran into its deadline" if self.exit_code == -signal.SIGALRM else f"exit code {self.exit_code}"
        return f"{self.name}: {errors[-1] if errors else reason}"

    def said(self, word):
        return [line.strip().partition(" ")[2] for line in self.lines if line.startswith(word + " ")]


def wait_for(ends):
    """The first end has the last word: when it is done the others may close. If one fails the others are stopped."""
    while not all([end.ended() for end in ends]):
        for end in ends:
            if end.exit_code:
                raise Failed(end.complaint())
        if ends[0].exit_code == 0:
            for end in ends:
                end.release()
        time.sleep(0.002)
    for end in ends:
        if end.exit_code:
            raise Failed(end.complaint())


class Runner:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, pathlib.Path(scratch)
        self.build = options.build.resolve()
        self.paths = {"ours": self.build / "compat", "libzmq": options.libzmq, "": None}
        self.libraries, self.runs = {}, 0

    def program(self, name):
        return self.build / "bench" / f"bench_{name}"

    def missing(self, rows):
        names = {end[0] for row in rows for run in (row.ours, row.libzmq, row.beside, row.limit) if run
                 for end in (run.back, run.front) if end}
        return sorted(str(self.program(name)) for name in names if not self.program(name).exists())

    def measure(self, row, run):
        """One run; returns what its processes reported, with `cpu_per_million`."""
        ends = []
        try:
            self.start(row, run, ends)
            wait_for(ends)
            for end in ends:
                self.check_library(run, end)
        finally:
            for end in ends:
                end.kill()
        result = {}
        for end in ends:
            for text in end.said("result"):
                result.update(json.loads(text))
        if not result:
            raise Failed(f"{ends[0].name} gave no result")
        if result.get("messages"):
            result["cpu_per_million"] = sum(end.cpu for end in ends) / result["messages"] * 1e6
        return result

    def start(self, row, run, ends):
        options, path = self.options, self.paths[run.library]
        common = ["--size", row.size, "--seconds", options.seconds, "--deadline", options.deadline]
        if options.count:
            common += ["--count", options.count]
        if row.many:
            common += [row.many[0], options.many(row)]
        common += [str(argument).format(tls=self.scratch) for argument in run.arguments]
        program, role = run.back
        end = [role, "--endpoint", self.fresh_endpoint(row, run), *common, *self.place(row, 0)]
        ends.append(End(self.program(program), end, path))
        if not run.front:
            return
        bound = ends[0].endpoint()
        if bound:  # else it has failed, and wait_for says how
            hold = ["--hold"] if run.hold else []
            program, role = run.front
            path = None if program == "raw_peers" else path
            end = [role, "--endpoint", bound, *common, *hold, *self.place(row, 1)]
            ends.append(End(self.program(program), end, path))

    def place(self, row, which):
        """The core that the back (0) or the front (1) of a run stays on, if it does."""
        if self.options.cpu is not None:
            return ["--cpu", self.options.cpu]
        allowed = sorted(os.sched_getaffinity(0))
        return ["--cpu", allowed[row.cores[which] % len(allowed)]] if row.cores else []

    def fresh_endpoint(self, row, run):
        self.runs += 1
        if row.transport == "tls":
            return "tls+tcp://127.0.0.1:*" if run.library else "tcp://127.0.0.1:*"
        return {"tcp": "tcp://127.0.0.1:*", "ipc": f"ipc://{self.scratch}/{self.runs}", "inproc": "inproc://bench"}[row.transport]

    def check_library(self, run, end):
        libraries = end.said("library")
        if not run.library or (not libraries and end.name.startswith("bench_raw_peers")):
            return
        if len(libraries) != 1:
            raise Failed(f"{end.name} has mapped {libraries or 'no ZeroMQ library'}")
        inside = pathlib.Path(libraries[0]).resolve().is_relative_to(self.build)
        if inside != (run.library == "ours"):
            raise Failed(f"{end.name} runs on the wrong library: {libraries[0]}")
        name = libraries[0].removeprefix(f"{self.build.parent.parent}/")
        self.libraries[run.library] = f"{name} ({end.said('version')[0]})"

    def make_certificate(self):
        """For the TLS rows: one self-signed certificate in the scratch folder."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=bench",
                        "-addext", "subjectAltName=IP:127.0.0.1"],
                       cwd=self.scratch, check=True, capture_output=True)
