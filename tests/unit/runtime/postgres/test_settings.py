"""How servers are configured."""

from __future__ import annotations

from grader.runtime.postgres.settings import (
    MAX_CONNECTIONS,
    RESERVED_CONNECTIONS,
    ROLE_CONNECTIONS,
    as_arguments,
    server_settings,
)


def test_settings_of_newer_versions_are_left_out_for_older_ones() -> None:
    assert "io_method" not in server_settings(17)
    assert "scram_iterations" not in server_settings(15)
    assert server_settings(18).keys() - server_settings(14).keys() == {"io_method", "scram_iterations"}


def test_both_roles_leave_room_for_the_harness() -> None:
    assert 2 * ROLE_CONNECTIONS <= MAX_CONNECTIONS - RESERVED_CONNECTIONS


def test_settings_are_spelled_as_arguments() -> None:
    assert as_arguments({"fsync": "off", "port": "1"}) == ["-c", "fsync=off", "-c", "port=1"]
