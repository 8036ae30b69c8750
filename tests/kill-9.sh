#!/usr/bin/env bash
# Kills the server with -9 under load, restarts it and checks, so many times (default 20) on each store, or on one:
#   tests/kill-9.sh [--store sqlite|postgres] [--least EVENTS_PER_SECOND] [CYCLES] [SEED]
# On PostgreSQL its own server is killed with -9, too, in two of five cycles. A run whose load stays below --least (default 20000) events a second fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
stores=(sqlite postgres) least=20000
while [[ "${1:-}" == --* ]]; do
    case "$1" in
        --store) stores=("${2:?}") ;;
        --least) least="${2:?}" ;;
        *) sed -n '2,4s/^# \?//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done
export KILL_9_CYCLES="${1:-20}" KILL_9_SEED="${2:-$RANDOM}" KILL_9_EVENTS_PER_SECOND="$least"
KILL_9_LOG="$(mktemp)"
export KILL_9_LOG
project=tests/RealtimeAdoption.Server.Tests
dotnet build "$project" -c Release --nologo -v quiet --disable-build-servers
tail -n +1 -f "$KILL_9_LOG" &
trap 'kill %1; rm -f "$KILL_9_LOG"' EXIT
for store in "${stores[@]}"; do
    case "$store" in
        sqlite) test=After_kill_9_under_load ;;
        postgres) test=On_PostgreSQL_too_and_when_its_own_server_is_killed ;;
        *) echo "--store is sqlite or postgres, not '$store'." >&2; exit 2 ;;
    esac
    echo "$store: $KILL_9_CYCLES cycles, seed $KILL_9_SEED, load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
    dotnet test "$project" -c Release --no-build --nologo --filter "FullyQualifiedName~KillNineTests&FullyQualifiedName~$test"
    echo "load of the machine afterwards: $(cut -d' ' -f1-3 /proc/loadavg)"
done
