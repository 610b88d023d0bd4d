"""`.env.example` is a contract: first each setting with its default, then the containers' names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from tyreloop.domain.errors import NotConfigured
from tyreloop.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SETTINGS_PART, _, CONTAINERS_PART = EXAMPLE.partition("# ---- Containers")
COMPOSE = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
READ_BY_COMPOSE_ITSELF = {"COMPOSE_PROFILES"}


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is None:
        return ""
    return default.get_secret_value() if isinstance(default, SecretStr) else str(default)


def names_in(part: str) -> list[str]:
    return re.findall(r"^([A-Z0-9_]+)=", part, flags=re.MULTILINE)


def names_in_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_stands_in_the_example_with_its_sentence_and_its_default(name: str) -> None:
    sentence = Settings.model_fields[name].description
    assert f"# {sentence}\n{name.upper()}={default_of(name)}\n" in SETTINGS_PART


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    assert sorted(names_in(SETTINGS_PART)) == sorted(name.upper() for name in Settings.model_fields)


def test_each_name_for_the_containers_is_used_by_them_and_is_no_setting() -> None:
    used = names_in_compose() | READ_BY_COMPOSE_ITSELF
    named = set(names_in(CONTAINERS_PART))
    assert named <= used
    assert not named & set(names_in(SETTINGS_PART))


def test_each_name_that_the_containers_take_stands_in_the_example() -> None:
    assert names_in_compose() <= set(names_in(EXAMPLE))


def test_a_setting_that_is_wrong_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_PORT", "70000")
    with pytest.raises(NotConfigured, match=r"^FLASK_PORT is not set right: .*65535"):
        read_settings()


def test_an_empty_setting_means_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_VERSION", "")
    assert read_settings().model_version is None


def test_what_a_running_stack_wrote_goes_before_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POSTGRES_PORT", raising=False)
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("POSTGRES_PORT=1111\nPOSTGRES_DB=mine\n")
    (tmp_path / "data" / "stack.env").write_text("POSTGRES_PORT=2222\n")
    read = read_settings()
    assert (read.postgres_port, read.postgres_db) == (2222, "mine")


def test_a_secret_that_is_too_short_is_refused() -> None:
    with pytest.raises(NotConfigured, match="SECRET_KEY"):
        read_settings(secret_key="short").require_secret_key()
