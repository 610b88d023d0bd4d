"""The container engine as the walk uses it: Compose with a project and settings of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.compose.stack_file import SERVICES
from tyreloop.cli.env import EXAMPLE, SECRETS, account, fill_in_secrets, prepare_backups
from tyreloop.local.ports import any_free

ROOT = Path(__file__).parents[2]


class WalkFailed(Exception):
    """Something is not as it should be."""


def run(*command: str, seconds: float = 900, check: bool = True, **options: Any) -> str:
    """What a command says; a failure carries its last words."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False, cwd=ROOT, **options
    )
    if check and done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise WalkFailed(f"`{' '.join(command)}` ended with {done.returncode}:\n{said}")
    return done.stdout.strip()


def compose_command() -> list[str]:
    """Compose v2 where the engine has it, else the program of its own."""
    v2 = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if v2.returncode == 0:
        return ["docker", "compose"]
    if program := shutil.which("docker-compose"):
        return [program]
    raise WalkFailed("Neither `docker compose` nor `docker-compose` is installed.")


def write_settings(file: Path, **changes: str) -> None:
    """`.env.example` with random secrets, free ports and what the walk wants otherwise."""
    text, filled = fill_in_secrets((ROOT / EXAMPLE).read_text(encoding="utf-8"))
    if set(filled) != set(SECRETS):
        raise WalkFailed(f"{EXAMPLE} lacks {set(SECRETS) - set(filled)}.")
    lines = [line for line in text.splitlines() if line.partition("=")[0] not in changes]
    lines += [f"{name}={value}" for name, value in changes.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass
class Stack:
    """One installation: a project name, a settings file and the ports that it publishes."""

    folder: Path
    profile: str
    project: str = "tyreloop-walk"
    ports: dict[str, int] = field(default_factory=dict)
    command: list[str] = field(default_factory=compose_command)

    @property
    def env_file(self) -> Path:
        return self.folder / "walk.env"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def prepare(self, version: str, **changes: str) -> None:
        prepare_backups(ROOT)
        self.backups.mkdir(mode=0o700)
        if os.getuid() == 0:
            os.chown(self.backups, account(), account())
        self.ports = self.ports or {name: any_free() for name in ("FLASK", "STREAMLIT", "GRAFANA")}
        self.write_settings(version, **changes)

    def write_settings(self, version: str, **changes: str) -> None:
        """A second time keeps the secrets of the first."""
        if self.env_file.exists():
            lines = self.env_file.read_text().splitlines()
            kept = [line for line in lines if not line.startswith("TYRELOOP_VERSION=")]
            self.env_file.write_text("\n".join([*kept, f"TYRELOOP_VERSION={version}"]) + "\n")
            return
        ports = {f"{name}_PORT": str(port) for name, port in self.ports.items()}
        judge = "job" if self.profile == "core" else "grafana"
        write_settings(
            self.env_file,
            TYRELOOP_VERSION=version,
            APP_UID=str(account()),
            COMPOSE_PROFILES=self.profile,
            BACKUP_FOLDER=str(self.backups),
            ALERT_JUDGE_IN_CONTAINERS=judge,
            **ports,
            **changes,
        )

    def compose(self, *arguments: str, seconds: float = 900, check: bool = True) -> str:
        options = (
            "--file",
            str(ROOT / "docker-compose.yaml"),
            "--project-name",
            self.project,
            "--env-file",
            str(self.env_file),
            "--profile",
            self.profile,
        )
        ours = {name for name in os.environ if name.endswith("_PORT") or name in SECRETS}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        return run(*self.command, *options, *arguments, seconds=seconds, check=check, env=environment)

    def services(self) -> list[str]:
        """Those of the profile; docker-compose 1.29 would tell of all."""
        self.compose("config", "--quiet")
        return [name for name, one in SERVICES.items() if self.profile in one.get("profiles", [self.profile])]

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each service's container; one question for all of them."""
        mine = f"label=com.docker.compose.project={self.project}"
        ids = run("docker", "ps", "--all", "--quiet", "--filter", mine).split()
        found = json.loads(run("docker", "inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def inspect(self, service: str) -> dict[str, Any]:
        return self.containers()[service]

    def container(self, service: str) -> str:
        return str(self.inspect(service)["Id"])

    def exec(self, service: str, *command: str, seconds: float = 120, check: bool = True) -> str:
        return run("docker", "exec", self.container(service), *command, seconds=seconds, check=check)

    def sql(self, question: str) -> str:
        """One answer of the product's database."""
        ask = f'psql -h 127.0.0.1 -U "$PRODUCT_USER" -d "$PRODUCT_DB" -Atc "{question}"'
        return self.exec("postgres", "sh", "-c", f'PGPASSWORD="$PRODUCT_PASSWORD" {ask}')

    def is_step(self, service: str) -> bool:
        return bool(self.inspect(service)["HostConfig"]["RestartPolicy"]["Name"] in {"no", ""})

    def wait_until_well(self, services: list[str], *, seconds: float = 600) -> float:
        """Until each service is healthy and each step has ended well; answers how long it took."""
        began = monotonic()
        while (missing := self.not_well(services)) and monotonic() - began < seconds:
            sleep(0.5)
        if missing:
            raise WalkFailed(f"Not well after {seconds:.0f} s: {missing}")
        return monotonic() - began

    def not_well(self, services: list[str]) -> dict[str, str]:
        found = self.containers()
        said = {name: _complaint(found[name]["State"]) if name in found else "not there" for name in services}
        return {name: complaint for name, complaint in said.items() if complaint}


def _complaint(state: dict[str, Any]) -> str:
    if state["Status"] == "exited":
        return "" if state["ExitCode"] == 0 else f"ended with {state['ExitCode']}"
    health = state.get("Health", {}).get("Status", "")
    return "" if health == "healthy" else f"{state['Status']} {health}"
