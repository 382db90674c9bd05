"""What goes on in a soak: clients with images and large blobs, migrations to and fro, and somebody who watches the memory."""

import json
import random
import secrets
import subprocess
import threading
import time

from . import content
from .blobs import Blob, BlobClient
from .client import Connection
from .migration import MovingRegistry


class SoakingRegistry(MovingRegistry):
    """Collects garbage all the time. A client has the grace from its blobs to their manifest."""

    def configure(self, active):
        super().configure(active)
        with open(self.config, "a") as file:
            file.write("gc: { interval: 2s, grace: 10s }\n")


class SoakClient:
    """Pushes small images and large blobs, pulls and verifies, asks for manifests and blobs, and deletes. What it has is bounded."""

    MOST = 30

    def __init__(self, server, number, largest):
        self.server, self.repository, self.largest = server, f"soak/c{number}", largest
        self.draw = random.Random(number)
        self.images = {}
        self.connection, self.blobs = Connection(server.port), BlobClient(server)
        # Of the last images some layers are in the next, as with real ones.
        self.layers = []

    def close(self):
        self.connection.close()
        self.blobs.close()

    def step(self):
        """Does one thing, and says which."""
        turn = self.draw.random()
        if not self.images or turn < 0.20:
            return self.push_image()
        if turn < 0.24:
            return self.push_large()
        if turn < 0.45:
            return self.pull()
        if turn < 0.65:
            return self.get_manifest()
        if turn < 0.85:
            return self.head()
        return self.delete() if len(self.images) > 3 else self.pull()

    def push_image(self):
        layers = self.draw.sample(self.layers, min(2, len(self.layers)))
        layers.append(secrets.token_bytes(int(1024 * 256 ** self.draw.random())))
        self.layers = (self.layers + layers[-1:])[-10:]
        config = secrets.token_bytes(500)
        blobs = []
        for data in [config, *layers]:
            name = content.push_small(self.connection, self.repository, data, streamed=self.draw.random() < 0.5)
            blobs.append((name, len(data)))
        self.tag(blobs)
        return "image pushes"

    def push_large(self):
        blob = self.blobs.push(self.repository, self.largest)
        config = secrets.token_bytes(500)
        name = content.push_small(self.connection, self.repository, config, streamed=False)
        self.tag([(name, len(config)), (blob.digest, blob.size)])
        return "large pushes"

    def tag(self, blobs):
        manifest, tag = content.manifest(blobs[0], blobs[1:]), f"v{self.draw.randrange(1_000_000)}"
        content.push_manifest(self.connection, self.repository, tag, manifest)
        self.images[tag] = (manifest, blobs)
        while len(self.images) > self.MOST:
            self.delete()

    def some(self):
        tag = self.draw.choice(list(self.images))
        return tag, *self.images[tag]

    def get_manifest(self):
        tag, manifest, _ = self.some()
        path = f"/v2/{self.repository}/manifests/{tag}"
        answer = self.connection.request("GET", path, 200, headers=[("Accept", content.MANIFEST_TYPE)])
        if answer.body != manifest:
            raise ValueError(f"{path} is another manifest")
        return "manifest GETs"

    def head(self):
        _, _, blobs = self.some()
        name, size = self.draw.choice(blobs)
        path = f"/v2/{self.repository}/blobs/{name}"
        if self.connection.request("HEAD", path, 200).headers["content-length"] != str(size):
            raise ValueError(f"{path} has another size")
        return "HEADs"

    def pull(self):
        self.get_manifest()
        _, _, blobs = self.some()
        for name, size in blobs:
            self.blobs.pull(Blob(self.repository, name, size))
        return "verified pulls"

    def delete(self):
        tag, manifest, _ = self.some()
        path = f"/v2/{self.repository}/manifests/{content.digest(manifest)}"
        self.connection.request("DELETE", path, 202)
        del self.images[tag]
        return "deletes"


class SoakClients:
    """So many clients without pause. Every answer but the one that is right is a failure, and none is tried again."""

    def __init__(self, server, count, largest):
        self.lock, self.counts, self.failures, self.over = threading.Lock(), {}, [], False
        self.clients = [SoakClient(server, number, largest) for number in range(count)]
        self.threads = [threading.Thread(target=self.work, args=(client,)) for client in self.clients]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()
        for client in self.clients:
            client.close()

    def work(self, client):
        while not self.over:
            try:
                what = client.step()
            except Exception as failure:
                with self.lock:
                    self.failures.append(f"{client.repository}: {failure!r}")
                # Of what it had it does not know any more what is there.
                return
            with self.lock:
                self.counts[what] = self.counts.get(what, 0) + 1


class Moves:
    """Migrations from the disk to S3 and back, one after the other, each with the switch before it and the source emptied."""

    def __init__(self, registry, pause):
        self.registry, self.pause = registry, pause
        self.moves, self.blobs, self.failures = 0, 0, []
        self.ended, self.thread, self.process = threading.Event(), threading.Thread(target=self.run), None

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        source, target = "disk", "minio"
        try:
            while not self.ended.wait(self.pause):
                self.registry.activate(target)
                self.move(source, target)
                source, target = target, source
        except (Exception, SystemExit) as failure:
            self.failures.append(f"moving: {failure!r}")

    def move(self, source, target):
        command = self.registry.migrate(source, target, "--delete-source", "--json")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"{source} to {target}: {done.returncode}: {done.stderr[-1000:]}")
        self.moves += 1
        self.blobs += json.loads(done.stdout)["blobs"]


class Memory:
    """Samples a server's resident memory once a second."""

    def __init__(self, server):
        self.server, self.samples = server, []
        self.ended, self.thread = threading.Event(), threading.Thread(target=self.run)

    def __enter__(self):
        self.started = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        while True:
            self.samples.append((time.monotonic() - self.started, self.server.memory_mib()))
            if self.ended.wait(1):
                return

    def between(self, first, last):
        """The lowest, and the median: a large push more or less is no leak, nor is a minute with the blobs in S3."""
        values = sorted(value for second, value in self.samples if first <= second <= last)
        return values[0], values[len(values) // 2]
