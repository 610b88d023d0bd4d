"""What must hold inside the running containers; the compose file alone cannot show it."""

from __future__ import annotations

from tests.containers.engine import Stack, WalkFailed

OURS = ("flask-app", "streamlit-app", "mlflow", "crontab", "worker")
KEPT_LOGS = {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
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
        require(host["LogConfig"] == KEPT_LOGS, f"{service}: its log is not rotated")
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


def secrets_shown(stack: Stack) -> list[str]:
    """Names of secrets that stand in some log; the S3 key's id is a name, part of every signed address."""
    lines = (line.partition("=") for line in stack.env_file.read_text().splitlines() if "=" in line)
    values = {name: value for name, _, value in lines if len(value) >= 32 and name != "S3_ACCESS_KEY_ID"}
    logs = stack.compose("logs", "--no-color")
    return [name for name, value in values.items() if value in logs]
