"""A small HTTP/1.1 client that leaves the processors to the server: one write a request, sendfile for large bodies."""

import socket
import urllib.parse


class Unexpected(Exception):
    """An answer with another status than the one that the benchmark needs."""


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Connection:
    def __init__(self, port, timeout=120):
        self.port, self.timeout = port, timeout
        self.socket = None
        self.rest = b""

    def request(self, method, target, expect, body=b"", headers=(), tail=b""):
        """Sends a request and returns its whole answer. `body` is bytes, or an open file that goes out by sendfile and
        is followed by `tail`. Raises Unexpected unless the status is `expect`."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        is_file = not isinstance(body, bytes)
        length = (body.seek(0, 2) + len(tail)) if is_file else len(body)
        lines = [f"{method} {path_of(target)} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if length or method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {length}")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        if is_file:
            body.seek(0)
            self.socket.sendall(head)
            self.socket.sendfile(body)
            self.socket.sendall(tail)
        else:
            self.socket.sendall(head + body)
        response = self.read(method)
        if response.status != expect:
            raise Unexpected(f"{method} {target}: {response.status}, not {expect}: {response.body[:300]!r}")
        return response

    def read(self, method="GET"):
        """Reads the next answer; enough of HTTP for what registries send."""
        while True:
            lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ", 2)[1])
            if status >= 200:
                break
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = b""
        if method == "HEAD" or status in (204, 304):
            pass
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.read_until(b"\r\n").split(b";")[0], 16):
                body += self.take(size)
                self.take(2)
            while self.read_until(b"\r\n"):
                pass
        else:
            body = self.take(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Response(status, headers, body)

    def read_until(self, mark):
        while mark not in self.rest:
            self.fill()
        found, _, self.rest = self.rest.partition(mark)
        return found

    def take(self, count):
        while len(self.rest) < count:
            self.fill()
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def fill(self):
        more = self.socket.recv(1 << 18)
        if not more:
            raise ConnectionError("the server closed the connection")
        self.rest += more

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket, self.rest = None, b""


def path_of(target):
    """The request target of a Location, which may be a whole URL."""
    if target.startswith("/"):
        return target
    url = urllib.parse.urlsplit(target)
    return url.path + ("?" + url.query if url.query else "")


def with_query(target, query):
    return target + ("&" if "?" in target else "?") + query
