"""What the releases of Python since 3.12 have added to the standard library, and taken from it.

Source: "What's New in Python", the sections on new and removed modules, classes and functions. Only what a
web project may use. A module stands under its name, anything in it under `module.name`.
"""

from __future__ import annotations

from collections.abc import Mapping


def _by_name(releases: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: release for release, names in releases.items() for name in names}


ADDED: Mapping[str, str] = _by_name(
    {
        "3.12": (
            *("calendar.Day", "calendar.Month", "collections.abc.Buffer", "inspect.BufferFlags"),
            *("inspect.markcoroutinefunction", "itertools.batched", "math.sumprod", "PosixPath.walk"),
            *("random.binomialvariate", "sqlite3.Blob", "types.get_original_bases", "typing.override"),
            *("typing.TypeAliasType",),
        ),
        "3.13": (
            *("copy.replace", "dbm.sqlite3", "enum.EnumDict", "math.fma", "os.process_cpu_count"),
            *(
                "pathlib.UnsupportedOperation",
                "PosixPath.full_match",
                "queue.ShutDown",
                "types.CapsuleType",
                "typing.get_protocol_members",
            ),
            *("typing.is_protocol", "typing.NoDefault", "typing.ReadOnly", "typing.TypeIs"),
            *("warnings.deprecated", "asyncio.QueueShutDown"),
        ),
        "3.14": (
            *("PosixPath.copy", "PosixPath.copy_into", "PosixPath.move", "PosixPath.move_into"),
            *("annotationlib", "compression", "compression.zstd", "concurrent.interpreters"),
            *("functools.Placeholder", "heapq.heapify_max", "heapq.heappop_max", "heapq.heappush_max"),
            *("pathlib.types", "string.templatelib", "uuid.uuid6", "uuid.uuid7", "uuid.uuid8"),
        ),
    }
)
"""Each name with the first release that has it."""
REMOVED: Mapping[str, str] = _by_name(
    {
        "3.12": (
            *("asynchat", "asyncore", "distutils", "distutils.util", "distutils.version", "imp", "smtpd"),
            *("configparser.SafeConfigParser", "ssl.wrap_socket"),
        ),
        "3.13": (
            *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib"),
            *(
                "nis",
                "nntplib",
                "ossaudiodev",
                "pipes",
                "sndhdr",
                "spwd",
                "sunau",
                "telnetlib",
                "uu",
                "xdrlib",
            ),
            *("locale.resetlocale", "unittest.makeSuite"),
        ),
        "3.14": (
            *("ast.Bytes", "ast.Ellipsis", "ast.NameConstant", "ast.Num", "ast.Str", "pkgutil.find_loader"),
            *("pkgutil.get_loader", "pty.master_open", "urllib.parse.Quoter"),
        ),
    }
)
"""Each name with the first release that does not have it any more."""
