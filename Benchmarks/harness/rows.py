"""The rows: what is done to each server, how much of it, and what it may cost registryd."""

import queue
import secrets
import subprocess
import tempfile
import threading

from . import content
from .client import Connection
from .servers import which


class Row:
    """`work` does the work once and returns how many units it was; `budget` is processor milliseconds per unit."""

    def __init__(self, name, title, unit, budget, work, pushes=False):
        self.name, self.title, self.unit, self.budget, self.work, self.pushes = name, title, unit, budget, work, pushes

    def includes(self, server):
        """Whether the server can do this at all."""
        return self.pushes if server.name == "floor" else server.takes_pushes or not self.pushes


class Subject:
    """A server and what was put into it for the rows to ask for."""

    PULLED_BY_32 = 64 << 20

    def __init__(self, server, blob, medium, seconds, pulls):
        """`pulls`: the large blob is to be pulled, too."""
        self.server, self.blob, self.seconds = server, blob, seconds
        self.repository = "bench/" + secrets.token_hex(4)
        small = secrets.token_bytes(4096)
        name = content.digest(small)
        image = content.manifest((name, len(small)), [(name, len(small))])
        self.manifest_path = f"/v2/{self.repository}/manifests/v1"
        self.small_path = f"/v2/{self.repository}/blobs/{name}"
        if server.takes_pushes:
            connection = Connection(server.port)
            content.push_small(connection, self.repository, small, streamed=True)
            content.push_manifest(connection, self.repository, "v1", image)
            large, _ = content.push_large(connection, self.repository, blob) if pulls else ("", b"")
            medium_name, _ = content.push_large(connection, self.repository, medium) if medium else ("", b"")
            self.large_path = f"/v2/{self.repository}/blobs/{large}"
            self.medium_path = f"/v2/{self.repository}/blobs/{medium_name}"
        elif server.name == "nginx":
            self.large_path, self.medium_path = "/large", "/medium"
            server.put(self.small_path, small)
            server.put(self.manifest_path, image)
            for path, source in ((self.large_path, blob if pulls else None), (self.medium_path, medium)):
                if source:
                    server.put(path, bytes(64), copy_of=source.path)


def push_large(subject):
    connection = Connection(subject.server.port)
    try:
        content.push_large(connection, subject.repository, subject.blob)
    finally:
        connection.close()
    return subject.blob.size / 2**30


def pull(url):
    return subprocess.Popen(["curl", "-sf", "-o", "/dev/null", "-w", "%{size_download}", url], stdout=subprocess.PIPE)


def finish(pulls):
    total = 0
    for each in pulls:
        out, _ = each.communicate()
        if each.returncode != 0:
            raise RuntimeError(f"curl ended with {each.returncode}")
        total += int(out)
    return total / 2**30


def pull_large(subject):
    return sum(finish([pull(subject.server.url(subject.large_path))]) for _ in range(4))


def pull_by_32(subject):
    return finish([pull(subject.server.url(subject.medium_path)) for _ in range(32)])


def wrk(subject, path, accept=None):
    return wrk_with(subject.server.url(path), subject.seconds, [("Accept", accept)] if accept else [])


def wrk_with(url, seconds, headers):
    """Asks for a URL without pause over 32 connections. Returns thousands of answers."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        for name, value in headers:
            script.write(f'wrk.headers["{name}"] = "{value}"\n')
        script.flush()
        command = [which("wrk"), "-t1", "-c32", f"-d{seconds}s", "-s", script.name, url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    return next(int(line.split()[0]) for line in out.splitlines() if "requests in" in line) / 1000


def manifest_get(subject):
    return wrk(subject, subject.manifest_path, content.MANIFEST_TYPE)


def blob_get(subject):
    return wrk(subject, subject.small_path)


def blob_head(subject):
    # wrk waits for the body of an answer to HEAD, hey does not.
    command = [which("hey"), "-z", f"{subject.seconds}s", "-c", "32", "-m", "HEAD"]
    command.append(subject.server.url(subject.small_path))
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    statuses = [line.split() for line in out.splitlines() if line.strip().startswith("[")]
    if "Error distribution" in out or [line[0] for line in statuses] != ["[200]"]:
        raise RuntimeError(out[-1000:])
    return int(statuses[0][1]) / 1000


def push_images(subject, count=400, clients=8):
    """Config (POST, PUT), layer (POST, PATCH, PUT) and manifest of `count` images, by `clients` at once."""
    numbers, failures = queue.SimpleQueue(), []
    for number in range(count):
        numbers.put(number)

    def client():
        connection = Connection(subject.server.port)
        try:
            while True:
                number = numbers.get_nowait()
                config, layer = secrets.token_bytes(1024), secrets.token_bytes(8192)
                config_name = content.push_small(connection, subject.repository, config, streamed=False)
                layer_name = content.push_small(connection, subject.repository, layer, streamed=True)
                image = content.manifest((config_name, len(config)), [(layer_name, len(layer))])
                content.push_manifest(connection, subject.repository, f"image-{number}", image)
        except queue.Empty:
            pass
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return count


ROWS = [
    Row("push-large", "push one large blob", "GiB", 1700, push_large, pushes=True),
    Row("pull-large", "pull one large blob", "GiB", 325, pull_large),
    Row("pull-32", "32 clients pull 64 MiB each", "GiB", 195, pull_by_32),
    Row("manifest-get", "manifest GET by tag", "1000", 25, manifest_get),
    Row("blob-get", "4 KiB blob GET", "1000", 30, blob_get),
    Row("blob-head", "blob HEAD", "1000", 25, blob_head),
    Row("push-images", "push small images", "image", 1.5, push_images, pushes=True),
]

# MiB: at rest before the rows, and at the most while they ran.
MEMORY_BUDGETS = (40, 80)
