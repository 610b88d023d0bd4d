"""Makes `.venv` and installs what the lock says, once; the next time it only looks at a stamp."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from checks import InstallRefused, require_disk, require_writable
from lock_file import one_at_a_time
from pip_runner import Pip
from stamp import is_fresh, write_stamp
from torch_build import install_torch

ROOT = Path(__file__).resolve().parents[2]
RUN_EXTRAS = ("api", "ui", "train", "jobs", "local")
TEST_EXTRAS = (*RUN_EXTRAS, "dev")


def main() -> None:
    """Install unless everything is as it should be; refuse in one sentence what cannot work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    extras = TEST_EXTRAS if parser.parse_args().dev else RUN_EXTRAS
    if is_fresh(ROOT, extras):
        return
    try:
        require_writable(ROOT)
        with one_at_a_time(ROOT):
            if not is_fresh(ROOT, extras):
                install(extras)
    except InstallRefused as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit("\nStopped; run this again to go on.")


def install(extras: tuple[str, ...]) -> None:
    """Everything, in an order that never brings the GPU's packages onto a machine without one."""
    began = time.monotonic()
    require_disk(ROOT)
    pip = Pip(ROOT)
    pip.make_venv()
    chosen = extras if install_torch(pip) else tuple(extra for extra in extras if extra != "train")
    pip.install("the packages of the lock", "-e", f".[{','.join(chosen)}]")
    write_stamp(ROOT, extras)
    print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
