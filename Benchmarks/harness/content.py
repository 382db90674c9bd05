"""What is pushed: blobs and manifests, and the requests that push them."""

import hashlib
import json
import os
import secrets

from .client import with_query

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
OCTETS = ("Content-Type", "application/octet-stream")


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def manifest(config, layers):
    """An image manifest; `config` and `layers` are (digest, size)."""

    def descriptor(kind, blob):
        return {"mediaType": "application/vnd.oci.image." + kind, "digest": blob[0], "size": blob[1]}

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor("config.v1+json", config),
            "layers": [descriptor("layer.v1.tar+gzip", layer) for layer in layers],
        }
    ).encode()


class LargeBlob:
    """Random bytes in a file, hashed once. Every push of it ends in fresh bytes, so that no server has it already."""

    def __init__(self, folder, mib):
        self.file = open(os.path.join(folder, f"blob-{mib}"), "w+b")
        self.hash = hashlib.sha256()
        for _ in range(mib):
            data = os.urandom(1 << 20)
            self.hash.update(data)
            self.file.write(data)
        self.file.flush()
        self.path = self.file.name
        self.size = (mib << 20) + 64

    def warm(self):
        """Writes as many bytes beside the blob and removes them, so that the next who writes as much finds the memory there.

        On a virtual machine, memory that it never touched, or has given back, is not there until somebody writes to it: a
        page fault a page, which the host answers, and the kernel counts as the writer's time. For whoever comes first
        that is about as much as the whole push; what a file has just used and freed is handed out again at once."""
        path, zeros = self.path + "-warm", bytes(1 << 20)
        try:
            with open(path, "wb", buffering=0) as file:
                for _ in range((self.size >> 20) + 1):
                    file.write(zeros)
        finally:
            os.unlink(path)

    def fresh(self):
        """(tail, digest): what to send after the file, and the digest of both."""
        tail, hash = secrets.token_bytes(64), self.hash.copy()
        hash.update(tail)
        return tail, "sha256:" + hash.hexdigest()


def push_large(connection, repository, blob):
    """POST, one streamed PATCH, PUT. Returns the digest."""
    tail, name = blob.fresh()
    started = connection.request("POST", f"/v2/{repository}/blobs/uploads/", 202)
    sent = connection.request("PATCH", started.headers["location"], 202, blob.file, [OCTETS], tail)
    connection.request("PUT", with_query(sent.headers["location"], "digest=" + name), 201)
    return name, tail


def push_small(connection, repository, data, streamed):
    """POST and PUT, or as `streamed` POST, PATCH and PUT. Returns the digest."""
    name = digest(data)
    answer = connection.request("POST", f"/v2/{repository}/blobs/uploads/", 202)
    if streamed:
        answer = connection.request("PATCH", answer.headers["location"], 202, data, [OCTETS])
        data = b""
    connection.request("PUT", with_query(answer.headers["location"], "digest=" + name), 201, data, [OCTETS])
    return name


def push_manifest(connection, repository, tag, data):
    connection.request("PUT", f"/v2/{repository}/manifests/{tag}", 201, data, [("Content-Type", MANIFEST_TYPE)])
