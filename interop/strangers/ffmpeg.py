"""FFmpeg: a filter that takes commands over REP, and its zmq protocol, one program's PUB being another one's SUB."""

import subprocess
import sys

import stage
import zmq

QUIET = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin"]


def filter_by_command():
    """The picture's middle pixel turns from black to white when the command says so."""
    context = zmq.Context()
    port = stage.free_port()
    # The filter lays a white box over black; it starts outside the picture.
    graph = ("color=black:size=16x16:rate=25[back];color=white:size=16x16:rate=25[box];"
             f"[back]zmq=bind_address=tcp\\\\://127.0.0.1\\\\:{port}[heard];[heard][box]overlay=x=16")
    movie = subprocess.Popen([*QUIET, "-filter_complex", graph, "-f", "rawvideo", "-pix_fmt", "gray", "-"], stdout=subprocess.PIPE)
    try:
        frame = movie.stdout.read(256)
        stage.must(frame[136] < 32, "the picture did not begin black")
        request = context.socket(zmq.REQ)
        request.connect(f"tcp://127.0.0.1:{port}")
        for command, expected in (("Parsed_overlay_3 x 0", "0 Success"), ("Parsed_overlay_3 nothing 0", "Function not implemented")):
            request.send_string(command)
            # It looks for commands once per frame, and waits with frames until they are read.
            while not request.poll(0):
                frame = movie.stdout.read(256)
            answer = request.recv_string()
            stage.must(expected in answer, f"{command!r} was answered with {answer!r}")
        for _ in range(100):
            if frame[136] > 200:
                break
            frame = movie.stdout.read(256)
        stage.must(frame[136] > 200, "the box did not move")
    finally:
        movie.kill()
        movie.wait()
    context.destroy(linger=0)
    print("two commands to a running filter, one refused")


def stream():
    """One makes sound and publishes it, the other subscribes and counts samples."""
    port = stage.free_port()
    publish = subprocess.Popen([*QUIET, "-re", "-f", "lavfi", "-i", "sine=frequency=440", "-f", "mpegts", f"zmq:tcp://127.0.0.1:{port}"])
    try:
        heard = subprocess.run([*QUIET, "-i", f"zmq:tcp://127.0.0.1:{port}", "-t", "1", "-f", "s16le", "-ac", "1", "-ar", "8000", "-"],
                               stdout=subprocess.PIPE, timeout=stage.DEADLINE_S).stdout
    finally:
        publish.kill()
        publish.wait()
    stage.must(len(heard) == 16000, f"{len(heard)} octets of sound instead of 16000")
    crossings = sum((a < 128) != (b < 128) for a, b in zip(heard[1::2], heard[3::2]))
    stage.must(860 < crossings < 900, f"not the sound of 440 Hz: its sign changes {crossings} times a second")
    print("a second of sound from one ffmpeg to another")


{"filter": filter_by_command, "stream": stream}[sys.argv[1]]()
