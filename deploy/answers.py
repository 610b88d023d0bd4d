"""Exit 0 when a URL answers 200, else say why not and exit 1: the health check of our images."""

from __future__ import annotations

import http.client
import sys
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

SECONDS = 4.0


def why_not(url: str) -> str:
    """Empty when the URL answers well."""
    try:
        with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the URL stands in our own Dockerfile
            return "" if answer.status == http.HTTPStatus.OK else f"it answers {answer.status}"
    except HTTPError as error:
        return f"it answers {error.code}: {error.read(300).decode('utf-8', 'replace')}"
    except (URLError, OSError, http.client.HTTPException) as error:
        return str(error)


if __name__ == "__main__":
    reason = why_not(sys.argv[1])
    sys.stdout.write(f"{reason or 'ok'}\n")
    sys.exit(1 if reason else 0)
