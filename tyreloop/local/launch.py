"""Start one program of the stack so that it ends with its parent, as another account when asked.

Run as a script (`python -I -S launch.py PARENT SIGNAL ACCOUNT COMMAND...`), standard library only: what is
set here must be set after the fork, in the process that becomes the program, and a thread-safe way to do that
is a program of its own. ACCOUNT is `-`, or `uid:gid`, with `:enter` where closed folders must be entered.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 4
CAPABILITY_VERSION_3 = 0x20080522
# Entering folders and reading files is all that is needed; containers often grant only the wider of the two.
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


class CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct` of the kernel; pid 0 is this process."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilitySets(ctypes.Structure):
    """`struct __user_cap_data_struct` of the kernel: three sets of 32 bits."""

    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def call_libc(name: str, *arguments: object) -> None:
    """Call one C function and turn its failure into an OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def reading_capability() -> int:
    """The narrowest capability we have that lets a program enter closed folders."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - no pathlib: starts faster
        line = next(line for line in status if line.startswith("CapPrm:"))
    permitted = int(line.split()[1], 16)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if permitted >> capability & 1:
            return capability
    raise PermissionError("no capability that enters closed folders")


def become(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def become_with_reading(uid: int, gid: int) -> None:
    """Give up root and every capability but the one that enters closed folders."""
    capability = reading_capability()
    # Without this the kernel drops the capability with root, and `access()`, by which Postgres looks for its
    # own files, would not count it.
    call_libc("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    become(uid, gid)
    bit = 1 << capability
    sets = (CapabilitySets * 2)(CapabilitySets(bit, bit, bit))
    call_libc("capset", ctypes.byref(CapabilityHeader(CAPABILITY_VERSION_3, 0)), sets)
    call_libc("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def end_with_parent(parent: int, signal_number: int) -> None:
    """Ask the kernel for a signal when the parent dies; leave at once if it is dead already."""
    if sys.platform != "linux":
        return  # elsewhere the next start ends what was left over
    call_libc("prctl", PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The program that started this one has ended.")


def main() -> None:
    """Change the account first: the kernel forgets the parent's signal when the account changes."""
    parent, number, account, *command = sys.argv[1:]
    if account != "-":
        uid, gid, *enter = account.split(":")
        (become_with_reading if enter else become)(int(uid), int(gid))
    end_with_parent(int(parent), int(number))
    os.execv(command[0], command)  # noqa: S606 - the command comes from the stack's own table


if __name__ == "__main__":
    main()
