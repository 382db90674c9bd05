"""S3 servers, a proxy that counts what reaches them, and registries that keep their blobs there."""

import datetime
import hashlib
import hmac
import http.client
import os
import secrets
import time
import urllib.parse
import xml.etree.ElementTree

from .servers import ROOT, DockerRegistry, Registryd, Server, which


class S3Server(Server):
    """An S3 server with one bucket. Nobody measures it."""

    access_key, secret_key = "AKIABENCHREGISTRYD", "a-secret-of-the-benchmark"

    def start(self):
        super().start()
        self.bucket = Bucket(self.port, self.access_key, self.secret_key)
        return self

    def mark(self, size):
        return self.bucket.names(size)

    def forget(self, size, mark=()):
        for name in self.bucket.names(size) - set(mark):
            self.bucket.delete(name)


class Rclone(S3Server):
    """`rclone serve s3`; from .build/tools, where scripts/install-test-tools puts it."""

    name = "rclone"

    def command(self):
        os.makedirs(os.path.join(self.folder, "data", Bucket.name))
        os.environ["PATH"] = os.path.join(ROOT, ".build", "tools", "bin") + ":" + os.environ.get("PATH", "")
        return [
            *(which("rclone"), "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{self.port}"),
            *("--auth-key", f"{self.access_key},{self.secret_key}"),
            *("--cache-dir", os.path.join(self.folder, "cache"), os.path.join(self.folder, "data")),
        ]


class Ceph(S3Server):
    """Ceph's RADOS gateway, all of it in memory."""

    name = "ceph"
    patience = 120

    def command(self):
        gateway = os.path.join(ROOT, "scripts", "ceph-gateway")
        return [gateway, os.path.join(self.folder, "cluster"), str(self.port), self.access_key, self.secret_key]

    def is_up(self):
        with open(self.log, errors="replace") as file:
            return "ready" in file.read().split()

    def start(self):
        # It ends with its standard input.
        read, self.lifeline = os.pipe()
        self.stdin = read
        try:
            super().start()
        finally:
            os.close(read)
        self.bucket.create()
        return self

    def stop(self):
        os.close(self.lifeline)
        self.process.wait(timeout=40)


class Elsewhere:
    """A server that runs already. What is pushed to it and not asked for is deleted, the rest stays there."""

    def __init__(self, endpoint, access_key, secret_key):
        self.port = urllib.parse.urlsplit(endpoint).port
        self.access_key, self.secret_key = access_key, secret_key
        self.bucket = Bucket(self.port, access_key, secret_key)

    mark, forget = S3Server.mark, S3Server.forget


class Bucket:
    """As much of S3 as it takes to make a bucket and to delete from it; signed as AWS's Signature Version 4 says."""

    name = "bench"
    EMPTY = hashlib.sha256(b"").hexdigest()

    def __init__(self, port, access_key, secret_key):
        self.host, self.access_key, self.secret_key = f"127.0.0.1:{port}", access_key, secret_key

    def create(self):
        self.request("PUT", f"/{self.name}")

    def delete(self, name):
        self.request("DELETE", f"/{self.name}/" + urllib.parse.quote(name))

    def names(self, size=None, prefix=""):
        """Of the objects that have `size` bytes, or of all; below a prefix if it is given."""
        found, query = set(), {"list-type": "2", **({"prefix": prefix} if prefix else {})}
        while True:
            page = xml.etree.ElementTree.fromstring(self.request("GET", f"/{self.name}", query))
            for element in page.iter():
                element.tag = element.tag.rpartition("}")[2]
            objects = [(each.findtext("Key"), int(each.findtext("Size"))) for each in page.iter("Contents")]
            found |= {name for name, bytes in objects if size is None or bytes == size}
            token = page.findtext("NextContinuationToken")
            if page.findtext("IsTruncated") != "true" or not token:
                return found
            query["continuation-token"] = token

    def request(self, method, path, query=None):
        query = urllib.parse.urlencode(sorted((query or {}).items()), quote_via=urllib.parse.quote, safe="")
        time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": self.host, "x-amz-content-sha256": self.EMPTY, "x-amz-date": time}
        names = ";".join(headers)
        lines = [f"{name}:{value}\n" for name, value in headers.items()]
        canonical = "\n".join([method, path, query, "".join(lines), names, self.EMPTY])
        scope = [time[:8], "us-east-1", "s3", "aws4_request"]
        key = b"AWS4" + self.secret_key.encode()
        for word in scope:
            key = hmac.digest(key, word.encode(), "sha256")
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", time, "/".join(scope), digest])
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key}/{'/'.join(scope)}, SignedHeaders={names}, "
            f"Signature={hmac.new(key, text.encode(), 'sha256').hexdigest()}"
        )
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, path + ("?" + query if query else ""), headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status}: {body[:300]!r}")
        return body


class CountingProxy(Server):
    """nginx in front of an S3 server, for its log: one line a request."""

    name = "proxy"

    def __init__(self, folder, log_folder, s3):
        super().__init__(folder, log_folder)
        self.s3 = s3
        self.access_key, self.secret_key = s3.access_key, s3.secret_key
        self.requests = os.path.join(self.folder, "requests.log")
        self.at = 0

    def command(self):
        config = os.path.join(self.folder, "nginx.conf")
        scratch = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        with open(config, "w") as file:
            # The signature covers the Host header, so that has to stay.
            file.write(
                ("user root;\n" if os.geteuid() == 0 else "")
                + f"daemon off;\nworker_processes 1;\npid {self.folder}/pid;\nerror_log {self.log};\n"
                "events { worker_connections 1024; }\n"
                f"http {{\n{scratch}"
                "log_format counted '$request_method $request_uri $status $request_length $bytes_sent';\n"
                f"access_log {self.requests} counted;\n"
                "client_max_body_size 0;\nproxy_request_buffering off;\nproxy_buffering off;\nproxy_http_version 1.1;\n"
                f"server {{ listen 127.0.0.1:{self.port}; location / {{\n"
                f"proxy_pass http://127.0.0.1:{self.s3.port};\n"
                'proxy_set_header Host $http_host;\nproxy_set_header Connection "";\n} } }\n'
            )
        return [which("nginx"), "-c", config, "-e", self.log]

    def take(self):
        """What came since the last time, once no more comes: nginx writes its line after the last byte has gone."""
        size = -1
        while size != (size := os.path.getsize(self.requests)):
            time.sleep(0.3)
        with open(self.requests) as file:
            file.seek(self.at)
            lines = file.readlines()
            self.at = file.tell()
        return [Counted(line) for line in lines]


class Counted:
    """One request: its method, with what it is about where that is multipart uploads or a listing, and bytes both ways."""

    def __init__(self, line):
        method, target, _, up, down = line.split(" ")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query, keep_blank_values=True)
        kind = "multipart" if query.keys() & {"uploads", "uploadId"} else ""
        kind = "list" if query.keys() & {"list-type", "prefix"} else kind
        self.kind = f"{method} {kind}".strip()
        self.up, self.down = int(up), int(down)


class OnS3:
    """A registry over `s3`, with objects below a prefix of its own."""

    def __init__(self, folder, log_folder, s3):
        super().__init__(folder, log_folder)
        self.s3 = s3
        # Each start has a new database, which takes no other's objects for its own.
        self.prefix = f"{self.name}-{secrets.token_hex(4)}"

    def mark(self, size):
        return self.s3.mark(size)

    def forget(self, size, mark=()):
        self.s3.forget(size, mark)


class RegistrydOnS3(OnS3, Registryd):
    backend = {"payload-signing": "always"}
    limits = {}

    @property
    def settings(self):
        backend = {
            **{"driver": "s3", "endpoint": f"http://127.0.0.1:{self.s3.port}", "bucket": Bucket.name, "prefix": self.prefix},
            **{"access-key-id": self.s3.access_key, "secret-access-key": self.s3.secret_key},
            **self.backend,
        }
        text = ", ".join(f"{key}: {value}" for key, value in backend.items())
        limits = [f"limits.{key}={value}" for key, value in self.limits.items()]
        return [f"storage={{active: s3, backends: {{s3: {{{text}}}}}}}", *limits]


class UnsignedRegistrydOnS3(RegistrydOnS3):
    name = "registryd-unsigned"
    backend = {"payload-signing": "never"}


class RedirectingRegistrydOnS3(RegistrydOnS3):
    name = "registryd-redirect"
    backend = {"redirect": "{enabled: true}"}


class DockerRegistryOnS3(OnS3, DockerRegistry):
    def storage(self):
        return (
            f"  s3: {{ accesskey: {self.s3.access_key}, secretkey: {self.s3.secret_key}, region: us-east-1,\n"
            f"    regionendpoint: 'http://127.0.0.1:{self.s3.port}', bucket: {Bucket.name}, rootdirectory: /{self.prefix},\n"
            "    secure: false, v4auth: true }\n"
            "  redirect: { disable: true }\n"
        )

    # It would ask the storage something now and then, which is not what is counted.
    health = "health: { storagedriver: { enabled: false } }\n"
