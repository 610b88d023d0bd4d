"""The documents are contracts: what the product offers stands in them, and what they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import inference_api
import tyreloop
from inference_api.app import SUBJECTS
from inference_api.problems import CODES
from inference_api.reference import table
from tyreloop.cli import COMMANDS
from tyreloop.domain.errors import TyreloopError
from tyreloop.tasks.catalogue import TASKS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
KOREAN = (ROOT / "README.ko.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOLDS_ERRORS = re.compile(r"\.(errors|problems|\w*alert\w*|migrations|admission|backups|local\.\w+)$")


def load_error_modules() -> None:
    for package in (tyreloop, inference_api):
        for module in walk_packages(package.__path__, package.__name__ + "."):
            if HOLDS_ERRORS.search(module.name):
                import_module(module.name)


def error_types(base: type[TyreloopError] = TyreloopError) -> Iterator[type[TyreloopError]]:
    yield base
    for child in base.__subclasses__():
        yield from error_types(child)


def error_codes() -> list[str]:
    load_error_modules()
    return sorted({error.code for error in error_types()})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_described(command: str) -> None:
    assert f"`tyreloop {command}" in REFERENCE


@pytest.mark.parametrize("code", sorted({*error_codes(), *CODES}))
def test_each_error_code_is_described(code: str) -> None:
    assert f"| `{code}` |" in REFERENCE


def test_each_route_is_described_as_it_describes_itself() -> None:
    assert table(route for routes in SUBJECTS for route in routes) in REFERENCE


@pytest.mark.parametrize("job", list(TASKS))
def test_each_job_is_described(job: str) -> None:
    assert f"| `{job}` |" in REFERENCE


def test_the_documents_name_no_make_target_that_does_not_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    documents = [
        path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    ]
    named = set(re.findall(r"`(?:\w+=\S+ )*make ([a-z-]+)`", "\n".join(documents)))
    assert named <= targets


@pytest.mark.parametrize(
    "page", sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))), ids=lambda p: p.name
)
def test_each_link_between_documents_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_both_readmes_have_the_same_parts() -> None:
    def shape(text: str) -> list[str]:
        return re.findall(r"^(#+|```\w*|\|(?=[^-]))", text, flags=re.MULTILINE)

    assert shape(README) == shape(KOREAN)
    assert (
        re.findall(r"```sh\n.*?```", README, flags=re.DOTALL)[1:]
        == re.findall(r"```sh\n.*?```", KOREAN, flags=re.DOTALL)[1:]
    )


def test_each_decision_has_a_number_of_its_own() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert sorted(set(numbers)) == numbers, (
        "two decisions have one number: give the newer one the next free number"
    )
    titles = [file.read_text(encoding="utf-8").split(".", 1)[0] for file in files]
    assert titles == [f"# {number}" for number in numbers]


def test_the_index_names_every_document() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [file.name for file in (ROOT / "docs").glob("*.md") if file.name != "README.md"]
    assert [name for name in pages if f"]({name})" not in index] == []
