"""A local HTTP server whose folders are mirrors that behave, each in its own way, well or badly."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest


@contextmanager
def mirrors(content):
    """Serve ``content`` under every behaviour: ``url(behaviour)``; ``requests`` are recorded."""
    stop = threading.Event()
    requests = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args):
            pass

        def do_GET(self):
            behaviour = self.path.split("/")[1]
            requests.append((behaviour, self.headers.get("Range")))
            getattr(self, behaviour)()

        def asked_from(self):
            return int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])

        def start(self, status=200, length=None, **headers):
            self.send_response(status)
            if length is not None:
                self.send_header("Content-Length", str(length))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def send(self, body, announced=None):
            """Answer from the byte that was asked for; announce more than is sent, perhaps."""
            start = self.asked_from()
            total = len(content) if announced is None else announced
            if start:
                self.start(206, total - start, Content_Range=f"bytes {start}-{total - 1}/{total}")
            else:
                self.start(200, total)
            self.wfile.write(body[start:])

        # ------------------------------------------------------------------------- behaviours
        def right(self):
            self.send(content)

        def half(self):  # breaks off in the middle of what is left
            start = self.asked_from()
            self.send(content[: (start + len(content) + 1) // 2], announced=len(content))

        def third(self):  # never has more than the first third
            self.send(content[: len(content) // 3], announced=len(content))

        def no_range(self):
            self.start(200, len(content))
            self.wfile.write(content)

        def half_no_range(self):
            self.start(200, len(content))
            self.wfile.write(content[: len(content) // 2])

        def no_length(self):
            self.start(200)
            self.wfile.write(content)

        def wrong_range(self):
            start = self.asked_from()
            self.start(206, 10, Content_Range=f"bytes {start + 5}-{start + 14}/{len(content)}")
            self.wfile.write(content[start + 5 : start + 15])

        def wrong_content(self):
            self.send(bytes(len(content)))

        def page(self):
            self.start(200, 20)
            self.wfile.write(b"<html>log in</html> ")

        def endless(self):
            self.start(200)
            for _ in range(1000):
                if stop.is_set():
                    return
                self.wfile.write(content)

        def missing(self):
            self.send_error(404)

        def failing(self):
            self.send_error(503)

        def hanging(self):
            stop.wait(30)

        def half_then_hanging(self):
            start = self.asked_from()
            self.send(content[: max(start, len(content) // 2)], announced=len(content))
            self.wfile.flush()
            stop.wait(30)

        def trickling(self):
            self.start(200, len(content))
            for i in range(len(content)):
                if stop.is_set():
                    return
                self.wfile.write(content[i : i + 1])
                self.wfile.flush()
                time.sleep(0.02)

        def nonsense(self):
            self.wfile.write(b"what?\r\n\r\n")

        def moved(self):
            self.start(302, 0, Location="/right/file")

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass  # clients that hang up are part of the game

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield SimpleNamespace(
            content=content,
            requests=requests,
            url=lambda behaviour: f"{address}/{behaviour}/file",
        )
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(monkeypatch):
    """Mirrors of 300 kB of noise, reached without any proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with mirrors(np.random.default_rng(0).bytes(300_000)) as serving:
        yield serving
