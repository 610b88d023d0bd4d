"""How every program of the stack is started: through `launch.py`, so that it never outlives its parent."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tyreloop.local.account import Account

LAUNCH = Path(__file__).with_name("launch.py")


def launch_command(
    command: Sequence[str],
    *,
    account: Account | None = None,
    parting_signal: signal.Signals = signal.SIGTERM,
) -> list[str]:
    """The command line that starts `command` with its life bound to ours."""
    options = ["--parent", str(os.getpid()), "--signal", str(int(parting_signal))]
    return [
        sys.executable,
        "-I",
        "-S",
        str(LAUNCH),
        *options,
        *(account.launch_options if account else ()),
        "--",
        *command,
    ]
