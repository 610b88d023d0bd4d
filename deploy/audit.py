"""`make audit`: known weaknesses of the packages in the lock, by pip-audit, in a place of its own.

What could not be looked up is not called sound: it is named, and the command fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".venv" / "audit"
UNREACHABLE = (
    "Nothing was checked: whoever knows of weak packages (the package index) cannot be reached from here. "
    "Try again where it can be."
)


def main() -> int:
    """Bring pip-audit, ask it, say what it says."""
    python = TOOLS / "bin" / "python"
    if not (TOOLS / "bin" / "pip-audit").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
        lock = str(ROOT / "deploy" / "audit.lock")
        install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
        if subprocess.run([python, *install], check=False).returncode:
            sys.stderr.write("pip-audit could not be installed; its last words stand above.\n")
            return 2
    asked = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    locks = [word for name in ("requirements.lock", "torch.lock") for word in ("-r", ROOT / name)]
    done = subprocess.run(
        [TOOLS / "bin" / "pip-audit", *asked, *locks], capture_output=True, text=True, check=False
    )
    code, lines = verdict(done.stdout)
    print("\n".join(lines))
    return code


def verdict(report: str) -> tuple[int, list[str]]:
    """The exit code and what to say: 0 sound, 1 weak, 2 not known."""
    try:
        found: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return 2, [UNREACHABLE]
    unknown = [one["name"] for one in found if "skip_reason" in one]
    if len(unknown) == len(found):
        return 2, [UNREACHABLE]
    weak = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {' or '.join(flaw['fix_versions']) or '-'}"
        for one in found
        for flaw in one.get("vulns", ())
    ]
    lines = weak or [f"No known weakness in {len(found) - len(unknown)} packages."]
    if unknown:
        lines.append(f"Not known to the package index, and so not checked: {', '.join(sorted(unknown))}.")
    return (1 if weak else 2 if unknown else 0), lines


if __name__ == "__main__":
    sys.exit(main())
