"""Jupyter's client and one of its kernels: five ROUTER, PUB and REP sockets, heartbeats, and a monitor."""

import sys

import stage
from jupyter_client.manager import KernelManager

kernel = sys.argv[1]
manager = KernelManager(kernel_name=kernel)
manager.start_kernel()
client = manager.client()
client.start_channels()
try:
    client.wait_for_ready(timeout=stage.DEADLINE_S)
    told = []
    reply = client.execute_interactive("total = sum(range(101))\nprint(total)\ntotal", timeout=stage.DEADLINE_S, output_hook=told.append)
    stage.must(reply["content"]["status"] == "ok", f"the code ended with {reply['content']}")
    texts = [message["content"]["text"] for message in told if message["msg_type"] == "stream"]
    stage.must("".join(texts).strip() == "5050", f"it printed {texts}")
    results = [message["content"]["data"]["text/plain"] for message in told if message["msg_type"] == "execute_result"]
    stage.must(results == ["5050"], f"its value was {results}")
    reply = client.execute_interactive("1 / 0", timeout=stage.DEADLINE_S, output_hook=lambda message: None)
    stage.must("ZeroDivisionError" in reply["content"]["ename"], f"a bad division ended with {reply['content']}")
    stage.until("heartbeat", client.hb_channel.is_beating)
finally:
    client.stop_channels()
    manager.shutdown_kernel()
print(f"{kernel}: output, a value, an exception, heartbeats, shutdown")
