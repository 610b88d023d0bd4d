"""Datasets in Postgres: a snapshot is written once, and the tables themselves keep it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tyreloop.domain.damage import in_order
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
from tyreloop.store.db import Row, Table, queries, write_act


class PostgresDatasets(Table):
    """The inbox of reviewed photos, and the snapshots frozen from it."""

    def inbox(self, *, limit: int = 100_000) -> Sequence[Labelled]:
        """Reviewed photos whose label no snapshot holds yet, the first reviewed first."""
        return self._all(queries.inbox, _labelled, at_most=limit)

    def reviewed(self) -> Sequence[Labelled]:
        """All reviewed photos with the label that stands, without what was removed."""
        return self._all(queries.reviewed_photos, _labelled)

    def left_out(self) -> Mapping[str, int]:
        """How many reviewed photos are in no snapshot and do not wait for one, by the reason."""
        row: Row = self._ask(queries.photos_left_out)
        return dict(row)

    def looks(self) -> Sequence[tuple[int, str]]:
        """The fingerprints of all photos that have a group, each with its group."""
        return self._all(queries.looks, lambda row: (row["fingerprint"], row["look_group"]))

    def keep_look(self, photo_id: PhotoId, *, fingerprint: int, group: str) -> None:
        self._ask(queries.keep_look, photo_id=photo_id, fingerprint=fingerprint, look_group=group)

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
        self._ask(queries.mark_photos, ids=photos, was="awaited", state="kept")

    def all(self) -> Sequence[SnapshotSummary]:
        """Every snapshot, the newest first."""
        return self._all(queries.all_snapshots, lambda row: SnapshotSummary(**row))

    def get(self, name: str) -> Snapshot | None:
        def get(connection: Connection) -> Snapshot | None:
            row = queries.get_snapshot(connection, name=name)
            if row is None:
                return None
            items = [_item_of(item) for item in queries.snapshot_items(connection, dataset_id=row["id"])]
            return Snapshot(row["name"], row["parent"], items, row["created_by"], row["frozen_at"])

        return self._database.ask(get)

    def photos_at(self, places: Sequence[str]) -> Mapping[str, PhotoId]:
        """The photos at these places of any snapshot; what was deleted is left out."""
        return dict(self._all(queries.photos_at_places, _place_of, places=list(places)))

    def remove(self, photo_id: PhotoId, *, act: Act) -> None:
        """Take a photo out of the snapshots to come."""

        def remove(connection: Connection) -> None:
            row = {"photo_id": photo_id, "removed_by": act.actor, "removed_at": act.happened_at}
            if queries.remove_photo(connection, **row):
                write_act(connection, act)
            elif queries.get_removal(connection, photo_id=photo_id) is None:
                raise NotFound("There is no such photo.")

        self._database.run(remove)

    def removal(self, photo_id: PhotoId) -> Removal | None:
        return self._one(queries.get_removal, lambda row: Removal(**row), photo_id=photo_id)

    def removals(self) -> Sequence[Removal]:
        return self._all(queries.all_removals, lambda row: Removal(**row))

    def restore(self, photo_id: PhotoId, *, act: Act) -> None:
        self._change(queries.restore_photo, act, photo_id=photo_id)

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
            kinds=[";".join(item.kinds) for item in snapshot.items],
        )


def _item_of(row: Row) -> Item:
    photo_id = PhotoId(row["photo_id"]) if row["photo_id"] else None
    label, part, kinds = Label(row["label"]), Part(row["part"]), in_order(row["kinds"])
    return Item(row["item_hash"], label, part, photo_id, row["look_group"], kinds)


def _labelled(row: Row) -> Labelled:
    kinds = in_order(row["kinds"])
    return Labelled(PhotoId(row["photo_id"]), Label(row["label"]), row["look_group"], kinds)


def _place_of(row: Row) -> tuple[str, PhotoId]:
    return row["item_hash"], PhotoId(row["photo_id"])
