"""Watches a server while others keep it busy: its memory, and how long a manifest GET takes."""

import threading
import time

from .client import Connection
from .content import MANIFEST_TYPE


class Probe:
    """While it is open, asks `path` once every `interval` seconds on a connection of its own."""

    def __init__(self, server, path, interval=0.1):
        self.server, self.path, self.interval = server, path, interval
        self.latencies, self.memory = [], []
        self.failure = None
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        connection = Connection(self.server.port, timeout=30)
        try:
            while not self.ended.is_set():
                started = time.monotonic()
                connection.request("GET", self.path, 200, headers=[("Accept", MANIFEST_TYPE)])
                self.latencies.append((time.monotonic() - started) * 1000)
                self.memory.append(self.server.memory_mib())
                self.ended.wait(self.interval)
        except Exception as failure:
            self.failure = failure
        finally:
            connection.close()

    def latency_text(self):
        if not self.latencies:
            return f"no manifest GET was answered: {self.failure}"
        ordered = sorted(self.latencies)
        middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        times = f"{middle:.2f} p50, {late:.2f} p99, {ordered[-1]:.2f} at the most"
        text = f"manifest GET: {len(ordered)} answered, ms: {times}"
        return text + (f"; then {self.failure!r}" if self.failure else "")
