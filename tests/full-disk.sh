#!/usr/bin/env bash
# Fills the disk that a server under load writes to, gives it back and checks, on a file system of its own of so many MiB (default 256):
#   tests/full-disk.sh [MIB]
# Mounts one in memory, in a namespace of its own: as root, or where ordinary users may have namespaces.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=tests/RealtimeAdoption.Server.Tests
dotnet build "$project" -c Release --nologo -v quiet --disable-build-servers
disk="$(mktemp -d)"
trap 'rmdir "$disk"' EXIT
unshare --map-root-user --mount bash -euc '
    mount -t tmpfs -o "size=$2m" tmpfs "$1"
    FULL_DISK=1 TMPDIR="$1" dotnet test "$3" -c Release --no-build --nologo --logger "console;verbosity=detailed" --filter "FullyQualifiedName~DiskFullTests.While_the_journal_cannot_grow"
' _ "$disk" "${1:-256}" "$project"
