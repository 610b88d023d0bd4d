"""Checks and changes a running Grafana through its API.

    python grafana/sync/sync.py check [--wait SECONDS]
    python grafana/sync/sync.py push [--datasource-uid UID]
    python grafana/sync/sync.py note TEXT [--tag TAG ...]
    python grafana/sync/sync.py test-message CONTACT_POINT

Where Grafana is and who asks: GRAFANA_URL, and GRAFANA_TOKEN or GRAFANA_USER and GRAFANA_PASSWORD.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from changes import add_note, push_boards, send_test_message
from checks import AWAY, findings, wait_for_grafana
from grafana_client import GrafanaApi
from own_files import GRAFANA, OwnFiles, read_own_files


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; 0 is good, 1 is a sentence about what is not."""
    given = parser().parse_args(arguments)
    own = read_own_files(given.files)
    try:
        return int(given.verb(connect(), own, given))
    except (*AWAY, LookupError) as error:
        print(f"Grafana refused or did not answer: {error}", file=sys.stderr)
        return 1


def connect() -> GrafanaApi:
    """The Grafana that the environment names."""
    user, password = os.environ.get("GRAFANA_USER", "admin"), os.environ.get("GRAFANA_PASSWORD", "")
    credential = os.environ.get("GRAFANA_TOKEN") or (user, password)
    return GrafanaApi.from_url(
        os.environ.get("GRAFANA_URL", "http://127.0.0.1:3000"), credential, timeout=10.0
    )


def check(api: GrafanaApi, own: OwnFiles, given: argparse.Namespace) -> int:
    """Wait if asked, then say everything that is not as the files say."""
    if not wait_for_grafana(api, own, seconds=given.wait):
        print("Grafana has not loaded our files.", file=sys.stderr)
        return 1
    found = list(findings(api, own))
    print("\n".join(found) or f"{len(own.boards)} boards and {len(own.rules)} rules are there and evaluate.")
    return 1 if found else 0


def push(api: GrafanaApi, own: OwnFiles, given: argparse.Namespace) -> int:
    """Put our boards there."""
    print("\n".join(push_boards(api, own, datasource_uid=given.datasource_uid)))
    return 0


def note(api: GrafanaApi, _own: OwnFiles, given: argparse.Namespace) -> int:
    """Put a note on every board."""
    print(f"Note {add_note(api, given.text, tags=given.tag)}.")
    return 0


def ask_for_message(api: GrafanaApi, _own: OwnFiles, given: argparse.Namespace) -> int:
    """Let Grafana send a test alert."""
    print(send_test_message(api, given.contact_point))
    return 0


def parser() -> argparse.ArgumentParser:
    """The verbs and their options."""
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--files", type=Path, default=GRAFANA, help="folder of the rendered files")
    verbs = top.add_subparsers(required=True)
    checking = verbs.add_parser("check")
    checking.add_argument(
        "--wait", type=float, default=0.0, help="seconds to wait for Grafana to load our files"
    )
    checking.set_defaults(verb=check)
    pushing = verbs.add_parser("push")
    pushing.add_argument("--datasource-uid", help="the database as this Grafana knows it")
    pushing.set_defaults(verb=push)
    noting = verbs.add_parser("note")
    noting.add_argument("text")
    noting.add_argument("--tag", action="append", default=[])
    noting.set_defaults(verb=note)
    testing = verbs.add_parser("test-message")
    testing.add_argument("contact_point")
    testing.set_defaults(verb=ask_for_message)
    return top


if __name__ == "__main__":
    sys.exit(main())
