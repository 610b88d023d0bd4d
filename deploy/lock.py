"""`make lock`: every dependency, on every system and Python, resolved anew into the two lock files.

Versions that still fit stay as they are; `make lock ARGS=--upgrade` takes the newest.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    "pip",
    "compile",
    "--universal",
    "--all-extras",
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
)
HEADERS = {
    "requirements.lock": "# Every version, on any system and Python, and the hashes of its files",
    "torch.lock": "# What has other files on PyTorch's own index: the hashes are those of the usual one",
}


def main() -> None:
    """Resolve both together, then lay torch apart."""
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.lock"
        both.write_text("".join((ROOT / name).read_text("utf-8") for name in HEADERS), "utf-8")
        command = [str(Path(sys.executable).with_name("uv")), *COMPILE, "--quiet", "--python-version", "3.11"]
        subprocess.run(
            [*command, "--output-file", both, *sys.argv[1:], "pyproject.toml"], cwd=ROOT, check=True
        )
        blocks = re.findall(r"^[\w.-]+==.*(?:\n    .*)*\n", both.read_text("utf-8"), re.MULTILINE)
    for name, header in HEADERS.items():
        lines = (block for block in blocks if block.startswith("torch") == name.startswith("torch"))
        (ROOT / name).write_text(f"{header}. Made by `make lock`.\n{''.join(lines)}", "utf-8")


if __name__ == "__main__":
    main()
