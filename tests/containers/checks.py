"""What must hold inside the running containers; the compose file alone cannot show it."""

from __future__ import annotations

from tests.compose.stack_file import log_folder_of
from tests.containers.engine import ROOT, Stack, WalkFailed

OURS = ("flask-app", "streamlit-app", "mlflow", "crontab", "worker")
INTERNET = "import socket; socket.setdefaulttimeout(3); socket.create_connection(('1.1.1.1', 443))"


def require(truth: object, otherwise: str) -> None:
    if not truth:
        raise WalkFailed(otherwise)


def check_hardening(stack: Stack, services: list[str]) -> None:
    for service in services:
        host = stack.inspect(service)["HostConfig"]
        require(host["ReadonlyRootfs"], f"{service}: the root file system can be written")
        require(host["CapDrop"] == ["ALL"] and not host["CapAdd"], f"{service}: has capabilities")
        require("no-new-privileges:true" in host["SecurityOpt"], f"{service}: may gain privileges")
        require(host["Memory"] > 0 and host["PidsLimit"] > 0, f"{service}: has no limits")
        require(_is_local(host["PortBindings"] or {}), f"{service}: is published beyond this machine")


def _is_local(ports: dict[str, list[dict[str, str]]]) -> bool:
    return all(binding["HostIp"] == "127.0.0.1" for bindings in ports.values() for binding in bindings)


def check_inside(stack: Stack, services: list[str]) -> None:
    """Nobody is root, nothing can be written where it should not, and the back end has no way out."""
    for service in services:
        require(stack.exec(service, "id", "-u") != "0", f"{service} runs as root")
        written = stack.exec(service, "sh", "-c", "touch /etc/mine 2>/dev/null && echo yes", check=False)
        require(written != "yes", f"{service} can write to /etc")
    reached = stack.exec("mlflow", "python", "-c", f"{INTERNET}; print('reached')", check=False)
    require(reached != "reached", "mlflow reaches the internet")


def check_logs(stack: Stack, services: list[str]) -> None:
    """What a service said last on stdout stands in its folder on this machine too."""
    for service in services:
        require((ROOT / log_folder_of(service) / f"{service}.log").exists(), f"{service} keeps no log here")
        kept = stack.exec(service, "cat", f"/var/log/tyreloop/{service}.log")
        shown = [line for line in stack.compose("logs", "--no-color", service).splitlines() if " | " in line]
        last = kept.splitlines()[-1][-60:] if kept else ""
        require(bool(kept) == bool(shown), f"{service}: there is a file or a log, not both")
        require(any(last in line for line in shown) or not kept, f"{service}: file and stdout differ")


def secrets_shown(stack: Stack) -> list[str]:
    """Names of secrets that stand in some log; the S3 key's id is a name, part of every signed address."""
    lines = (line.partition("=") for line in stack.env_file.read_text().splitlines() if "=" in line)
    values = {name: value for name, _, value in lines if len(value) >= 32 and name != "S3_ACCESS_KEY_ID"}
    logs = stack.compose("logs", "--no-color")
    return [name for name, value in values.items() if value in logs]
