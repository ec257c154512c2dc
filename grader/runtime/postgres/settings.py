"""The settings of a disposable server, wherever it runs: fast, small, and for one submission."""

from __future__ import annotations

from grader.runtime import memory

MAX_CONNECTIONS = 60
RESERVED_CONNECTIONS = 20
"""Connections for the harness alone: a submission that opens all others does not lock it out."""
ROLE_CONNECTIONS = 15
"""How many connections one role may have: SQLAlchemy's default pool with its overflow."""
SESSION_BYTES = 384 * 1024 * 1024
"""How much memory one process of a server may take for itself. Beyond it a statement fails with `out of
memory`, and nothing else is affected. Sorting and hashing write to disk long before."""
FIRST_TO_END = {
    "PG_OOM_ADJUST_FILE": "/proc/self/oom_score_adj",
    "PG_OOM_ADJUST_VALUE": str(memory.FIRST_TO_END),
}
"""Variables of a server. If memory runs out, the kernel ends the largest session, not the server itself."""
LARGEST_FILE = 256 * 1024 * 1024
"""The largest table or index in bytes, where the disk space of a server cannot be limited as a whole."""
MOST_DISK = 512 * 1024 * 1024
"""What all files of such a server may take in bytes: data, log and temporary files. A usual one has 90 MB."""
MOST_MEMORY = 512 * 1024 * 1024
"""What the processes of such a server may have in memory of their own, in bytes. A usual one has 40 MB."""


def server_settings(major: int) -> dict[str, str]:
    """The settings of a server. They belong on its command line, where no stored setting overrides them.

    Args:
        major: PostgreSQL's major version; 14 or later.
    """
    settings = {
        # A disposable server need not survive a crash of its machine. It has to survive the end of one of its
        # processes: a submission whose session is killed keeps what it has committed. That costs nothing.
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "local",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "64MB",
        "checkpoint_completion_target": "0",  # a long log is emptied at once
        # Small, as each submission has a server of its own.
        "shared_buffers": "16MB",
        "max_connections": str(MAX_CONNECTIONS),
        "superuser_reserved_connections": str(RESERVED_CONNECTIONS),
        "max_worker_processes": "0",
        "max_parallel_workers": "0",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "max_prepared_transactions": "0",
        "dynamic_shared_memory_type": "mmap",  # in the data folder, so that nothing is left in /dev/shm
        # No work in the background: the small tables here need no statistics.
        "autovacuum": "off",
        "jit": "off",
        "track_activities": "on",
        # A submission cannot fill the disk by sorting, or a log by errors.
        "temp_file_limit": "256MB",
        "logging_collector": "off",
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
        # The same answers on every machine.
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "ISO, MDY",
        "lc_messages": "C",
        "password_encryption": "scram-sha-256",
    }
    if major >= 16:  # noqa: PLR2004 - the version that has the setting
        settings["scram_iterations"] = "1"
    if major >= 18:  # noqa: PLR2004
        settings["io_method"] = "sync"
    return settings


def as_arguments(settings: dict[str, str]) -> list[str]:
    """Settings as arguments of `postgres`."""
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
