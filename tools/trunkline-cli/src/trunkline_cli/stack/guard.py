"""Runs a command that dies with its parent: `guard.py PARENT_PID [--userns] COMMAND...`.

It replaces itself by the command, so that the pid stays. It is started as a script by an isolated
interpreter, imports next to nothing, and has one thread, as both system calls below require; doing
this between fork and exec of a threaded program could deadlock.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_UNPRIVILEGED = 1000


def main(parent: int, command: list[str]) -> None:
    """Become the command, tied to the parent; `--userns` first gives up being root."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if command[0] == "--userns":
            command = command[1:]
            _leave_root(libc)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above: nobody will tell us
            sys.exit("the starting process has ended")
    os.execv(command[0], command)


def _leave_root(libc: ctypes.CDLL) -> None:
    """Enter a user namespace in which root's files belong to an ordinary user.

    PostgreSQL refuses to run as root. Inside, the process is user 1000; outside it is still root,
    so that no system user is needed and the data directory needs no other owner.
    """
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWUSER) != 0:
        sys.exit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    for name, line in (
        ("setgroups", "deny"),  # the kernel's condition for mapping a group without privileges
        ("uid_map", f"{_UNPRIVILEGED} {uid} 1"),
        ("gid_map", f"{_UNPRIVILEGED} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
