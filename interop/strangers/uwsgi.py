"""uWSGI serves a Python application and sends its request log, line by line, over PUSH."""

import http.client

import stage
import zmq

REQUESTS = 100
APPLICATION = """
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['PATH_INFO'].encode()]
"""

with open("application.py", "w") as file:
    file.write(APPLICATION)
context = zmq.Context()
log = context.socket(zmq.PULL)
to = f"tcp://127.0.0.1:{log.bind_to_random_port('tcp://127.0.0.1')}"
web = stage.free_port()
with stage.started("uwsgi-core", "--plugin", "logzmq,python3", "--wsgi-file", "application.py", "--master", "--die-on-term",
                   "--http-socket", f"127.0.0.1:{web}", "--req-logger", f"zeromq:{to}", "--log-format", "%(method) %(uri)",
                   log="uwsgi.log"):
    stage.until("web server", lambda: stage.listens(web))
    for number in range(REQUESTS):
        connection = http.client.HTTPConnection("127.0.0.1", web, timeout=stage.DEADLINE_S)
        connection.request("GET", f"/{number}")
        stage.must(connection.getresponse().read() == f"/{number}".encode(), f"request {number}")
        connection.close()
        stage.must(log.poll(1000 * stage.DEADLINE_S), f"the log of request {number} did not arrive")
        line = log.recv_string()
        stage.must(line.strip() == f"GET /{number}", f"request {number} was logged as {line!r}")
context.destroy(linger=0)
print(f"{REQUESTS} requests through uwsgi, and their log")
