"""A registry with a disk and S3 backends, and the commands that copy from the one to the others."""

import os
import signal
import subprocess
import time

from .s3 import Bucket
from .servers import ROOT, Registryd, which


class MovingRegistry(Registryd):
    """Backends `disk` and one on S3 for each of `prefixes`, which they are called as."""

    # A server that is killed leaves uploads that nobody goes on with, and that a backend cannot be emptied with.
    settings = ["limits.upload-idle=20s"]
    may_be_down = False

    def __init__(self, folder, log_folder, s3, prefixes):
        super().__init__(folder, log_folder)
        self.s3, self.prefixes = s3, prefixes
        self.disk = os.path.join(folder, "disk")
        self.config = os.path.join(folder, "registryd.yaml")
        self.configure("disk")

    def configure(self, active):
        lines = [f"storage:\n  active: {active}\n  backends:\n    disk: {{ driver: fs, root: '{self.disk}' }}\n"]
        for prefix in self.prefixes:
            lines.append(
                f"    {prefix}:\n      driver: s3\n      endpoint: http://127.0.0.1:{self.s3.port}\n"
                f"      bucket: {Bucket.name}\n      prefix: {prefix}\n      path-style: true\n"
                f"      access-key-id: {self.s3.access_key}\n      secret-access-key: {self.s3.secret_key}\n"
            )
        with open(self.config, "w") as file:
            file.write("".join(lines))

    def command(self):
        return [*super().command(), "--config", self.config]

    def activate(self, backend):
        self.configure(backend)
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + self.patience
        while True:
            with open(self.log, errors="replace") as file:
                if f"new blobs go to backend {backend} now" in file.read():
                    return
            if time.monotonic() > deadline:
                raise SystemExit(f"the server does not reload:\n{self.log_tail()}")
            time.sleep(0.02)

    def crash(self):
        """kill -9, and start again."""
        self.may_be_down = True
        self.process.kill()
        self.process.wait()
        self.start()

    def migrate(self, source, target, *options):
        """The command; not run yet."""
        return [
            *(self.binary, "migrate", "--from", source, "--to", target, *options),
            *("--config", self.config, "--data", self.folder),
        ]

    def files(self):
        """The blobs' files on the disk."""
        return [os.path.join(top, name) for top, _, names in os.walk(self.disk + "/blobs") for name in names]

    def objects(self, prefix):
        """The blobs' objects on S3."""
        return self.s3.bucket.names(prefix=f"{prefix}/blobs/")


def rclone_copy(folder, s3, prefix, jobs):
    """(command, environment): copies a folder as rclone does it by itself."""
    os.environ["PATH"] = os.path.join(ROOT, ".build", "tools", "bin") + ":" + os.environ.get("PATH", "")
    keys = {
        "TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": f"http://127.0.0.1:{s3.port}", "REGION": "us-east-1",
        "ACCESS_KEY_ID": s3.access_key, "SECRET_ACCESS_KEY": s3.secret_key,
    }
    environment = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in keys.items()}
    command = [
        *(which("rclone"), "copy", "--config", "", "--transfers", str(jobs), "--s3-no-check-bucket"),
        *(folder, f"bench:{Bucket.name}/{prefix}"),
    ]
    return command, environment


def measure(command, environment=None):
    """(seconds, processor seconds) of a program that has to succeed."""
    started = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=nothing, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {process.returncode}\n{errors.decode(errors='replace')}")
    return took, usage.ru_utime + usage.ru_stime
