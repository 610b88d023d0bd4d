"""Makes `.venv` and brings what the lock says, once; the next time it only looks at a stamp.

`uv` does the work, itself brought by the lock; where it cannot be had, pip does. Every file that comes must
have one of the hashes of `requirements.lock`. Torch is pinned in `torch.lock`: the build for the processor is
another file on each index, so only the usual index's files have their hashes there.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = ("api", "ui", "jobs", "worker", "local")  # a verdict, a vote and the whole stack around them
EXTRAS = (*FIRST, "train", "imagenet", "dev")
GIGABYTES = {
    ("api", "ui"): (0.3, 1.0),
    ("train", "torch"): (0.3, 1.0),
    ("dev",): (0.1, 0.4),
}  # to download, and on disk
CPU_INDEX = os.environ.get("TORCH_INDEX", "https://download.pytorch.org/whl/cpu")
NOISE = re.compile(
    r" [+~-] |Using Python| Downloaded|Collecting|Requirement already| +(Using cached|Downloading .*metadata)"
)
GPU_PACKAGE = re.compile(r"\b(nvidia|cuda|triton)-", re.IGNORECASE)
LEFT_OUT = (
    f"Training is left out: this machine has no NVIDIA card, {CPU_INDEX} cannot be reached, and the usual "
    "torch would bring GPU packages of several gigabytes. Everything else works. Once that address can be "
    "reached, `rm -f .venv/tyreloop-stamp.json` and this again add it."
)
UV_NAMES = {  # pip's settings, and what uv calls the same
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}


class InstallRefused(Exception):
    """One sentence: what is in the way, and the fix."""


def main() -> None:
    """Install unless everything is as it should be; refuse in one sentence what cannot work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="more", choices=("train",), help="also what trainings need")
    parser.add_argument("--dev", action="store_true", help="everything, and what the tests and checks need")
    parser.add_argument("--only", help="these extras of pyproject.toml, as `api,s3`: for an image")
    options = parser.parse_args()
    wanted = tuple(options.only.split(",")) if options.only else FIRST
    wanted = EXTRAS if options.dev else (*wanted, "train") if options.more else wanted
    try:
        if not is_fresh(ROOT, wanted):
            with one_at_a_time(ROOT):
                if not is_fresh(ROOT, wanted):
                    Installation(ROOT).bring(wanted)
    except InstallRefused as refusal:
        sys.exit(str(refusal))
    except KeyboardInterrupt:
        sys.exit("\nStopped; run this again to go on.")


class Installation:
    """The `.venv` of one checkout, and the program that fills it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.python = root / ".venv" / "bin" / "python"
        self.lock = root / "requirements.lock"
        self.install: tuple[str, ...] = ()  # the command that all packages come by

    def bring(self, extras: tuple[str, ...]) -> None:
        """Everything, in an order that never brings the GPU's packages onto a machine without one."""
        began = time.monotonic()
        announce_size(self.root, {*extras} - {*known_extras(self.root)})
        self.make_venv()
        self.install = self.choose_installer()
        chosen = {*extras}
        if chosen & {"train", "torch"} and not self.bring_torch(extras):
            if "dev" not in extras:  # the tests and checks need other things too
                raise InstallRefused(LEFT_OUT)
            print(LEFT_OUT, flush=True)
            chosen -= {"train", "torch"}
        self.run(*self.held_to_lock(), *requirements(self.root, chosen))
        self.run("--no-deps", "--no-build-isolation", "--editable", ".")
        write_stamp(self.root, extras)
        print(f"Installed in {time.monotonic() - began:.0f} s.", flush=True)

    def make_venv(self) -> None:
        """Make `.venv`, unless its Python runs: it does not when that has gone or the folder was moved."""
        probe = run_quietly(self.python, "-c", "import sys, pip; print(sys.prefix)")
        if probe.returncode or Path(probe.stdout.strip()).resolve() != (self.root / ".venv").resolve():
            made = run_quietly(sys.executable, "-m", "venv", "--clear", self.root / ".venv")
            if made.returncode:
                raise InstallRefused(f"{made.stdout}.venv could not be made; its last words stand above.")

    def choose_installer(self) -> tuple[str, ...]:
        """uv, or else a pip that knows hashes in constraints; both from the lock."""
        pip = (str(self.python), "-m", "pip", "--disable-pip-version-check", "--no-input")
        if run_quietly(*pip, "install", "--retries=1", *self.locked_file("uv")).returncode == 0:
            uv = self.python.with_name("uv")
            return (str(uv), "pip", "install", "--python", str(self.python))
        print("uv cannot be had here; pip goes on, which takes longer.", flush=True)
        self.install = (*pip, "install")
        self.run("--quiet", *self.locked_file("pip"))
        return self.install

    def locked_file(self, name: str) -> tuple[str, ...]:
        """Arguments that bring one package, held to its hashes, before anything can read the whole lock."""
        block = re.search(rf"^{name}==.*(?:\n    .*)*", self.lock.read_text("utf-8"), re.MULTILINE)
        if not block:
            raise InstallRefused(f"requirements.lock does not name {name}: run `make lock`.")
        file = self.root / ".venv" / f"{name}.lock"
        file.write_text(block[0] + "\n", "utf-8")
        return ("--no-deps", "--require-hashes", "--requirement", str(file))

    def held_to_lock(self) -> tuple[str, ...]:
        return ("--constraint", str(self.lock))

    def bring_torch(self, extras: Sequence[str]) -> bool:
        """Bring torch before the rest, which then finds it there; False when it is better left out."""
        lock = self.root / "torch.lock"
        names = r"torch\w*" if "train" in extras else "torch"
        pins = re.findall(rf"^{names}==[^ \n]+", lock.read_text("utf-8"), re.MULTILINE)
        if all(is_installed(self.root, pin) for pin in pins):
            return True
        if sys.platform != "linux" or has_nvidia_gpu():
            self.run(*self.held_to_lock(), "--requirement", str(lock))
        elif cpu_index_answers():
            self.run("--no-deps", "--index-url", CPU_INDEX, *pins)
        else:
            asked = run_quietly(*self.install, "--dry-run", *pins, env=self.environment())
            if GPU_PACKAGE.search(asked.stdout):
                return False
            self.run("--no-deps", *pins)
        return True

    def run(self, *arguments: str) -> None:
        """Run the installer without its long lists; when it fails, one sentence comes below its own words."""
        # Who runs `make` chose the indexes that it asks.
        with (
            signs_of_life(self.root),
            subprocess.Popen(
                [*self.install, *arguments],
                cwd=self.root,
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as installer,
        ):
            for line in installer.stdout or ():
                if not NOISE.match(line):
                    print(f"  {line}", end="", flush=True)
        if installer.returncode:
            raise InstallRefused(
                "Not everything could be installed; the reason stands above. Once it is mended "
                "(most often: a network, or space on the disk), run this again to go on."
            )

    def environment(self) -> dict[str, str]:
        """What the person set for uv goes before what they set for pip."""
        listed = run_quietly(self.python, "-m", "pip", "config", "list").stdout
        return {**settings_for_uv(listed), **os.environ}


def settings_for_uv(pip_config: str) -> dict[str, str]:
    """`pip config list` as uv's environment, for uv reads neither pip's files nor its variables."""
    known = {}
    for section in ("global", "install", ":env:"):  # the last one wins, as it does for pip
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", pip_config, re.MULTILINE):
            words = str(ast.literal_eval(value)).split()
            if name in UV_NAMES:
                known[UV_NAMES[name]] = ("," if name == "find-links" else " ").join(words)
    if "UV_INDEX" in known:  # pip looks into all indexes; uv would stop at the first that knows the name
        known["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return known


def requirements(root: Path, extras: Collection[str]) -> list[str]:
    """The lines of pyproject.toml that these extras bring."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in ("setup", *extras) for line in optional[extra])]


def announce_size(root: Path, missing: set[str]) -> None:
    """Say what will come, and refuse to begin what would fill the disk."""
    parts = [size for part, size in GIGABYTES.items() if missing & {*part}]
    download, disk = (sum(column) for column in zip(*parts, strict=True)) if parts else (0.0, 0.1)
    free = shutil.disk_usage(root).free / 1e9
    if free < disk + download:  # what was downloaded stays in the installer's cache
        raise InstallRefused(
            f"Only {free:.1f} GB are free where {root} lies and {disk + download:.1f} GB are needed: "
            "free some space, or clone the project onto another disk."
        )
    print(f"Installing into .venv: up to {download:.1f} GB to download, {disk:.1f} GB on disk.", flush=True)


def is_installed(root: Path, pin: str) -> bool:
    """Whether this version is there already, whatever its build."""
    name, version = pin.split("==")
    # The star stands for a local label such as `+cpu`.
    return any(root.glob(f".venv/lib/python3.*/site-packages/{name}-{version}*.dist-info"))


def has_nvidia_gpu() -> bool:
    """Whether a driver for an NVIDIA card is at work here."""
    places = (Path("/proc/driver/nvidia"), Path("/dev/nvidia0"))
    return shutil.which("nvidia-smi") is not None or any(place.exists() for place in places)


def cpu_index_answers() -> bool:
    """Whether PyTorch's index can be reached from here, asked for three seconds."""
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=3.0) as answer:  # noqa: S310 - https
            return bool(answer.status == 200)
    except OSError:
        return False


def run_quietly(
    *command: str | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program whose words matter only if it fails; one that is not there has failed too."""
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, str(error))


@contextmanager
def signs_of_life(root: Path, *, every_seconds: float = 10.0) -> Iterator[None]:
    """While packages are fetched and unpacked, which is silent: how long so far, and how much has come."""
    began, free, over = time.monotonic(), shutil.disk_usage(root).free, threading.Event()

    def tell() -> None:
        while not over.wait(every_seconds):
            written = max(0, free - shutil.disk_usage(root).free) / 1e9
            print(f"  ... {time.monotonic() - began:.0f} s, {written:.1f} GB so far", flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Two installations at once in one checkout take turns."""
    try:
        lock = (root / ".install-lock").open(
            "w"
        )  # really write: permission bits do not tell of read-only disks
    except OSError as error:
        raise InstallRefused(
            f"This folder cannot be written ({error.strerror}): {root}. "
            "Clone the project into a folder of yours and run this again."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another shell is installing here; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_fresh(root: Path, extras: Sequence[str]) -> bool:
    """Whether at least these extras are installed from the files as they are now."""
    return {*extras} <= {*known_extras(root)}


def known_extras(root: Path) -> list[str]:
    """What was installed from the files as they are now."""
    try:
        stamp = json.loads(stamp_file(root).read_text("utf-8"))
        return list(stamp["extras"]) if stamp["sources"] == fingerprint(root) else []
    except (OSError, ValueError, KeyError):
        return []


def write_stamp(root: Path, extras: Sequence[str]) -> None:
    """Remember; what was installed before from the same files is still there."""
    stamp = {"sources": fingerprint(root), "extras": sorted({*extras, *known_extras(root)})}
    stamp_file(root).write_text(json.dumps(stamp), "utf-8")


def fingerprint(root: Path) -> str:
    """One number for all that decides what comes; the folder too, because `--editable` points at it."""
    texts = [(root / name).read_bytes() for name in ("pyproject.toml", "requirements.lock", "torch.lock")]
    return hashlib.sha256(b"\0".join([str(root).encode(), *texts])).hexdigest()


def stamp_file(root: Path) -> Path:
    """Inside `.venv`: whoever removes the folder removes the stamp."""
    return root / ".venv" / "tyreloop-stamp.json"


if __name__ == "__main__":
    main()
