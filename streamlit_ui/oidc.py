"""Signing in by OpenID Connect: Streamlit's own way, told by our settings instead of a file of secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st
from streamlit import config

from tyreloop.access.issuer import issuer_of
from tyreloop.private_files import write_privately
from tyreloop.settings import Settings

CALLBACK = "/oauth2callback"  # Streamlit's own
_kept: list[TemporaryDirectory[str]] = []  # for the life of the process; gone with it


def configure(given: Settings) -> None:
    """Before the server is made; without an issuer nothing happens, and bad settings stop the start."""
    if issuer_of(given) is None:
        return
    folder = TemporaryDirectory(prefix="tyreloop-pages-")
    _kept.append(folder)
    file = Path(folder.name) / "secrets.toml"
    write_privately(file, secrets_for(given))
    config.set_option("secrets.files", [str(file)])


def secrets_for(given: Settings) -> str:
    """What Streamlit reads: JSON's strings are TOML's too."""
    cookie_secret = sha256(f"oidc {given.require_secret_key()}".encode()).hexdigest()
    section: Mapping[str, str] = {
        "redirect_uri": given.pages.rstrip("/") + CALLBACK,
        "cookie_secret": cookie_secret,
        "client_id": given.oidc_client_id,
        "client_secret": given.oidc_client_secret.get_secret_value(),
        "server_metadata_url": given.oidc_metadata_url,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in section.items()]
    scope = f"[auth.client_kwargs]\nscope = {json.dumps(given.oidc_scope)}\n"
    return "[auth]\n" + "\n".join(lines) + "\n" + scope


def claims() -> Mapping[str, Any] | None:
    """What the issuer said about whoever looks; None where it said nothing."""
    return dict(st.user.to_dict()) if st.user.is_logged_in else None
