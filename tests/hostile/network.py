"""Submissions that look for a way out: other hosts, services of this one, the databases of others."""

from __future__ import annotations

from tests.catalogue.case import Case, extra

REACHED = "reached"
"""What the submission prints of whatever it gets to."""
SEARCH = """\
import os
import socket
from pathlib import Path

import psycopg2

tried = []

def reach(family, address):
    tried.append(address)
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(address)
        except OSError:
            return
        print("reached", address)

devices = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
if devices == ["lo"]:
    for host in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "172.17.0.1", "192.0.2.1"):
        reach(socket.AF_INET, (host, 80))
    reach(socket.AF_INET6, ("fd00:ec2::254", 80))
else:  # nothing is ever sent from a machine that would send it
    print("reached a network by", devices)
for port in (22, 53, 80, 443, 631, 2375, 2376, 5432, 6443, 8080, 10250):
    reach(socket.AF_INET, ("127.0.0.1", port))
for pattern in ("run/docker.sock", "var/run/docker.sock", "tmp/**/.s.PGSQL.*", "dev/shm/**/.s.PGSQL.*"):
    for path in Path("/").glob(pattern):
        reach(socket.AF_UNIX, str(path))
for name in ("/run/docker.sock", "/tmp/.X11-unix/X0", "\\0/tmp/.X11-unix/X0", "\\0/containerd-shim"):
    reach(socket.AF_UNIX, name)

url, _, own = os.environ["DIRECT_URL"].rpartition("/")
for name in op.get_bind().exec_driver_sql("SELECT datname FROM pg_catalog.pg_database").scalars().all():
    tried.append(name)
    try:
        psycopg2.connect(f"{url}/{name}", connect_timeout=2).close()
    except psycopg2.OperationalError:
        continue
    if name != own:
        print("reached the database", name)
print("tried", len(tried))"""

NETWORK: tuple[Case, ...] = (
    Case(
        "hostile_network",
        "A revision tries other hosts, this machine's services and the databases of others.",
        (extra(SEARCH),),
    ),
)
"""Ways out."""
