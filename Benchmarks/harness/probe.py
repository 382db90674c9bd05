"""Watches a server while others keep it busy: its memory, and how long a manifest GET takes."""

import multiprocessing
import time

from .client import Connection
from .content import MANIFEST_TYPE

# As it is, with the server that it is to watch.
processes = multiprocessing.get_context("fork")


class Probe:
    """While it is open, asks `path` once every `interval` seconds on a connection of its own. When it is closed it says
    how long each GET took, in milliseconds, and what memory the server had, in MiB.

    A process of its own: a thread would wait for whatever else this program does, five milliseconds at a time, and take
    that for the server's."""

    def __init__(self, server, path, interval=0.1):
        self.server, self.path, self.interval = server, path, interval
        self.latencies, self.memory = [], []
        self.failure = None
        self.receiver, self.sender = processes.Pipe(duplex=False)
        self.ended = processes.Event()
        self.process = processes.Process(target=self.run, daemon=True)

    def __enter__(self):
        self.process.start()
        self.sender.close()
        return self

    def __exit__(self, *_):
        self.ended.set()
        try:
            self.latencies, self.memory, self.failure = self.receiver.recv()
        except EOFError:
            self.failure = "the probe died"
        self.process.join()

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
            self.failure = repr(failure)
        finally:
            connection.close()
            self.sender.send((self.latencies, self.memory, self.failure))

    def latency_text(self):
        if not self.latencies:
            return f"no manifest GET was answered: {self.failure}"
        ordered = sorted(self.latencies)
        middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        times = f"{middle:.2f} p50, {late:.2f} p99, {ordered[-1]:.2f} at the most"
        text = f"manifest GET: {len(ordered)} answered, ms: {times}"
        return text + (f"; then {self.failure}" if self.failure else "")
