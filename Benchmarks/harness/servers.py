"""The servers to measure, each started on a free port of loopback with a folder of its own, and stopped at the end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import process

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Server:
    name = ""
    takes_pushes = True
    stdin = subprocess.DEVNULL
    # Seconds that it may take to start.
    patience = 30

    def __init__(self, folder, log_folder):
        # Below a folder that `bench` has marked so (keep_apart), ext4 chooses by a folder's name where its files are to be: a new
        # name keeps them away from those that an earlier run has deleted.
        self.folder = tempfile.mkdtemp(prefix=self.name + "-", dir=folder)
        self.log = os.path.join(log_folder, self.name + ".log")
        self.port = None
        self.process = None

    def start(self):
        self.port = free_port()
        # What this shell says of somebody's AWS is not for the servers here.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=self.stdin,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
            )
        deadline = time.monotonic() + self.patience
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} does not start:\n{self.log_tail()}")
            time.sleep(0.02)
        return self

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def cpu_seconds(self):
        return process.cpu_seconds(self.process.pid)

    def memory_mib(self, field="VmRSS"):
        return process.memory_mib(self.process.pid, field)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def mark(self, size):
        """For `forget`: what there is now stays."""
        return time.time_ns()

    def forget(self, size, mark):
        """Removes files of `size` bytes that it has stored since, so that pushes without end need no room without end.
        The server itself keeps them: it collects no garbage, or not while it runs."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    status = os.stat(path)
                    if status.st_size == size and status.st_mtime_ns >= mark:
                        os.unlink(path)
                except FileNotFoundError:
                    pass

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def log_tail(self):
        with open(self.log, errors="replace") as file:
            return "".join(file.readlines()[-20:])


class Registryd(Server):
    """As shipped: the access log on, the limits on, every push synced."""

    name = "registryd"
    binary = os.path.join(ROOT, ".build", "release", "registryd")
    settings = []

    def command(self):
        if not os.path.exists(self.binary):
            raise SystemExit(f"{self.binary} is not there: make build")
        self.port = None
        settings = [word for setting in self.settings for word in ("--set", setting)]
        return [self.binary, "serve", "--data", self.folder, "--listen", "127.0.0.1:0", *settings]

    def is_up(self):
        with open(self.log, errors="replace") as file:
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", file.read()):
                self.port = int(found[1])
        return self.port is not None and super().is_up()


class DockerRegistry(Server):
    """With the settings of Debian's package."""

    name = "docker-registry"
    health = "health: { storagedriver: { enabled: true, interval: 10s, threshold: 3 } }\n"

    def storage(self):
        return f"  filesystem: {{ rootdirectory: '{self.folder}/data' }}\n"

    def command(self):
        config = os.path.join(self.folder, "config.yml")
        with open(config, "w") as file:
            file.write(
                "version: 0.1\n"
                "storage:\n"
                "  cache: { blobdescriptor: inmemory }\n"
                f"{self.storage()}"
                "  delete: { enabled: true }\n"
                f"http: {{ addr: '127.0.0.1:{self.port}', headers: {{ X-Content-Type-Options: [nosniff] }} }}\n"
                f"{self.health}"
            )
        return [which("docker-registry"), "serve", config]


class Floor(Server):
    """The floor for pushes: floor.c, which reads, hashes, writes and syncs, and is no registry at all."""

    name = "floor"
    takes_pushes = False

    def command(self):
        program = os.path.join(self.folder, "floor")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "floor.c")
        subprocess.run(["cc", "-O2", "-pthread", "-o", program, source, "-lcrypto"], check=True)
        self.port = None
        pushed = os.path.join(self.folder, "pushed")
        os.makedirs(pushed)
        return [program, pushed]

    def is_up(self):
        with open(self.log, errors="replace") as file:
            if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", file.read()):
                self.port = int(found[1])
        return self.port is not None


class Nginx(Server):
    """The floor for pulls: the same bytes as static files, under the paths that a registry has them at."""

    name = "nginx"
    takes_pushes = False

    def command(self):
        config = os.path.join(self.folder, "nginx.conf")
        os.makedirs(os.path.join(self.folder, "files"))
        scratch = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        with open(config, "w") as file:
            file.write(
                ("user root;\n" if os.geteuid() == 0 else "")
                + "daemon off;\nworker_processes auto;\n"
                f"pid {self.folder}/pid;\nerror_log {self.log};\n"
                "events { worker_connections 4096; }\n"
                f"http {{\n{scratch}access_log {self.folder}/access.log;\n"
                "sendfile on;\ntcp_nopush on;\nopen_file_cache max=1000;\nkeepalive_requests 100000000;\n"
                "default_type application/octet-stream;\n"
                f"server {{ listen 127.0.0.1:{self.port} reuseport; root {self.folder}/files; }}\n}}\n"
            )
        return [which("nginx"), "-c", config, "-e", self.log]

    def put(self, path, data=b"", copy_of=None):
        target = os.path.join(self.folder, "files", path.lstrip("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if copy_of:
            shutil.copyfile(copy_of, target)
        with open(target, "ab") as file:
            file.write(data)


KINDS = {kind.name: kind for kind in (Registryd, DockerRegistry, Nginx, Floor)}


def which(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise SystemExit(f"{name} is not there: scripts/install-dependencies bench")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
