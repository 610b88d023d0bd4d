"""Datasets in Postgres: a snapshot is written once, and the tables themselves keep it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.datasets import (
    ImportedPhoto,
    Item,
    Labelled,
    Part,
    Removal,
    Snapshot,
    SnapshotSummary,
)
from tyreloop.domain.errors import Conflict, NameTaken, NotFound
from tyreloop.domain.feedback import Label
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Act
from tyreloop.store.db import Database, queries, write_act


class PostgresDatasets:
    """The Datasets port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def inbox(self, *, limit: int = 100_000) -> Sequence[Labelled]:
        return self._database.ask(
            lambda connection: [_labelled(row) for row in queries.inbox(connection, at_most=limit)]
        )

    def reviewed(self) -> Sequence[Labelled]:
        return self._database.ask(
            lambda connection: [_labelled(row) for row in queries.reviewed_photos(connection)]
        )

    def looks(self) -> Sequence[tuple[int, str]]:
        return self._database.ask(
            lambda connection: [(row["fingerprint"], row["look_group"]) for row in queries.looks(connection)]
        )

    def keep_look(self, photo_id: PhotoId, *, fingerprint: int, group: str) -> None:
        look = {"photo_id": photo_id, "fingerprint": fingerprint, "look_group": group}
        self._database.ask(lambda connection: queries.keep_look(connection, **look))

    def freeze(self, snapshot: Snapshot, *, act: Act) -> None:
        def freeze(connection: Connection) -> None:
            queries.take_turns_at_freezing(connection)
            newest = queries.newest_snapshot(connection)
            if newest and newest["content_hash"] == snapshot.content_hash:
                raise Conflict(f"Nothing has changed since {newest['name']}.")
            self._write(connection, snapshot)
            write_act(connection, act)

        self._database.run(freeze)

    def add_imported(self, snapshot: Snapshot, photos: Mapping[PhotoId, ImportedPhoto], *, act: Act) -> None:
        def add(connection: Connection) -> None:
            for photo_id, photo in photos.items():
                queries.add_imported_photo(
                    connection,
                    id=photo_id,
                    byte_count=photo.byte_count,
                    fingerprint=photo.fingerprint,
                    look_group=photo.group,
                    at=snapshot.frozen_at,
                )
            self._write(connection, snapshot, is_imported=True)
            write_act(connection, act)

        self._database.run(add)

    def mark_kept(self, photos: Sequence[PhotoId]) -> None:
        """Awaited photos are in the store now."""
        self._database.ask(
            lambda connection: queries.mark_photos(connection, ids=photos, was="awaited", state="kept")
        )

    def all(self) -> Sequence[SnapshotSummary]:
        rows = self._database.ask(lambda connection: list(queries.all_snapshots(connection)))
        return [SnapshotSummary(**row) for row in rows]

    def get(self, name: str) -> Snapshot | None:
        def get(connection: Connection) -> Snapshot | None:
            row = queries.get_snapshot(connection, name=name)
            if row is None:
                return None
            items = [_item_of(item) for item in queries.snapshot_items(connection, dataset_id=row["id"])]
            return Snapshot(row["name"], row["parent"], items, row["created_by"], row["frozen_at"])

        return self._database.ask(get)

    def photos_at(self, places: Sequence[str]) -> Mapping[str, PhotoId]:
        rows = self._database.ask(
            lambda connection: list(queries.photos_at_places(connection, places=list(places)))
        )
        return {row["item_hash"]: PhotoId(row["photo_id"]) for row in rows}

    def holding(self, photo_id: PhotoId) -> Sequence[str]:
        rows = self._database.ask(
            lambda connection: list(queries.snapshots_with_photo(connection, photo_id=photo_id))
        )
        return [row["name"] for row in rows]

    def remove(self, photo_id: PhotoId, *, act: Act) -> None:
        def remove(connection: Connection) -> None:
            row = {"photo_id": photo_id, "removed_by": act.actor, "removed_at": act.happened_at}
            if queries.remove_photo(connection, **row):
                write_act(connection, act)
            elif queries.get_removal(connection, photo_id=photo_id) is None:
                raise NotFound("There is no such photo.")

        self._database.run(remove)

    def removal(self, photo_id: PhotoId) -> Removal | None:
        row = self._database.ask(lambda connection: queries.get_removal(connection, photo_id=photo_id))
        return Removal(**row) if row else None

    def removals(self) -> Sequence[Removal]:
        rows = self._database.ask(lambda connection: list(queries.all_removals(connection)))
        return [Removal(**row) for row in rows]

    def restore(self, photo_id: PhotoId, *, act: Act) -> None:
        def restore(connection: Connection) -> None:
            queries.restore_photo(connection, photo_id=photo_id)
            write_act(connection, act)

        self._database.run(restore)

    def _write(self, connection: Connection, snapshot: Snapshot, *, is_imported: bool = False) -> None:
        head = {
            "name": snapshot.name,
            "parent": snapshot.parent,
            "content_hash": snapshot.content_hash,
            "created_by": snapshot.created_by,
            "frozen_at": snapshot.frozen_at,
            "is_imported": is_imported,
        }
        dataset_id = queries.add_snapshot(connection, **head)
        if dataset_id is None:
            raise NameTaken(f"There is a dataset {snapshot.name} already, and datasets never change.")
        queries.add_snapshot_items(
            connection,
            dataset_id=dataset_id,
            frozen_at=snapshot.frozen_at,
            hashes=[item.item_hash for item in snapshot.items],
            photos=[item.photo_id for item in snapshot.items],
            labels=[item.label.value for item in snapshot.items],
            parts=[item.part.value for item in snapshot.items],
        )


def _item_of(row: Mapping[str, Any]) -> Item:
    photo_id = PhotoId(row["photo_id"]) if row["photo_id"] else None
    return Item(row["item_hash"], Label(row["label"]), Part(row["part"]), photo_id, row["look_group"])


def _labelled(row: Mapping[str, Any]) -> Labelled:
    return Labelled(PhotoId(row["photo_id"]), Label(row["label"]), row["look_group"])
