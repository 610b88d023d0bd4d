"""What can stop the local stack: each is one sentence that ends with the fix."""

from tyreloop.domain.errors import TyreloopError


class PortInUse(TyreloopError):
    """Another program listens on a port that the stack needs."""

    code = "port_in_use"


class FolderNotWritable(TyreloopError):
    """The data folder cannot be made or written."""

    code = "folder_not_writable"


class DiskTooFull(TyreloopError):
    """There is not enough free space for the stack to run."""

    code = "disk_too_full"


class ProgramMissing(TyreloopError):
    """A program or account that the stack needs is not on this machine."""

    code = "program_missing"


class StackFailed(TyreloopError):
    """A part of the stack would not start."""

    code = "stack_failed"
