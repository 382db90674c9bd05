"""Blobs of many sizes, pushed and pulled piece by piece, and clients that do so without pause."""

import hashlib
import http.client
import os
import random
import secrets
import threading
import time
import urllib.parse

PIECE = 1 << 20
# Nobody compresses it, and what makes a blob its own are its first bytes.
COMMON = os.urandom(PIECE)


def spread(count, smallest, largest, total):
    """So many sizes that come to about `total`, the same each time: one in a hundred is large, the others are up to where those
    begin; both evenly in their logarithms."""
    few = max(2, count // 100)

    def sizes(middle):
        def between(low, high, number):
            return [int(low * (high / low) ** (turn / (number - 1))) for turn in range(number)]

        return between(smallest, middle, count - few) + between(middle, largest, few)

    low, high = smallest, largest
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if sum(sizes(middle)) > total else (middle, high)
    found = sizes(low)
    random.Random(count).shuffle(found)
    return found


class Blob:
    def __init__(self, repository, digest, size):
        self.repository, self.digest, self.size = repository, digest, size


class BlobClient:
    """One connection to wherever `server` is at the time."""

    def __init__(self, server):
        self.server, self.connection = server, None

    def open(self):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=300)
        return self.connection

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def push(self, repository, size):
        head = secrets.token_bytes(min(32, size))
        digest = hashlib.sha256()

        def pieces(each):
            left, piece = size, head + COMMON[len(head) :]
            while left > 0:
                each(piece if left >= PIECE else piece[:left])
                left, piece = left - PIECE, COMMON

        pieces(digest.update)
        name = "sha256:" + digest.hexdigest()
        connection = self.open()
        connection.request("POST", f"/v2/{repository}/blobs/uploads/", headers={"Content-Length": "0"})
        location = urllib.parse.urlsplit(self.answer(202).headers["location"])
        query = f"{location.query}&digest={name}" if location.query else f"digest={name}"
        connection.putrequest("PUT", f"{location.path}?{query}")
        connection.putheader("Content-Length", str(size))
        connection.putheader("Content-Type", "application/octet-stream")
        connection.endheaders()
        pieces(connection.send)
        self.answer(201)
        return Blob(repository, name, size)

    def answer(self, status):
        response = self.connection.getresponse()
        body = response.read()
        if response.status != status:
            raise RuntimeError(f"{response.status}, not {status}: {body[:300]!r}")
        return response

    def pull(self, blob):
        """Reads it all, and says whether it is what it is called."""
        connection = self.open()
        connection.request("GET", f"/v2/{blob.repository}/blobs/{blob.digest}")
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"{blob.digest}: {response.status}: {response.read()[:300]!r}")
        digest, piece, left = hashlib.sha256(), memoryview(bytearray(PIECE)), blob.size
        while count := response.readinto(piece):
            digest.update(piece[:count])
            left -= count
        if left > 0:
            raise ConnectionError("the answer ended early")
        if "sha256:" + digest.hexdigest() != blob.digest:
            raise RuntimeError(f"{blob.digest} has other bytes: {digest.hexdigest()}")


def at_once(count, items, work):
    """Does `work` to each, with a client of its own in so many threads; raises what the first to fail raised."""
    items, lock, results, failures = list(items), threading.Lock(), [], []

    def thread():
        while not failures:
            with lock:
                if not items:
                    return
                item = items.pop()
            try:
                result = work(item)
            except Exception as failure:
                failures.append(failure)
                return
            with lock:
                results.append(result)

    threads = [threading.Thread(target=thread) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise failures[0]
    return results


class BusyClients:
    """Push and pull until they are stopped. What the server did not answer because it was killed is tried again; anything else
    that goes wrong is a failure."""

    LARGEST = 64 << 20

    def __init__(self, server, blobs, count=4):
        self.server, self.blobs = server, list(blobs)
        self.over, self.failures, self.pushes, self.pulls, self.retries = False, [], 0, 0, 0
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        """Every blob that was acknowledged."""
        self.over = True
        for thread in self.threads:
            thread.join()
        return self.blobs

    def work(self, number):
        client, draw = BlobClient(self.server), random.Random(number)
        while not self.over:
            try:
                if draw.random() < 0.4:
                    size = int(1024 * (4 << 10) ** draw.random())
                    self.blobs.append(client.push(f"busy/c{number}", size))
                    self.pushes += 1
                else:
                    blob = draw.choice(self.blobs)
                    # The largest are for the end, or nobody would get to do anything else.
                    if blob.size <= self.LARGEST:
                        client.pull(blob)
                        self.pulls += 1
            except (OSError, http.client.HTTPException):
                client.close()
                if not self.server.may_be_down:
                    self.failures.append("the server closed a connection, or refused it")
                    return
                self.retries += 1
                time.sleep(0.05)
            except Exception as failure:
                client.close()
                self.failures.append(f"{failure!r}")
                return
