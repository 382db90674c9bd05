"""Many uploads at once, some of whose clients stop in the middle for a while."""

import concurrent.futures
import hashlib
import secrets
import threading
import time
import urllib.request

from .client import Connection, with_query
from .content import OCTETS

PIECE = 1 << 20


class Uploads:
    """`count` pushes of `mib` MiB each, on a thread each; `stalling` of them stop in the middle of a part.

    The stalled ones go on once all others are through and `seconds` have passed since they stopped."""

    def __init__(self, port, count, mib, stalling, seconds):
        self.port, self.count, self.mib, self.stalling, self.seconds = port, count, mib, stalling, seconds
        # The same bytes for all but the first few, which no other blob begins with.
        self.common = secrets.token_bytes(PIECE)
        self.stalled, self.go_on = threading.Barrier(stalling + 1), threading.Event()
        self.repository = "load/" + secrets.token_hex(4)

    def run(self):
        """Digests of all, how long the others took, and whether the stalling ones stalled all that time."""
        with concurrent.futures.ThreadPoolExecutor(self.count) as pool:
            slow = [pool.submit(self.push, True) for _ in range(self.stalling)]
            self.stalled.wait(timeout=300)
            started = time.monotonic()
            try:
                others = [pool.submit(self.push, False) for _ in range(self.count - self.stalling)]
                digests = [push.result() for push in others]
                took = time.monotonic() - started
                stalled = not any(push.done() for push in slow)
                time.sleep(max(0, self.seconds - took))
            finally:
                self.go_on.set()
            return digests + [push.result() for push in slow], took, stalled

    def push(self, stalls):
        head = secrets.token_bytes(32)
        hash = hashlib.sha256()
        connection = Connection(self.port, timeout=600)
        opened = connection.request("POST", f"/v2/{self.repository}/blobs/uploads/", 202)
        name = f"PATCH {opened.headers['location']} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        length = f"Content-Type: {OCTETS[1]}\r\nContent-Length: {self.mib * PIECE}\r\n\r\n"
        connection.socket.sendall((name + length).encode())
        for index in range(self.mib):
            piece = (head + self.common[32:]) if index == 0 else self.common
            hash.update(piece)
            if stalls and index == self.mib // 2:
                # In the middle of a part, with half a piece sent.
                connection.socket.sendall(piece[: PIECE // 2])
                self.stalled.wait(timeout=300)
                self.go_on.wait()
                piece = piece[PIECE // 2 :]
            connection.socket.sendall(piece)
        sent = connection.read("PATCH")
        if sent.status != 202:
            raise ConnectionError(f"PATCH: {sent.status} {sent.body[:300]!r}")
        digest = "sha256:" + hash.hexdigest()
        connection.request("PUT", with_query(sent.headers["location"], "digest=" + digest), 201)
        connection.close()
        return digest

    def check(self, digest):
        """Pulls a blob and compares."""
        url = f"http://127.0.0.1:{self.port}/v2/{self.repository}/blobs/{digest}"
        hash = hashlib.sha256()
        with urllib.request.urlopen(url, timeout=600) as answer:
            while data := answer.read(PIECE):
                hash.update(data)
        return "sha256:" + hash.hexdigest() == digest
