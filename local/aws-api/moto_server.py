"""Runs moto on a free loopback port and prints it; ends when standard input closes, so that it never outlives its parent."""

import logging
import os
import sys
import threading

import moto.route53.models as route53
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from s3 import atomic_writes
from werkzeug.serving import WSGIRequestHandler, make_server

# Werkzeug's access log holds whole request lines, and presigned queries are secrets.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keep connections open between calls

# AWS's zone ids begin with a Z, and whoever takes one checks that; moto's begin with anything.
make_zone_id = route53.create_route53_zone_id
route53.create_route53_zone_id = lambda **options: "Z" + make_zone_id(**options)[1:]

atomic_writes.install()


def exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=exit_with_parent, daemon=True).start()
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
os.environ["MOTO_PORT"] = str(server.server_port)
print(server.server_port, flush=True)
server.serve_forever()
