"""How a disposable server is configured, wherever it runs: fast, small, and for one submission only."""

from __future__ import annotations

MAX_CONNECTIONS = 60
RESERVED_CONNECTIONS = 20
"""Kept for the harness: a submission that opens all connections it can does not lock the inspector out."""
ROLE_CONNECTIONS = 15
"""What one role may open at once; SQLAlchemy's default pool with its overflow."""
LARGEST_FILE = 256 * 1024 * 1024
"""In bytes: what one table or index may grow to where a server's disk space cannot be limited as a whole."""
TEMP_FILE_LIMIT = "256MB"


def server_settings(major: int) -> dict[str, str]:
    """Give the settings of a server, to be put on its command line, where nothing stored can override them.

    Args:
        major: PostgreSQL's major version; 14 or later.
    """
    settings = {
        # A server that is thrown away need not survive a crash of its machine. It has to survive one of its
        # own processes: a submission whose session is killed keeps what it committed, and that costs nothing.
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "local",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "64MB",
        # Small: each submission has one of its own.
        "shared_buffers": "16MB",
        "max_connections": str(MAX_CONNECTIONS),
        "superuser_reserved_connections": str(RESERVED_CONNECTIONS),
        "max_worker_processes": "0",
        "max_parallel_workers": "0",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "max_prepared_transactions": "0",
        "dynamic_shared_memory_type": "mmap",  # in the data folder, so that nothing can be left in /dev/shm
        # No work of its own accord: statistics, plans and timings of the small tables here need none.
        "autovacuum": "off",
        "jit": "off",
        "track_activities": "on",
        # A submission may not fill the disk by sorting, nor a log by failing.
        "temp_file_limit": TEMP_FILE_LIMIT,
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
    """Spell settings as arguments of `postgres`."""
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
