#!/usr/bin/env bash
# Kills the server with -9 under load, restarts it and counts, so many times (default 20):
#   tests/kill-9.sh [CYCLES] [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export KILL_9_CYCLES="${1:-20}" KILL_9_SEED="${2:-$RANDOM}"
KILL_9_LOG="$(mktemp)"
export KILL_9_LOG
project=tests/RealtimeAdoption.Server.Tests
dotnet build "$project" -c Release --nologo -v quiet
echo "$KILL_9_CYCLES cycles, seed $KILL_9_SEED"
tail -n +1 -f "$KILL_9_LOG" &
trap 'kill %1; rm -f "$KILL_9_LOG"' EXIT
dotnet test "$project" -c Release --no-build --nologo --filter "FullyQualifiedName~KillNineTests"
