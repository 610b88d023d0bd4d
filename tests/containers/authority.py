"""Who gives certificates: Caddy's ACME server in a container beside the stack, which trusts nobody's word."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from cryptography import x509

from tests.containers.checks import require
from tests.containers.engine import Stack, run

CADDY = Path(sys.executable).parent / "caddy"
IMAGE = "python:3.13-slim-trixie"  # any image will do: the program needs nothing of it
DIRECTORY = "https://acme:4443/acme/local/directory"
ROOT, ONCE = "/tmp/root.pem", "/tmp/once"  # noqa: S108 - in the container
# It looks for its questions' answers at http://localhost, which is itself: it hands them on to the edge.
CADDYFILE = """
{
    admin off
    storage file_system /data
    auto_https disable_redirects
    skip_install_trust
}
http://localhost {
    reverse_proxy nginx:8080
}
https://acme:4443 {
    tls internal
    acme_server {
        lifetime 60m
    }
}
"""


@contextmanager
def authority(stack: Stack) -> Iterator[None]:
    """On the edge's network, and trusted by the stack's certbot from now on."""
    name, written = f"{stack.project}-acme", stack.folder / "Caddyfile"
    written.write_text(CADDYFILE)
    mounts = ("--volume", f"{CADDY}:/caddy:ro", "--volume", f"{written}:/Caddyfile:ro", "--tmpfs", "/data")
    place = ("--network", f"{stack.project}_edge", "--network-alias", "acme")
    serve = ("/caddy", "run", "--config", "/Caddyfile", "--adapter", "caddyfile")
    run("docker", "run", "--detach", "--name", name, *mounts, *place, IMAGE, *serve)
    try:
        root, until = "", monotonic() + 60
        while "END" not in root and monotonic() < until:
            sleep(0.5)
            root = run("docker", "exec", name, "cat", "/data/pki/authorities/local/root.crt", check=False)
        require("END" in root, run("docker", "logs", "--tail", "20", name, check=False))
        certbot = stack.container("certbot")
        run("docker", "exec", "--interactive", certbot, "sh", "-c", f"cat >{ROOT}", input=root + "\n")
        yield
    finally:
        run("docker", "rm", "--force", "--volumes", name, check=False)


def ask_for_a_certificate(stack: Stack, *options: str) -> str:
    settings = {"ACME_SERVER": DIRECTORY, "REQUESTS_CA_BUNDLE": ROOT, "EDGE_RUN": ONCE}
    environment = [part for name, value in settings.items() for part in ("--env", f"{name}={value}")]
    command = ("sh", "/etc/edge/certbot.sh", "once", *options)
    return run("docker", "exec", *environment, stack.container("certbot"), *command)


def served(port: int) -> x509.Certificate:
    return x509.load_pem_x509_certificate(
        ssl.get_server_certificate(("localhost", port), timeout=20).encode()
    )


def wait_for_another(port: int, than: int) -> x509.Certificate:
    """Until the edge serves another certificate than that one."""
    until = monotonic() + 60
    while (found := served(port)).serial_number == than:
        require(monotonic() < until, "the edge does not take the new certificate")
        sleep(0.2)
    return found
