"""An S3 server to put behind a registry: Ceph's gateway, with the objects in its memory."""

import os
import secrets
import subprocess

from .servers import ROOT, free_port


class Ceph:
    """Runs while it is open. Needs radosgw, ceph-mon and ceph-osd: scripts/install-dependencies test."""

    bucket, access_key, secret_key = "registry", "AKIALOAD", "a-secret-for-the-load"

    def __init__(self, folder):
        self.folder = os.path.join(folder, "ceph-" + secrets.token_hex(4))
        self.port = free_port()
        self.process = None

    def __enter__(self):
        script = os.path.join(ROOT, "scripts", "ceph-gateway")
        command = [script, self.folder, str(self.port), self.access_key, self.secret_key]
        # Ends when the pipe does, however this process comes to its end.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        if self.process.stdout.readline().strip() != b"ready":
            raise SystemExit("Ceph does not start: scripts/install-dependencies test")
        signer = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{self.access_key}:{self.secret_key}"]
        # What nothing hashes to: Ceph wants to be told.
        nothing = "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        url = f"{self.endpoint}/{self.bucket}"
        subprocess.run(["curl", "-sf", "--noproxy", "*", "-X", "PUT", *signer, "-H", nothing, url], check=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def settings(self):
        """For registryd's --set."""
        keys = {
            "driver": "s3", "endpoint": self.endpoint, "region": "us-east-1", "bucket": self.bucket,
            "path-style": "true", "access-key-id": self.access_key, "secret-access-key": self.secret_key,
        }
        return ["storage.active=s3"] + [f"storage.backends.s3.{key}={value}" for key, value in keys.items()]
