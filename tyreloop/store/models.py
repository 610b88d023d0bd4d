"""Model versions with their cards, exams, releases step by step, and what each live service answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from psycopg2.errors import UniqueViolation
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extras import Json

from tyreloop.domain.errors import Conflict
from tyreloop.domain.models import Exam, Release, ReleaseKind, ReleaseState, Serving
from tyreloop.domain.staff import Act
from tyreloop.store.db import Database, Row, Table, queries, write_act

BEFORE: Mapping[ReleaseState, tuple[ReleaseState, ...]] = {
    ReleaseState.EXAMINED: (ReleaseState.ASKED,),
    ReleaseState.SIGNED: (ReleaseState.EXAMINED,),
    ReleaseState.MOVED: (ReleaseState.SIGNED,),
    ReleaseState.SERVED: (ReleaseState.MOVED,),
    ReleaseState.REFUSED: (
        ReleaseState.ASKED,
        ReleaseState.EXAMINED,
        ReleaseState.SIGNED,
        ReleaseState.MOVED,
    ),
}


def keep_model_version(database: Database, model_name: str, version: int, card: Mapping[str, Any]) -> None:
    """Remember a version; the same one again changes nothing."""
    row = {"model_name": model_name, "version": version, "card": Json(dict(card))}
    database.ask(lambda connection: queries.keep_model_version(connection, **row))


class PostgresModels(Table):
    """What is known of the model's versions, and how Production came to be where it is."""

    def note(self, act: Act) -> None:
        """A line of the audit log for what changed nothing."""
        self._database.run(lambda connection: write_act(connection, act))

    def add_exam(self, model_name: str, exam: Exam, *, act: Act) -> None:
        """Keep an exam, wherever it was held."""
        row = {**asdict(exam), "model_name": model_name, "outcome": exam.summary["outcome"]}
        row |= {"summary": Json(dict(exam.summary)), "wall": Json(list(exam.wall))}
        self._change(queries.add_exam, act, **row)

    def exams(self, model_name: str) -> Mapping[int, Exam]:
        """The latest exam of each version."""
        exams = self._all(queries.latest_exams, _exam_of, model_name=model_name)
        return {exam.version: exam for exam in exams}

    def exam_of(self, model_name: str, version: int) -> Exam | None:
        return self.exams(model_name).get(version)

    def ask(self, release: Release, *, act: Act) -> Release:
        """Begin a release; raises Conflict while another is on its way."""
        row = {**asdict(release), "exam": Json(dict(release.exam))}
        try:
            return _release_of(self._change(queries.ask_release, act, **row))
        except UniqueViolation as error:
            raise Conflict("Another version is being released just now: look again in a minute.") from error

    def advance(
        self, release: Release, to: ReleaseState, *, at: datetime, act: Act | None = None, **said: Any
    ) -> Release:
        """One step further, once; answers how it stands now, whoever took the step."""
        row = {"record": None, "signature": None, "refusal": None, "from_version": None, **said}

        def step(connection: Connection) -> Mapping[str, Any]:
            states = [state.value for state in BEFORE[to]]
            taken = queries.advance_release(
                connection, id=release.id, to=to.value, before=states, at=at, **row
            )
            if taken is not None and act is not None:
                write_act(connection, act)
            found: Mapping[str, Any] = taken or queries.release_by_id(connection, id=release.id)
            return found

        return _release_of(self._database.run(step))

    def latest(self, *, limit: int) -> Sequence[Release]:
        """Releases in whatever state, the newest first."""
        return self._all(queries.latest_releases, _release_of, at_most=limit)

    def newest(self, model_name: str) -> Release | None:
        return self._one(queries.newest_release, _release_of, model_name=model_name)

    def on_its_way(self, model_name: str) -> Release | None:
        """The release that the registry does not name yet, if there is one."""
        return self._one(queries.release_on_its_way, _release_of, model_name=model_name)

    def standing(self, model_name: str) -> Release | None:
        """The newest release that the registry was moved to and that nobody refused."""
        return self._one(queries.standing_release, _release_of, model_name=model_name)

    def signed_release(self, model_name: str, named: int | None) -> Release | None:
        """The newest signed release that stands, or that is signed and named by the registry already."""
        return self._one(queries.signed_release, _release_of, model_name=model_name, named=named)

    def signed_version(self, model_name: str, version: int) -> Release | None:
        """The newest signed release of one version, for a service that is pinned to it."""
        return self._one(queries.signed_version, _release_of, model_name=model_name, version=version)

    def last_served(self, model_name: str, *, before: int | None) -> Release | None:
        """The last release that served, of another version than this."""
        return self._one(queries.last_served, _release_of, model_name=model_name, before=before)

    def tell_serving(
        self, model_name: str, said: Serving, release: int | None, *, every_seconds: float
    ) -> None:
        """What a live service answers with, since it knows of a release."""
        row = {**asdict(said), "model_name": model_name, "release": release, "every": every_seconds}
        self._ask(queries.tell_serving, **row)

    def stop_serving(self, service: str) -> None:
        """A service that ends is asked no more."""
        self._ask(queries.stop_serving, service=service)

    def live_services(self, release: Release, *, at: datetime) -> Sequence[Serving]:
        """What the services heard lately say; what they refused before this release is no word on it."""
        which = {"model_name": release.model_name, "release": release.id, "at": at}
        return self._all(queries.live_services, lambda row: Serving(**row), **which)

    def answer_milliseconds(self) -> float | None:
        """How long the model alone takes for an answer on this machine, by the latest ones."""
        found: float | None = self._ask(queries.latest_model_milliseconds)
        return found


def _exam_of(row: Row) -> Exam:
    return Exam(**{one.name: row[one.name] for one in fields(Exam)})


def _release_of(row: Row) -> Release:
    known = {one.name: row[one.name] for one in fields(Release)}
    return Release(**{**known, "kind": ReleaseKind(row["kind"]), "state": ReleaseState(row["state"])})
