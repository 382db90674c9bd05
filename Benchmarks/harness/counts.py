"""The steps that are counted at the wire between a registry and its S3 server, and what registryd may ask in each."""

import secrets

from . import content
from .client import Connection, with_query

MIB = 1 << 20
PART = 16 * MIB


class Step:
    """`work` takes a Visit. `requests` is how many may reach the S3 server, `up` and `down` how many MiB of bodies and heads."""

    def __init__(self, title, work, requests, up=None, down=None):
        self.title, self.work, self.requests, self.up, self.down = title, work, requests, up, down

    def complaints(self, counted):
        """What is over the budget; none: it is met."""
        up, down = sum(each.up for each in counted) / MIB, sum(each.down for each in counted) / MIB
        found = [f"{len(counted)} requests of {self.requests}"] if len(counted) > self.requests else []
        found += [f"{up:.2f} MiB up of {self.up}"] if self.up is not None and up > self.up else []
        found += [f"{down:.2f} MiB back of {self.down}"] if self.down is not None and down > self.down else []
        return found


class Visit:
    """A connection to a registry, and what the steps so far have left for the next."""

    def __init__(self, port, large_mib):
        self.connection = Connection(port)
        self.repository = "count/" + secrets.token_hex(4)
        self.config, self.layer = secrets.token_bytes(1024), secrets.token_bytes(8192)
        self.large = secrets.token_bytes(large_mib * MIB)

    def blob(self, data):
        return f"/v2/{self.repository}/blobs/{content.digest(data)}"

    def get(self, data):
        body = self.connection.request("GET", self.blob(data), 200).body
        if body != data:
            raise ValueError(f"{len(body)} bytes, and not the {len(data)} that were pushed")


def first(visit):
    """Whatever a registry does once."""
    content.push_small(visit.connection, visit.repository, secrets.token_bytes(10), streamed=True)


def push_in_one(visit):
    content.push_small(visit.connection, visit.repository, visit.config, streamed=False)


def push_streamed(visit):
    content.push_small(visit.connection, visit.repository, visit.layer, streamed=True)


def push_large(visit):
    content.push_small(visit.connection, visit.repository, visit.large, streamed=True)


def push_in_chunks(visit, chunks=8, size=3 * MIB):
    data = secrets.token_bytes(chunks * size)
    answer = visit.connection.request("POST", f"/v2/{visit.repository}/blobs/uploads/", 202)
    for at in range(0, len(data), size):
        headers = [content.OCTETS, ("Content-Range", f"{at}-{at + size - 1}")]
        answer = visit.connection.request("PATCH", answer.headers["location"], 202, data[at : at + size], headers)
    visit.connection.request("PUT", with_query(answer.headers["location"], "digest=" + content.digest(data)), 201)


def push_manifest(visit):
    config, layer = ((content.digest(data), len(data)) for data in (visit.config, visit.layer))
    content.push_manifest(visit.connection, visit.repository, "v1", content.manifest(config, [layer]))


def get_manifest(visit):
    path = f"/v2/{visit.repository}/manifests/v1"
    visit.connection.request("GET", path, 200, headers=[("Accept", content.MANIFEST_TYPE)])


def head_blob(visit):
    visit.connection.request("HEAD", visit.blob(visit.layer), 200)


def get_small(visit):
    visit.get(visit.layer)


def get_large(visit):
    visit.get(visit.large)


def get_redirected(visit):
    visit.connection.request("GET", visit.blob(visit.layer), 307)


def steps(large_mib):
    parts = -(-large_mib * MIB // PART)
    return [
        Step("small blob, POST+PUT", push_in_one, 1),
        Step("small blob, POST+PATCH+PUT", push_streamed, 1),
        # Create, parts, complete: no copy, nothing read back but the answers.
        Step(f"{large_mib} MiB blob, POST+PATCH+PUT", push_large, parts + 2, large_mib * 1.01, 0.1),
        Step("24 MiB blob in 3 MiB chunks", push_in_chunks, 16, 30, 0.1),
        Step("manifest PUT", push_manifest, 0),
        Step("manifest GET by tag", get_manifest, 0),
        Step("blob HEAD", head_blob, 0),
        Step("small blob GET", get_small, 1),
        Step(f"{large_mib} MiB blob GET", get_large, 1, 0.1, large_mib * 1.01),
    ]


REDIRECTED = Step("small blob GET, redirected", get_redirected, 0)
