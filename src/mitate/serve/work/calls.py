"""Which system calls a process may still make: a filter that it puts on itself for good (seccomp(2), Linux).

The wall (`wall`) says which files may be opened; it says nothing of signals, other processes, sockets and of
what changes a file by its name alone (`truncate`, `chmod`). Whoever takes over a decoder can ask for those,
too, and gets "not permitted", or nothing comes of it. Numbers: the kernel's tables ``asm/unistd_64.h`` and
``asm-generic/unistd.h``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator

__all__ = ["filter_calls", "program"]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000  # linux/seccomp.h
_NUMBER, _ARCH, _FIRST = 0, 4, 16  # offsets in struct seccomp_data; the first argument's lower half
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000  # numbers from here on are another interface of x86-64

_Table = dict[str, tuple[int | None, int | None]]
# Name: number on x86-64, on 64-bit ARM; None where there is no such call.
_REFUSED: _Table = {
    # other programs, other processes
    **{"fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281)},
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"process_madvise": (440, 440), "kcmp": (312, 272), "pidfd_open": (434, 434)},
    **{"pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130)},
    **{"setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119)},
    **{"sched_setparam": (142, 118), "sched_setattr": (314, 274), "migrate_pages": (256, 238)},
    **{"move_pages": (279, 239), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190)},
    "mq_open": (240, 180),
    # networks, and the way round this filter
    **{"socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425)},
    **{"io_uring_enter": (426, 426), "io_uring_register": (427, 427)},
    # files by their names, past the wall
    **{"truncate": (76, 45), "chown": (92, None), "lchown": (94, None), "fchown": (93, 55)},
    **{"fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7)},
    **{"setxattrat": (463, 463), "removexattr": (197, 14), "lremovexattr": (198, 15)},
    **{"fremovexattr": (199, 16), "removexattrat": (466, 466), "file_setattr": (469, 469)},
    **{"open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264)},
    # the system itself
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51)},
    **{"unshare": (272, 97), "setns": (308, 268), "move_mount": (429, 429), "open_tree": (428, 428)},
    **{"open_tree_attr": (467, 467), "fsopen": (430, 430), "fsconfig": (431, 431)},
    **{"fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "bpf": (321, 280)},
    **{"perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219)},
    **{"add_key": (248, 217), "request_key": (249, 218), "init_module": (175, 105)},
    **{"finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104)},
    **{"kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225)},
    **{"acct": (163, 89), "quotactl": (179, 60), "fanotify_init": (300, 262), "personality": (135, 92)},
    **{"syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112)},
    **{"clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161)},
    "setdomainname": (171, 162),
}
# Said to be done, and not done: libraries set modes and times of their own files, which may stay as they are.
_UNFELT: _Table = {
    **{"chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452)},
    **{"utime": (132, None), "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None)},
}
# Of these the process may name itself: `abort` sends a signal, `getrlimit` asks about 0, which is oneself.
_ITSELF: _Table = {
    **{"kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138)},
    **{"rt_tgsigqueueinfo": (297, 240), "prlimit64": (302, 261)},
}
_CLONE: tuple[int, int] = (56, 220)
_CLONE3 = 435  # its flags lie in memory, where no filter can look: libraries then take `clone`
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column, AUDIT_ARCH of linux/audit.h


def filter_calls() -> bool:
    """Refuse from now on what no decoder needs; threads may be started, processes not. Whether that holds.

    Must be called with no new privileges set (`limits`), before threads are started.
    """
    machine = os.uname().machine if sys.platform == "linux" else ""
    if machine not in _MACHINES or sys.byteorder != "little" or sys.maxsize < 2**32:
        return False
    column, arch = _MACHINES[machine]
    lines = list(program(column, arch, os.getpid()))
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in lines))
    told = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(lines), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(told), 0, 0) == 0)


def program(column: int, arch: int, pid: int) -> Iterator[tuple[int, int, int, int]]:
    """The filter as instructions of the Berkeley packet filter: code, jump if so, jump if not, value.

    Args:
        column: of the tables.
        arch: the interface that these numbers are of; calls by another end the process.
        pid: of the process that filters itself.
    """
    refuse = (_RETURN, 0, 0, _REFUSE | errno.EPERM)
    yield (_LOAD, 0, 0, _ARCH)
    yield (_IF_EQUAL, 1, 0, arch)
    yield (_RETURN, 0, 0, _KILL)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_IF_AT_LEAST, 0, 1, _X32)
    yield refuse
    for table, answer in ((_REFUSED, refuse), (_UNFELT, (_RETURN, 0, 0, _REFUSE))):
        for numbers in table.values():
            if (number := numbers[column]) is not None:
                yield (_IF_EQUAL, 0, 1, number)
                yield answer
    yield (_IF_EQUAL, 0, 1, _CLONE3)
    yield (_RETURN, 0, 0, _REFUSE | errno.ENOSYS)
    yield (_IF_EQUAL, 0, 4, _CLONE[column])
    yield (_LOAD, 0, 0, _FIRST)
    yield (_IF_BITS, 0, 1, _CLONE_THREAD)
    yield (_RETURN, 0, 0, _ALLOW)
    yield refuse
    for name, numbers in _ITSELF.items():
        yield (_IF_EQUAL, 0, 5, numbers[column] or 0)
        yield (_LOAD, 0, 0, _FIRST)
        yield (_IF_EQUAL, 2, 0, pid)
        yield (_IF_EQUAL, 1, 0, 0 if name == "prlimit64" else pid)
        yield refuse
        yield (_RETURN, 0, 0, _ALLOW)
    yield (_RETURN, 0, 0, _ALLOW)
