"""What the stand-ins for the services share: an internal port that is asked whether they are ready.

They run in the place of `python -m gateway` and of the other services when this folder is on
PYTHONPATH; who imports them, as the command does for their settings, gets the real packages. A file
whose path STANDIN_BROKEN names, while it exists, makes them fail at their start.
"""

import http.server
import importlib
import os
import socketserver
import sys
import threading
from pathlib import Path


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


class Echo(socketserver.BaseRequestHandler):
    """Answers whatever it is sent with its pid."""

    def handle(self) -> None:
        while self.request.recv(100):
            self.request.sendall(str(os.getpid()).encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def step_aside(name: str) -> None:
    """Put the real package of this name in the stand-in's place."""
    sys.path.remove(str(Path(__file__).parent))
    del sys.modules[name]
    importlib.import_module(name)


def run(prefix: str, *, public: bool) -> None:
    environment = os.environ  # noqa: TID251  # a stand-in has no settings class
    broken = environment.get("STANDIN_BROKEN")
    if broken and Path(broken).exists():
        sys.exit("STANDIN_BROKEN: this will not do")
    if public:
        echo = Server(("127.0.0.1", int(environment[f"{prefix}_PORT"])), Echo)
        threading.Thread(target=echo.serve_forever, daemon=True).start()
    Server(("127.0.0.1", int(environment[f"{prefix}_INTERNAL_PORT"])), Health).serve_forever()
