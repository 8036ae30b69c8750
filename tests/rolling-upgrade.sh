#!/usr/bin/env bash
# Three silos of an older version are replaced one by one by this tree's under load, and one of them goes back and forward again; every acknowledged event must count once on every silo:
#   tests/rolling-upgrade.sh [OLDER]
# OLDER is any commit, built in a folder of its own; default: the last tag before this commit, and where there is none, the commit before this one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
older="$(git rev-parse --verify "${1:-$(git describe --tags --abbrev=0 HEAD~1 2>/dev/null || echo HEAD~1)}^{commit}")"
project=tests/RealtimeAdoption.Silo.Tests
folder="$(mktemp -d)"
ROLLING_UPGRADE_LOG="$folder/log"
export ROLLING_UPGRADE_LOG
: >"$ROLLING_UPGRADE_LOG"
finish() {
    if [[ -n "${shown:-}" ]]; then kill "$shown"; fi
    git worktree remove --force "$folder/tree" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
echo "from $(git log -1 --format='%h %s' "$older" | cut -c1-120)"
git worktree add --quiet --detach "$folder/tree" "$older"
(cd "$folder/tree" && dotnet build src/RealtimeAdoption.Silo -c Release --nologo -v quiet --disable-build-servers)
ROLLING_UPGRADE_FROM="$(compgen -G "$folder/tree/src/RealtimeAdoption.Silo/bin/Release/*/RealtimeAdoption.Silo.dll")"
export ROLLING_UPGRADE_FROM
dotnet build "$project" -c Release --nologo -v quiet --disable-build-servers
tail -n +1 -f "$ROLLING_UPGRADE_LOG" &
shown=$!
echo "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
dotnet test "$project" -c Release --no-build --nologo --filter "FullyQualifiedName~Silos_of_an_older_version"
