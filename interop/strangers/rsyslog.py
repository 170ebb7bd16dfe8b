"""rsyslog with czmq's modules: a line comes in over CURVE (imczmq, whose ZAP handler reads certificates) and leaves as PUSH (omczmq)."""

import os

import stage
import zmq
import zmq.auth

LINES = 100
CONFIGURATION = """
module(load="imczmq" authenticator="on" authtype="CURVESERVER" servercertpath="{here}/server.key_secret" clientcertpath="{here}/known")
module(load="omczmq")
template(name="bare" type="string" string="%rawmsg%")
ruleset(name="onward") {{
  action(type="omczmq" endpoints=">{out}" socktype="PUSH" template="bare")
}}
input(type="imczmq" endpoints="@{into}" socktype="PULL" ruleset="onward")
"""


def push(context, into, keys):
    sender = context.socket(zmq.PUSH)
    sender.linger = 0
    sender.curve_serverkey = zmq.auth.load_certificate("server.key")[0]
    sender.curve_publickey, sender.curve_secretkey = zmq.auth.load_certificate(keys)
    sender.connect(into)
    return sender


os.mkdir("known")
zmq.auth.create_certificates(".", "server")
zmq.auth.create_certificates("known", "friend")
zmq.auth.create_certificates(".", "stranger")
context = zmq.Context()
sink = context.socket(zmq.PULL)
out = f"tcp://127.0.0.1:{sink.bind_to_random_port('tcp://127.0.0.1')}"
into = f"tcp://127.0.0.1:{stage.free_port()}"
with open("rsyslog.conf", "w") as file:
    file.write(CONFIGURATION.format(here=os.getcwd(), into=into, out=out))

with stage.started("/usr/sbin/rsyslogd", "-n", "-f", "rsyslog.conf", "-i", "rsyslog.pid", log="rsyslog.log"):
    stranger = push(context, into, "stranger.key_secret")
    watch = stranger.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_DISCONNECTED)
    stage.must(watch.poll(1000 * stage.DEADLINE_S), "an unknown key was not refused")
    friend = push(context, into, "known/friend.key_secret")
    for line in range(LINES):
        friend.send_string(f"<13>Jan  1 00:00:00 here test: line {line}")
    for line in range(LINES):
        stage.must(sink.poll(1000 * stage.DEADLINE_S), f"line {line} did not arrive")
        text = sink.recv_string()
        stage.must(text.endswith(f"line {line}"), f"line {line} arrived as {text!r}")
context.destroy(linger=0)
print(f"{LINES} lines through rsyslogd; an unknown key was refused")
