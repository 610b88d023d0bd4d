"""The chart as it is rendered: three versions of Kubernetes take it, and each part is shut in."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

HELM = Path(__file__).parents[2] / "deploy" / "helm"
TEXT = (HELM / "rendered.yaml").read_text(encoding="utf-8")
MANIFESTS: list[dict[str, Any]] = [one for one in yaml.safe_load_all(TEXT) if one]
VERSIONS = ("1.28", "1.31", "1.34")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY$|ACCESS_KEY|WEBHOOK|BROKER_URL")


def of(*kinds: str) -> list[Any]:
    found = [one for one in MANIFESTS if one["kind"] in kinds]
    return [pytest.param(one, id=f"{one['kind']}/{one['metadata']['name']}") for one in found]


each_workload = pytest.mark.parametrize("workload", of("Deployment", "Job"))
each_deployment = pytest.mark.parametrize("workload", of("Deployment"))


def pod_of(workload: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    return pod


def test_the_rendered_file_is_of_this_chart() -> None:
    spec = spec_from_file_location("render", HELM / "render.py")
    assert spec
    assert spec.loader
    render = module_from_spec(spec)
    spec.loader.exec_module(render)
    assert TEXT.startswith(f"# {render.fingerprint()}\n"), (
        "run deploy/helm/render.py after a change of the chart"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_each_manifest(version: str) -> None:
    for manifest in MANIFESTS:
        kubernetes_validate.validate(manifest, version, strict=True)


@each_workload
def test_nobody_is_root_or_gains_rights(workload: dict[str, Any]) -> None:
    pod = pod_of(workload)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    for container in pod["containers"]:
        shut = container["securityContext"]
        assert shut["readOnlyRootFilesystem"] is True
        assert shut["allowPrivilegeEscalation"] is False
        assert shut["capabilities"] == {"drop": ["ALL"]}


@each_workload
def test_what_it_may_use_is_bounded_and_its_image_is_pinned(workload: dict[str, Any]) -> None:
    for container in pod_of(workload)["containers"]:
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert re.search(r":\d", container["image"])


@each_workload
def test_no_secret_stands_in_a_manifest_and_no_host_folder_is_mounted(workload: dict[str, Any]) -> None:
    pod = pod_of(workload)
    for variable in pod["containers"][0]["env"]:
        if SECRET.search(variable["name"]):
            assert "secretKeyRef" in variable["valueFrom"], variable["name"]
    assert all(set(volume) <= {"name", "emptyDir", "persistentVolumeClaim"} for volume in pod["volumes"])


@each_deployment
def test_it_says_whether_it_is_well(workload: dict[str, Any]) -> None:
    for container in pod_of(workload)["containers"]:
        assert "livenessProbe" in container
        assert ("readinessProbe" in container) == ("ports" in container)


@each_deployment
def test_only_those_who_need_it_reach_it(workload: dict[str, Any]) -> None:
    name = workload["metadata"]["name"]
    [policy] = [
        one for one in MANIFESTS if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == name
    ]
    assert policy["spec"]["podSelector"] == workload["spec"]["selector"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule["from"] for rule in policy["spec"]["ingress"])


@pytest.mark.parametrize("scaled", of("HorizontalPodAutoscaler"))
def test_what_is_scaled_has_two_at_least_and_is_never_all_taken_away(scaled: dict[str, Any]) -> None:
    name = scaled["metadata"]["name"]
    [budget] = [
        one for one in MANIFESTS if one["kind"] == "PodDisruptionBudget" and one["metadata"]["name"] == name
    ]
    [workload] = [one for one in MANIFESTS if one["kind"] == "Deployment" and one["metadata"]["name"] == name]
    assert scaled["spec"]["minReplicas"] >= 2
    assert budget["spec"]["maxUnavailable"] == 1
    assert "replicas" not in workload["spec"]
    assert workload["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("ingress", of("Ingress"))
def test_what_is_reached_from_outside_has_tls_and_exists(ingress: dict[str, Any]) -> None:
    services = {one["metadata"]["name"] for one in MANIFESTS if one["kind"] == "Service"}
    hosts = {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]}
    for rule in ingress["spec"]["rules"]:
        assert rule["host"] in hosts
        assert {path["backend"]["service"]["name"] for path in rule["http"]["paths"]} <= services
    assert "cert-manager.io/cluster-issuer" in ingress["metadata"]["annotations"]


def test_each_part_reads_the_secrets_of_its_own_alone() -> None:
    known = {
        one["metadata"]["name"]: {variable["name"] for variable in pod_of(one)["containers"][0]["env"]}
        for one in MANIFESTS
        if one["kind"] in ("Deployment", "Job")
    }
    who = {
        secret: {name for name, names in known.items() if secret in names}
        for secret in ("SECRET_KEY", "RELEASE_SIGNING_KEY")
    }
    assert who["RELEASE_SIGNING_KEY"] == {"tyreloop-pages", "tyreloop-first-model"}
    assert who["SECRET_KEY"] == {"tyreloop-api", "tyreloop-pages", "tyreloop-worker"}
