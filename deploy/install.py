"""`make up` begins here, before anything is installed: finds a Python that fits and goes on with it.

This file must run on any Python, however old, to say so in one sentence: no annotations, no f-strings.
"""

import os
import subprocess
import sys

NEWEST_FIRST = ("python3", "python3.13", "python3.12", "python3.11")
WORKS = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
NEXT_STEP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages.py")


def works(python):
    """Whether this Python exists, is one that the tests cover and can make a virtual environment."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([python, "-c", WORKS], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def none_fits():
    """The one sentence."""
    version = "{0}.{1}.{2}".format(*sys.version_info[:3])
    hint = "https://www.python.org/downloads"
    if os.path.exists("/usr/bin/apt"):
        hint = "apt install python3 python3-venv"
    elif sys.platform == "darwin":
        hint = "brew install python@3.13"
    return (
        "Tyreloop needs Python 3.11, 3.12 or 3.13 with its venv module, and {0} is {1}: "
        "install one ({2}) and run this again.".format(sys.executable, version, hint)
    )


def main():
    """Go on as the first Python that works; this one is asked first."""
    for python in (sys.executable,) + NEWEST_FIRST:
        if works(python):
            sys.stdout.flush()
            os.execvp(python, [python, NEXT_STEP] + sys.argv[1:])
    sys.exit(none_fits())


if __name__ == "__main__":
    main()
