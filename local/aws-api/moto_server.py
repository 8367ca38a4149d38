"""Runs moto on a free loopback port and prints it; ends when standard input closes, so that it never outlives its parent.

The first line of standard input is JSON: `key`, which every request must carry in the header x-local-cloud-key,
`reserved`, the services that moto may be asked for under their own name only, and `restoreSeconds`, which an archived
object takes to be restored.
"""

import hmac
import json
import logging
import os
import re
import sys
import threading

import moto.route53.models as route53
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from s3 import atomic_writes, checksums, storage_classes, whole_settings
from werkzeug.serving import WSGIRequestHandler, make_server

# Werkzeug's access log holds whole request lines, and presigned queries are secrets.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
WSGIRequestHandler.protocol_version = "HTTP/1.1"  # keep connections open between calls

# AWS's zone ids begin with a Z, and callers check that; moto's begin with anything.
make_zone_id = route53.create_route53_zone_id
route53.create_route53_zone_id = lambda **options: "Z" + make_zone_id(**options)[1:]

terms = json.loads(sys.stdin.buffer.readline())
# Before the writes that are made one at a time: a restore is one of them.
storage_classes.install(terms["restoreSeconds"])
atomic_writes.install()
checksums.install()
whole_settings.install()

# What moto answers by the path alone, whatever service is named: its own control API and EC2's metadata.
NEVER = {"moto_api", "instance_metadata"}

reserved = set(terms["reserved"])
dispatcher = DomainDispatcherApplication(create_backend_app)


def application(environ, start_response):
    """moto for the gateway alone: any page of a browser and any process can reach a port of loopback."""
    given = environ.pop("HTTP_X_LOCAL_CLOUD_KEY", "")
    if not hmac.compare_digest(given.encode("latin-1"), terms["key"].encode()):
        return refuse(start_response, "403 Forbidden")
    # moto finds the service by patterns of host names, and `s3-x` is S3 to them.
    scope = re.search(r"Credential=[^/,]+/[^/,]+/[^/,]+/([^/,]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    service = scope.group(1) if scope else ""
    try:
        backend = dispatcher.get_application(environ)
    except Exception:  # moto fails in many ways for a service that it does not know
        return refuse(start_response, "400 Bad Request")
    if backend.service in NEVER or (backend.service in reserved and backend.service != service):
        return refuse(start_response, "400 Bad Request")
    return backend(environ, start_response)


def refuse(start_response, status):
    headers = [("x-local-cloud-refused", "1"), ("content-length", "0"), ("connection", "close")]
    start_response(status, headers)
    return [b""]


def exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=exit_with_parent, daemon=True).start()
server = make_server("127.0.0.1", 0, application, threaded=True)
os.environ["MOTO_PORT"] = str(server.server_port)
print(server.server_port, flush=True)
server.serve_forever()
