"""Many clients at once: connections that idle, and pulls at a client's own pace."""

import multiprocessing
import selectors
import socket
import time

from .client import Connection


class IdleConnections:
    """Connections that have asked once and then stay open."""

    def __init__(self, port, count):
        self.connections = [Connection(port) for _ in range(count)]
        for connection in self.connections:
            connection.request("GET", "/v2/", 200)

    def count_alive(self):
        """How many of them still answer, on the very connection they have."""
        alive = 0
        for connection in self.connections:
            kept = connection.socket
            try:
                if kept is not None:
                    connection.request("GET", "/v2/", 200)
                    alive += 1
            except OSError:
                pass
        return alive

    def close(self):
        for connection in self.connections:
            connection.close()


class SlowPulls:
    """`count` pulls of `path`, each read at `rate` bytes a second, in a process of their own."""

    TICK = 0.1

    def __init__(self, port, path, count, rate):
        self.port, self.path, self.count, self.rate = port, path, count, rate
        self.received = multiprocessing.Value("q", 0)
        self.broken = multiprocessing.Value("q", 0)
        self.process = multiprocessing.get_context("fork").Process(target=self.run, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()

    def run(self):
        request = f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()
        selector = selectors.DefaultSelector()
        for _ in range(self.count):
            client = socket.socket()
            # Small, so that the server feels the client's pace and not the kernel's buffers.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 << 10)
            client.connect(("127.0.0.1", self.port))
            client.sendall(request)
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ, [0])
        buffer = bytearray(256 << 10)
        started = time.monotonic()
        while selector.get_map():
            allowance = int((time.monotonic() - started) * self.rate)
            for key, _ in selector.select(timeout=0):
                self.read(key, allowance, buffer, selector)
            time.sleep(self.TICK)

    def read(self, key, allowance, buffer, selector):
        client, taken = key.fileobj, key.data
        try:
            while allowance > taken[0]:
                count = client.recv_into(buffer, min(len(buffer), allowance - taken[0]))
                if count == 0:
                    raise ConnectionError
                taken[0] += count
                self.received.value += count
        except BlockingIOError:
            pass
        except OSError:
            self.broken.value += 1
            selector.unregister(client)
            client.close()
