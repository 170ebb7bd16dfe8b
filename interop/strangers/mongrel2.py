"""The web server Mongrel2 hands requests out over PUSH and sends what comes back over SUB; the application is Python's."""

import concurrent.futures
import http.client
import os
import subprocess
import threading

import stage
import zmq

REQUESTS = 200
SERVER = "f400bf85-4538-4f7a-8908-67e313d515c2"
CONFIGURATION = """
application = Handler(send_spec='tcp://127.0.0.1:{ask}', send_ident='34f9ceee-cd52-4b7f-b197-88bf2f0ec378',
                      recv_spec='tcp://127.0.0.1:{answer}', recv_ident='')
here = Host(name='localhost', routes={{'/': application}})
main = Server(uuid='{server}', access_log='/access.log', error_log='/error.log', chroot='.', default_host='localhost',
              name='main', pid_file='/mongrel2.pid', port={web}, bind_addr='127.0.0.1', hosts=[here])
settings = {{'zeromq.threads': 1, 'server.daemonize': 0}}
servers = [main]
"""


def serve(context, ask, answer):
    """Answers "UUID CONNECTION PATH SIZE:HEADERS,SIZE:BODY," until the context ends."""
    asked, answers = context.socket(zmq.PULL), context.socket(zmq.XPUB)
    asked.connect(f"tcp://127.0.0.1:{ask}")
    answers.connect(f"tcp://127.0.0.1:{answer}")
    asked.linger = answers.linger = 0
    try:
        answers.recv()  # who publishes before the server has subscribed speaks to nobody
        while True:
            server, connection, path, rest = asked.recv().split(b" ", 3)
            if path == b"@*":  # a browser has gone; who answers that is told so again
                continue
            size, _, rest = rest.partition(b":")
            size, _, rest = rest[int(size) + 1:].partition(b":")
            said = path + b" " + rest[:int(size)][::-1]
            answers.send(b"%s %d:%s, HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (server, len(connection), connection, len(said), said))
    except zmq.ContextTerminated:
        asked.close(0)
        answers.close(0)


def browse(web, number):
    body = bytes((number + at) % 256 for at in range(number * 20))
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=stage.DEADLINE_S)
    connection.request("POST" if body else "GET", f"/{number}", body or None)
    answer = connection.getresponse()
    stage.must((answer.status, answer.read()) == (200, f"/{number} ".encode() + body[::-1]), f"request {number}")
    connection.close()


web, ask, answer = stage.free_port(), stage.free_port(), stage.free_port()
with open("mongrel2.conf", "w") as file:
    file.write(CONFIGURATION.format(server=SERVER, web=web, ask=ask, answer=answer))
for folder in ("run", "logs", "tmp"):
    os.mkdir(folder)
with open("m2sh.log", "w") as said:
    subprocess.run(["m2sh", "load", "-config", "mongrel2.conf", "-db", "mongrel2.sqlite"], check=True, stdout=said,
                   stderr=said, env={**os.environ, "LOGNAME": "mongrel2"})
context = zmq.Context()
application = threading.Thread(target=serve, args=(context, ask, answer), daemon=True)
application.start()
with stage.started("mongrel2", "mongrel2.sqlite", SERVER, log="mongrel2.log"):
    stage.until("web server", lambda: stage.listens(web))
    browse(web, 0)
    with concurrent.futures.ThreadPoolExecutor(8) as browsers:
        list(browsers.map(lambda number: browse(web, number), range(1, REQUESTS)))
context.term()
application.join()
print(f"{REQUESTS} requests through mongrel2")
