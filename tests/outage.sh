#!/usr/bin/env bash
# Takes PostgreSQL away under load for so many seconds (default 60), gives it back, checks, and tells latencies and memory:
#   tests/outage.sh [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export OUTAGE_SECONDS="${1:-60}"
project=tests/RealtimeAdoption.Server.Tests
dotnet build "$project" -c Release --nologo -v quiet --disable-build-servers
dotnet test "$project" -c Release --no-build --nologo --logger "console;verbosity=detailed" --filter "FullyQualifiedName~OutageTests"
