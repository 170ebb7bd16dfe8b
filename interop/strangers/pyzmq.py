"""Python's pyzmq: REQ/REP, PUB/SUB, its poller, asyncio, a queue device, and CURVE with its ZAP handler in a thread."""

import asyncio
import os

import stage
import zmq
import zmq.asyncio
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

LONG_MS = 1000 * stage.DEADLINE_S
FAILURES = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL


def bound(context, kind, **options):
    made = context.socket(kind, **options)
    made.rcvtimeo = made.sndtimeo = LONG_MS
    return made, f"tcp://127.0.0.1:{made.bind_to_random_port('tcp://127.0.0.1')}"


def connected(context, kind, at):
    made = context.socket(kind)
    made.rcvtimeo = made.sndtimeo = LONG_MS
    made.connect(at)
    return made


def asks_and_answers(context):
    rep, at = bound(context, zmq.REP)
    req = connected(context, zmq.REQ, at)
    poller = zmq.Poller()
    poller.register(rep, zmq.POLLIN)
    poller.register(req, zmq.POLLIN)
    for copy in (True, False):
        req.send_pyobj({"question": 42})
        stage.must(dict(poller.poll(LONG_MS)) == {rep: zmq.POLLIN}, "the poller does not see the question")
        stage.must(rep.recv_pyobj() == {"question": 42}, "another question arrived")
        rep.send_multipart([b"answer", b"", b"x" * 100000], copy=copy)
        stage.must(dict(poller.poll(LONG_MS)) == {req: zmq.POLLIN}, "the poller does not see the answer")
        frames = req.recv_multipart(copy=copy)
        stage.must([bytes(frame) for frame in frames] == [b"answer", b"", b"x" * 100000], "another answer arrived")


def publishes(context):
    xpub, at = bound(context, zmq.XPUB)
    sub = connected(context, zmq.SUB, at)
    sub.subscribe("wanted")
    stage.must(xpub.recv() == b"\x01wanted", "the subscription did not arrive")
    for number in range(100):
        xpub.send_multipart([b"unwanted", b"%d" % number])
        xpub.send_multipart([b"wanted", b"%d" % number])
    stage.must([sub.recv_multipart() for _ in range(100)] == [[b"wanted", b"%d" % number] for number in range(100)], "not what was published")


async def talks_in_coroutines():
    context = zmq.asyncio.Context()
    router, at = bound(context, zmq.ROUTER)
    dealers = [connected(context, zmq.DEALER, at) for _ in range(5)]

    async def ask(dealer, number):
        await dealer.send(b"%d" % number)
        return await dealer.recv()

    async def serve(count):
        for _ in range(count):
            who, what = await router.recv_multipart()
            await router.send_multipart([who, b"re " + what])

    serving = asyncio.create_task(serve(500))
    for turn in range(100):
        answers = await asyncio.gather(*(ask(dealer, 5 * turn + which) for which, dealer in enumerate(dealers)))
        stage.must(answers == [b"re %d" % (5 * turn + which) for which in range(5)], f"turn {turn} brought {answers}")
    await serving
    context.destroy(linger=0)


def authenticates(context):
    for folder in ("known", "secret"):
        os.mkdir(folder)
    zmq.auth.create_certificates("secret", "server")
    zmq.auth.create_certificates("known", "friend")
    zmq.auth.create_certificates("secret", "stranger")
    handler = ThreadAuthenticator(context)
    handler.start()
    handler.allow("127.0.0.1")
    handler.configure_curve(domain="*", location="known")
    push = context.socket(zmq.PUSH)
    push.curve_publickey, push.curve_secretkey = zmq.auth.load_certificate("secret/server.key_secret")
    push.curve_server = True
    at = f"tcp://127.0.0.1:{push.bind_to_random_port('tcp://127.0.0.1')}"

    def pull(keys):
        made = context.socket(zmq.PULL)
        made.linger, made.rcvtimeo = 0, LONG_MS
        made.curve_serverkey = zmq.auth.load_certificate("secret/server.key")[0]
        made.curve_publickey, made.curve_secretkey = zmq.auth.load_certificate(keys)
        watch = made.get_monitor_socket(FAILURES)
        made.connect(at)
        return made, watch

    stranger, watch = pull("secret/stranger.key_secret")
    stage.must(watch.poll(LONG_MS), "an unknown key was not refused")
    friend, _ = pull("known/friend.key_secret")
    push.send(b"secret")
    got = friend.recv(copy=False)
    stage.must(got.bytes == b"secret", "another secret arrived")
    stage.must(not stranger.poll(0), "the stranger got something")
    handler.stop()


context = zmq.Context()
asks_and_answers(context)
publishes(context)
asyncio.run(talks_in_coroutines())
authenticates(context)
context.destroy(linger=0)
print(f"pyzmq {zmq.__version__} on {zmq.zmq_version()}: REQ/REP, PUB/SUB, asyncio, CURVE with ThreadAuthenticator")
