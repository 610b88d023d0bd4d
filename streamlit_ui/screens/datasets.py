"""Datasets: what waits, what was frozen, what is in it; take it along, take a photo out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from io import BytesIO

import streamlit as st

from streamlit_ui import visit
from streamlit_ui.browser.styles import ZIP_CHOOSER
from streamlit_ui.links import draw_link
from streamlit_ui.photos_in_files import ZIP_MEGABYTES
from streamlit_ui.previews import url_of
from streamlit_ui.review_photos import photos_ahead
from streamlit_ui.screens.acts import attempt, draw_act, draw_failure
from streamlit_ui.screens.messages import draw_problem
from streamlit_ui.screens.tables import draw_table
from streamlit_ui.services import services
from streamlit_ui.staff import admit
from streamlit_ui.view_models.datasets import (
    dataset_rows,
    difference_line,
    folder_rows,
    fresh_name,
    left_out_line,
)
from tyreloop.domain.datasets import INBOX, Item, Snapshot
from tyreloop.domain.errors import NoFile, TyreloopError
from tyreloop.domain.photos import PhotoId
from tyreloop.domain.staff import Actor
from tyreloop.files.dataset_files import LABELS, read_zip, write_zip
from tyreloop.learning.datasets.lesson_book import books_beside
from tyreloop.use_cases.datasets import (
    compare_datasets,
    freeze_dataset,
    list_datasets,
    list_images,
    pack_dataset,
    remove_image,
    restore_image,
    unpack_dataset,
)
from tyreloop.use_cases.stores import Stores
from tyreloop.vision.clean import without_metadata

PARENT = "dataset_parent"
PAGE, NAME, CHOSEN, SHOWN_AT_ONCE, ACROSS = "datasets", "dataset_name", "dataset_chosen", 24, 6
OLD, NEW, DONE = "dataset_old", "dataset_new", "dataset_done"
IMPORT_NAME = "dataset_import_name"


def draw() -> None:
    """The page."""
    st.title(visit.texts()("datasets.title"), anchor=False)
    try:
        _draw()
    except TyreloopError as error:
        draw_problem(error)


def _draw() -> None:
    say, who, using = visit.texts(), admit(PAGE), services().stores
    draw_failure()
    if done := st.session_state.pop(DONE, None):
        st.success(done, icon=":material/check:")
    found = list_datasets(by=who, using=using)
    waiting = len(list_images(INBOX, by=who, using=using))
    if not waiting and not found:
        st.info(say("datasets.nothing_yet"), icon=":material/rate_review:")
        draw_link("review", say("pages.review"), icon="rate_review")
    _draw_freeze(waiting, [one.name for one in found])
    draw_table(dataset_rows(found, say, visit.zone()))
    _draw_folders({one.content_hash for one in found})
    if len(found) > 1:
        _draw_difference([one.name for one in found])
    name = st.selectbox(
        say("datasets.look_at"),
        [INBOX, *(one.name for one in found)],
        format_func=lambda name: say("datasets.inbox") if name == INBOX else name,
        key=CHOSEN,
    )
    _draw_images(name)
    download = st.container()
    _draw_import()
    _draw_removed()
    with download:  # drawn last: a download that is asked for while the page is being drawn gets lost
        _draw_download(name, who, using)


def _draw_freeze(waiting: int, known: list[str]) -> None:
    say = visit.texts()
    st.markdown(say("datasets.waiting", count=waiting))
    if line := left_out_line(services().stores.datasets.left_out(), say):
        st.caption(line)
    st.session_state.setdefault(NAME, fresh_name(known, datetime.now(visit.zone()).date()))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(say("datasets.new_name"), key=NAME)
        if known:
            st.selectbox(say("datasets.grows_from"), known, key=PARENT)
    st.caption(say("datasets.name_rule"))
    enough = bool(waiting or known)  # without anything new it may still join what was brought in
    draw_act("freeze", say("datasets.freeze"), icon="dataset", disabled=not enough, on_click=_freeze)


def _draw_folders(snapshots: set[str]) -> None:
    """What the shell imported on this machine; trainings of the shell learn from it."""
    say, home = visit.texts(), services().settings.data_dir / "datasets"
    if rows := folder_rows(books_beside(home, snapshots), say):
        st.markdown(f"**{say('datasets.folders')}**")
        st.caption(say("datasets.folders_hint"))
        draw_table(rows)


def _draw_difference(names: list[str]) -> None:
    """From the one before the newest to the newest, unless somebody chooses others."""
    say = visit.texts()
    with st.expander(say("datasets.compare"), icon=":material/difference:"):
        with st.container(horizontal=True):
            old = st.selectbox(say("datasets.from"), names, index=1, key=OLD)
            new = st.selectbox(say("datasets.to"), names, index=0, key=NEW)
        found = compare_datasets(old, new, by=admit(PAGE), using=services().stores)
        st.markdown(difference_line(found, say))


def _draw_import() -> None:
    say = visit.texts()
    box = st.expander(say("datasets.import"), icon=":material/upload:", key="import-box")
    with box, st.form("import", border=False):
        st.text_input(say("datasets.new_name"), key=IMPORT_NAME)
        st.caption(say("datasets.name_rule"))
        st.file_uploader(say("datasets.zip"), type="zip", max_upload_size=ZIP_MEGABYTES, key=ZIP_CHOOSER)
        folders = ", ".join(sorted(LABELS))
        st.caption(say("datasets.import_hint", folders=folders, megabytes=ZIP_MEGABYTES))
        st.form_submit_button(say("datasets.bring_in"), on_click=_import)
    with box:
        draw_failure(IMPORT_NAME)


def _draw_images(name: str) -> None:
    say, who, using = visit.texts(), admit(PAGE), services().stores
    items = list_images(name, by=who, using=using)
    with st.container(horizontal=True):
        for start in range(0, min(len(items), SHOWN_AT_ONCE), ACROSS):
            for item in items[start : start + ACROSS]:
                _draw_image(item)
    if len(items) > SHOWN_AT_ONCE:
        st.caption(say("datasets.more", count=len(items) - SHOWN_AT_ONCE))


def _draw_download(name: str, who: Actor, using: Stores) -> None:
    st.download_button(
        visit.texts()("datasets.download"),
        data=partial(_zip, name, who, using),
        file_name=f"{name}.zip",
        on_click="ignore",
        key=f"download-{name}",
    )


def _draw_image(item: Item) -> None:
    say = visit.texts()
    if item.photo_id is None:
        return
    with st.container(width=160, key=f"image-{item.item_hash[:16]}"):
        photo = photos_ahead().get(item.photo_id)
        if photo is not None:
            caption = f"{say(f'datasets.of_{item.label}')} · {say(f'datasets.part_{item.part}')}"
            st.image(url_of(photo.jpeg), caption=caption, alt=caption)
        st.button(
            say("datasets.remove"),
            key=f"remove-{item.item_hash[:16]}",
            type="tertiary",
            on_click=_remove,
            args=(item.photo_id,),
        )


def _draw_removed() -> None:
    say, removals = visit.texts(), services().stores.datasets.removals()
    if removals:
        with st.expander(say("datasets.removed", count=len(removals))):
            for removal in removals:
                label = f"{removal.photo_id[:12]} · {removal.removed_at.astimezone(visit.zone()):%Y-%m-%d}"
                st.button(
                    say("datasets.restore", photo=label),
                    key=f"restore-{removal.photo_id[:16]}",
                    on_click=_restore,
                    args=(removal.photo_id,),
                )


def _zip(name: str, who: Actor, using: Stores) -> bytes:
    """Packed when somebody presses the button, which happens outside their run of the page."""
    kept = BytesIO()
    write_zip(kept, pack_dataset(name, by=who, using=using))
    return kept.getvalue()


def _freeze() -> None:
    def freeze() -> None:
        name, parent = st.session_state[NAME].strip(), st.session_state.get(PARENT)
        made = freeze_dataset(name, parent=parent, by=admit(PAGE), using=services().stores)
        st.session_state[DONE] = _made(made)
        for chosen in (PARENT, NAME):  # the next one grows from this one unless somebody chooses
            st.session_state.pop(chosen, None)

    attempt(freeze)


def _import() -> None:
    def bring_in() -> None:
        archive = st.session_state[ZIP_CHOOSER]
        if archive is None:
            raise NoFile("There is no file.")
        photos = read_zip(archive, clean=without_metadata)
        name = st.session_state[IMPORT_NAME].strip()
        made = unpack_dataset(name, photos, by=admit(PAGE), using=services().stores)
        st.session_state[CHOSEN], st.session_state[DONE] = made.name, _made(made)

    attempt(bring_in, at=IMPORT_NAME)


def _made(made: Snapshot) -> str:
    return visit.texts()("datasets.made", name=made.name, count=len(made.items))


def _remove(photo_id: PhotoId) -> None:
    def remove() -> None:
        remove_image(photo_id, by=admit(PAGE), using=services().stores)
        st.session_state[DONE] = visit.texts()("datasets.was_removed")

    attempt(remove)


def _restore(photo_id: PhotoId) -> None:
    def restore() -> None:
        restore_image(photo_id, by=admit(PAGE), using=services().stores)
        st.session_state[DONE] = visit.texts()("datasets.was_restored")

    attempt(restore)
