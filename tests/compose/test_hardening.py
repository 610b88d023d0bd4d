"""Each service keeps the rules of docs/deployment.md; no engine is needed to see it."""

from __future__ import annotations

import re

import pytest

from tests.compose.stack_file import (
    BUILT,
    LASTING,
    OURS,
    SERVICES,
    STACK,
    TEXT,
    dockerfile_of,
    environment_of,
)

PUBLISHED = {"flask-app": "5002", "streamlit-app": "8501", "grafana": "3000"}
TO_THE_INTERNET = {"nginx": ["8080", "8443"]}
ASK_OUTSIDE = {"crontab", "certbot", "restore"}
COMPILERS = re.compile(r"\b(gcc|g\+\+|build-essential|clang|make)\b")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|ACCESS_KEY|_KEY$")
each_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_of_ours = pytest.mark.parametrize("name", OURS)
each_lasting = pytest.mark.parametrize("name", LASTING)


@each_service
def test_the_root_file_system_is_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert "/tmp" in SERVICES[name]["tmpfs"]  # noqa: S108 - the container's own


@each_service
def test_every_capability_is_dropped(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "cap_add" not in SERVICES[name]


@each_service
def test_no_program_gains_rights_or_reaches_the_host(name: str) -> None:
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"} & set(SERVICES[name])
    assert not any("docker.sock" in str(mount) for mount in SERVICES[name].get("volumes", []))


@each_service
def test_memory_and_processes_are_bounded(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert 0 < SERVICES[name]["pids_limit"] <= 500


@each_service
def test_nobody_runs_as_root(name: str) -> None:
    if name in OURS:
        assert dockerfile_of(name).all("USER")[-1] == "tyreloop"
        assert SERVICES[name].get("user") is None
    else:
        assert SERVICES[name]["user"].split(":")[0] not in {"", "root", "0"}


@each_service
def test_the_image_is_pinned_by_its_version(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert tag not in {"", "latest", "stable", "main"}
    assert re.match(r"v?\d|\$\{TYRELOOP_VERSION:-\d", tag)


@each_service
def test_logs_are_rotated(name: str) -> None:
    assert SERVICES[name]["logging"]["driver"] == "json-file"
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


@each_service
def test_only_what_people_visit_is_published_and_only_to_this_machine(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    inside = [port.rpartition(":")[2] for port in ports]
    if name in TO_THE_INTERNET:
        assert SERVICES[name]["profiles"] == ["edge"]
        assert inside == TO_THE_INTERNET[name]
        return
    assert all(port.startswith("${PUBLISH_ADDRESS:-127.0.0.1}:") for port in ports)
    assert inside == ([PUBLISHED[name]] if name in PUBLISHED else [])


@each_service
def test_no_secret_has_a_default(name: str) -> None:
    secrets = {key: str(value) for key, value in environment_of(name).items() if SECRET_NAME.search(key)}
    for key, value in secrets.items():
        assert re.fullmatch(r"\$\{[A-Z0-9_]+:\?Set [A-Z0-9_]+ in \.env.*\}", value) or value == "None", key


LOGINS = ("API", "PAGES", "WORKER", "TASKS", "GRAFANA")
MLFLOW_TABLES = {"_MLFLOW_SERVER_FILE_STORE", "_MLFLOW_SERVER_REGISTRY_STORE"}  # with its password in them
REACHES = {  # the secrets of each container, and whom it logs in to the database as
    "postgres": ("", "MLFLOW_DB_PASSWORD POSTGRES_PASSWORD PRODUCT_PASSWORD"),
    "postgres-version": ("", ""),
    "s3": ("", "S3"),
    "buckets": ("", "S3"),
    "migrate": (
        "${POSTGRES_USER:-tyreloop}",
        "POSTGRES_PASSWORD " + " ".join(f"{who}_DB_PASSWORD" for who in LOGINS),
    ),
    "mlflow": ("", "S3 MLFLOW_LOGIN"),
    "first-model": ("tyreloop_pages", "POSTGRES_PASSWORD MLFLOW_TRACKING_PASSWORD RELEASE_SIGNING_KEY"),
    "flask-app": ("tyreloop_api", "POSTGRES_PASSWORD S3 MLFLOW_TRACKING_PASSWORD SECRET_KEY ALERT_TOKEN"),
    "streamlit-app": (
        "tyreloop_pages",
        "POSTGRES_PASSWORD S3 MLFLOW_TRACKING_PASSWORD SECRET_KEY RELEASE_SIGNING_KEY OIDC_CLIENT_SECRET",
    ),
    "restore": ("${POSTGRES_USER:-tyreloop}", "POSTGRES_PASSWORD S3"),
    "crontab": ("tyreloop_tasks", "POSTGRES_PASSWORD S3 MLFLOW_TRACKING_PASSWORD ALERT_TOKEN"),
    "rabbitmq": ("", "RABBITMQ_DEFAULT_PASS"),
    "postgres-exporter": ("", "DATA_SOURCE_PASS"),
    "worker": ("tyreloop_worker", "POSTGRES_PASSWORD S3 MLFLOW_TRACKING_PASSWORD SECRET_KEY BROKER_URL"),
    "grafana-files": ("", "ALERT_TOKEN"),
    "grafana": ("", "GF_SECURITY_ADMIN_PASSWORD GRAFANA_DB_PASSWORD ALERT_TOKEN"),
}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_is_given_the_secrets_that_it_uses_and_no_other(name: str) -> None:
    given = {key for key in environment_of(name) if SECRET_NAME.search(key) and key != "RELEASE_VERIFY_KEY"}
    hidden = {key for key, value in environment_of(name).items() if ":?Set" in str(value)}
    s3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    user, secrets = REACHES.get(name, ("", ""))
    wanted = {one for word in secrets.split() for one in (s3 if word == "S3" else {word})}
    assert (given | hidden) - {"RELEASE_VERIFY_KEY"} - MLFLOW_TABLES == wanted
    assert (environment_of(name).get("POSTGRES_USER") or "") == user


@each_lasting
def test_a_service_comes_back_and_ends_in_time(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["stop_grace_period"] == "30s"


@each_lasting
def test_a_service_says_whether_it_is_well(name: str) -> None:
    if name in BUILT:
        assert len(dockerfile_of(name).all("HEALTHCHECK")) == 1
    else:
        assert SERVICES[name]["healthcheck"]["test"]


@each_of_ours
def test_our_images_are_built_in_stages_without_a_compiler(name: str) -> None:
    dockerfile = dockerfile_of(name)
    assert len(dockerfile.all("FROM")) >= 2
    assert not COMPILERS.search(dockerfile.last_stage)
    assert "pip install" not in dockerfile.last_stage


@each_of_ours
def test_our_images_hold_the_locked_versions_on_a_pinned_base(name: str) -> None:
    dockerfile = dockerfile_of(name)
    assert any("requirements.lock" in copied for copied in dockerfile.all("COPY"))
    assert "deploy/packages.py --only" in dockerfile.text
    assert dockerfile.all("ARG")[0] == "PYTHON_IMAGE=python:3.13-slim-trixie"
    assert {line.split()[0] for line in dockerfile.all("FROM")} == {"${PYTHON_IMAGE}"}


@each_of_ours
def test_our_images_hold_no_secret(name: str) -> None:
    for instruction in ("ENV", "ARG"):
        assert not any(
            SECRET_NAME.search(text.replace("_FORM_", "")) for text in dockerfile_of(name).all(instruction)
        )


def test_the_back_end_has_no_way_in_and_no_way_out() -> None:
    assert STACK["networks"]["backend"] == {"internal": True}
    on_the_edge = {name for name, service in SERVICES.items() if "edge" in service["networks"]}
    assert on_the_edge <= {*PUBLISHED, *TO_THE_INTERNET, *ASK_OUTSIDE}
    assert all("backend" in service["networks"] for service in SERVICES.values())


def test_each_volume_and_network_that_is_used_is_declared() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith((".", "/", "$"))}
    assert named == set(STACK["volumes"])
    assert {network for service in SERVICES.values() for network in service["networks"]} == set(
        STACK["networks"]
    )


def test_a_missing_secret_is_named_in_a_sentence() -> None:
    for name, sentence in re.findall(r"\$\{([A-Z0-9_]+):\?([^}]*)\}", TEXT):
        assert sentence == f"Set {name} in .env, or let `tyreloop env init` write one."
