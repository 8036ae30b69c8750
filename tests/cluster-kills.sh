#!/usr/bin/env bash
# Three silos under load, one of which is killed with -9 and started again every 20 s, for so many minutes (default 10), with a wall in a browser on one that is never killed and on one that comes back.
# In the end every acknowledged event must count once on every silo; no wall may ever show a wrong number, or be loaded again:
#   tests/cluster-kills.sh [MINUTES] [SEED]
# CLUSTER_KILLS_PICTURES=FOLDER keeps pictures of both walls, while a silo is away and when it is back.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CLUSTER_KILLS_MINUTES="${1:-10}" CLUSTER_KILLS_SEED="${2:-$RANDOM}"
if [[ -n "${CLUSTER_KILLS_PICTURES:-}" ]]; then
    mkdir -p "$CLUSTER_KILLS_PICTURES"
    CLUSTER_KILLS_PICTURES="$(realpath "$CLUSTER_KILLS_PICTURES")"
    export CLUSTER_KILLS_PICTURES
fi
CLUSTER_KILLS_LOG="$(mktemp)"
export CLUSTER_KILLS_LOG
project=tests/RealtimeAdoption.Silo.Tests
dotnet build "$project" -c Release --nologo -v quiet --disable-build-servers
tail -n +1 -f "$CLUSTER_KILLS_LOG" &
trap 'kill %1; rm -f "$CLUSTER_KILLS_LOG"' EXIT
echo "seed $CLUSTER_KILLS_SEED, load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
dotnet test "$project" -c Release --no-build --nologo --filter "FullyQualifiedName~Killed_every_20_s"
echo "load of the machine afterwards: $(cut -d' ' -f1-3 /proc/loadavg)"
