"""What this tool writes into a Grafana: boards, notes, and a test message on request."""

from __future__ import annotations

import json
import time
from typing import Any

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError
from own_files import OwnFiles

FOLDER_UID, FOLDER_TITLE, TAG = "tyreloop", "Tyreloop", "tyreloop"


def push_boards(api: GrafanaApi, own: OwnFiles, *, datasource_uid: str | None) -> list[str]:
    """Put the boards into a Grafana that reads no files of ours; there they keep their uids."""
    _ensure_folder(api)
    addresses = []
    for board in own.boards:
        text = json.dumps(board)
        if datasource_uid:
            text = text.replace(own.datasource["uid"], datasource_uid)
        pushed = api.dashboard.update_dashboard(
            {
                "dashboard": json.loads(text),
                "folderUid": FOLDER_UID,
                "overwrite": True,
                "message": "Written by Tyreloop's sync tool",
            }
        )
        addresses.append(pushed.get("url", board["uid"]))
    return addresses


def add_note(api: GrafanaApi, text: str, *, tags: list[str], at_ms: int | None = None) -> int:
    """A note on every board; answers its id."""
    added = api.annotations.add_annotation(
        time_from=at_ms or int(time.time() * 1000), tags=[TAG, *tags], text=text
    )
    return int(added["id"])


def send_test_message(api: GrafanaApi, name: str) -> dict[str, Any]:
    """Let Grafana send a test alert through one contact point; answers what Grafana says of each receiver."""
    receivers = [point for point in api.alertingprovisioning.get_contactpoints() if point["name"] == name]
    if not receivers:
        raise LookupError(f"There is no contact point {name}.")
    configured = [
        {
            "uid": point["uid"],  # Grafana fills in the secrets that it does not show
            "name": point["name"],
            "type": point["type"],
            "disableResolveMessage": False,
            "settings": {key: value for key, value in point["settings"].items() if value != "[REDACTED]"},
        }
        for point in receivers
    ]
    body = {
        "receivers": [{"name": name, "grafana_managed_receiver_configs": configured}],
        "alert": {
            "labels": {"alertname": "Test", "service": TAG, "severity": "info"},
            "annotations": {"headline": "Test", "summary": "This is a test. Nothing is wrong."},
        },
    }
    answer: dict[str, Any] = api.client.POST("/alertmanager/grafana/config/api/v1/receivers/test", json=body)
    return answer


def _ensure_folder(api: GrafanaApi) -> None:
    try:
        api.folder.create_folder(FOLDER_TITLE, uid=FOLDER_UID)
    except GrafanaClientError as error:
        if error.status_code not in (409, 412):  # it is there already
            raise
