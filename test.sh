#!/usr/bin/env bash
# Sets up what the tests need, builds everything in Release, runs every test and ends with the line
#   N passed, N failed, N skipped
# The exit code is 0 only if something ran and nothing failed.
#
#   ./test.sh            all tests
#   ./test.sh Scoring    only test projects whose name contains the word (Board: the board's own npm tests)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

only="${1:-}"
results="$PWD/TestResults"
limit="${TEST_LIMIT:-45m}" # for one test project; a slow machine needs more than its share
passed=0 failed=0 skipped=0
lines=()

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A build server that outlives the script would hold its output open.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

finish() {
    echo
    if ((${#lines[@]})); then printf '%s\n' "${lines[@]}"; fi
    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0 && passed > 0)) || exit 1
    exit 0
}

# stop MESSAGE: nothing more can run; that is a failure, not a skip.
stop() {
    lines+=("FAILED  $1")
    ((failed++))
    finish
}

# package COMMAND PACKAGES...: makes sure that a command is there.
package() {
    local command="$1"
    shift
    command -v "$command" >/dev/null && return
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        stop "'$command' is missing. Install it (on Debian and Ubuntu: sudo apt-get install $*) and run this again."
    fi
    echo "Installing $*"
    [[ -n "${apt_updated:-}" ]] || apt-get update -qq
    apt_updated=1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || stop "apt-get install $* failed."
}

# fit_node: the board's tools need a newer Node.js than some distributions ship; npm has it as a package.
fit_node() {
    local fit='const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'
    node -e "$fit" && return
    local tools="$PWD/artifacts/node"
    if [[ ! -x "$tools/node_modules/node/bin/node" ]]; then
        echo "Installing node 22 into artifacts/node ($(node --version) is too old)"
        npm install --no-save --prefix "$tools" --no-audit --no-fund --loglevel=error node@22 || stop "Node.js $(node --version) is too old, and npm could not bring node 22. Install Node.js 22."
    fi
    export PATH="$tools/node_modules/node/bin:$PATH"
}

# browser: Chromium goes by several names.
browser() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then
            CHROMIUM="$(command -v "$name")"
            export CHROMIUM
            return
        fi
    done
    package chromium chromium fonts-dejavu-core
    CHROMIUM="$(command -v chromium)"
    export CHROMIUM
}

# postgres: Debian keeps the server's programs out of the PATH.
postgres() {
    compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || package initdb postgresql
}

# npm_ci FOLDER: installs what the lock file says, once per lock file.
npm_ci() {
    local stamp="$1/node_modules/.installed-from"
    if [[ -f "$stamp" ]] && cmp -s "$stamp" "$1/package-lock.json"; then return; fi
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) || stop "npm ci in $1 failed."
    cp "$1/package-lock.json" "$stamp"
}

# add NAME PASSED FAILED SKIPPED SECONDS
add() {
    ((passed += $2, failed += $3, skipped += $4))
    local word=ok
    (($3)) && word=FAILED
    lines+=("$(printf '%-7s %-40s %5d passed %4d failed %4d skipped %5ds' "$word" "$1" "$2" "$3" "$4" "$5")")
}

# run_tests PROJECT [COMMAND...]: runs one test project, under a command if one is given.
run_tests() {
    local project="$1" name started=$SECONDS code=0
    shift
    name="$(basename "$project" .csproj)"
    echo
    echo "== $name"
    rm -f "$results/$name.trx" "$results/$name.ended"
    "$@" timeout --kill-after=20s "$limit" dotnet test "$project" -c Release --no-build --nologo --results-directory "$results" \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" || code=$?
    echo "$code $((SECONDS - started))" >"$results/$name.ended"
}

# count_tests PROJECT: reads the counts from the TRX file, which is there even if the console output is not.
count_tests() {
    local name code seconds trx total executed good
    name="$(basename "$1" .csproj)"
    read -r code seconds <"$results/$name.ended"
    trx="$results/$name.trx"
    if [[ ! -f "$trx" ]]; then
        lines+=("FAILED  $name left no results (exit code $code)")
        ((failed++))
        return
    fi
    total="$(counter "$trx" total)" executed="$(counter "$trx" executed)" good="$(counter "$trx" passed)"
    local bad=$((executed - good))
    # A crashed or overrun run counts as a failure even where every finished test had passed.
    ((code != 0 && bad == 0)) && bad=1
    add "$name" "$good" "$bad" $((total - executed)) "$seconds"
    if ((bad)); then lines+=("$(failures "$trx")"); fi
}

# failures TRX: the names of the tests that failed, and the first lines of what each says.
failures() {
    awk 'function tell(line) { if (told++ < 15) print "            " substr(line, 1, 1000) }
        /<UnitTestResult / && /outcome="Failed"/ { match($0, /testName="[^"]*"/); print "        " substr($0, RSTART + 10, RLENGTH - 11); told = 0; inside = 1 }
        inside && /<Message>/ { sub(/.*<Message>/, ""); says = 1 }
        says { ends = sub(/<\/Message>.*/, ""); tell($0); if (ends) says = 0 }
        /<\/UnitTestResult>/ { inside = 0 }' "$1"
}

counter() {
    local value
    value="$(grep -o "<Counters [^>]*" "$1" | head -n 1 | grep -o "\b$2=\"[0-9]*\"" | head -n 1 | tr -dc 0-9)"
    echo "${value:-0}"
}

# board_tests: the board's own tests (npm test) write the counts of node's runner or vitest.
board_tests() {
    [[ -f src/board/package.json ]] && grep -q '"test"' src/board/package.json || return
    local started=$SECONDS code=0 log="$results/board.log" good bad none
    echo
    echo "== src/board"
    # The build has installed the board's packages, unless it was told to leave the board alone.
    [[ -d src/board/node_modules ]] || npm_ci src/board
    (cd src/board && CI=true NO_COLOR=1 FORCE_COLOR=0 timeout --kill-after=20s "$limit" npm test 2>&1) | tee "$log" || code=$?
    # node:  "# pass 3" or "ℹ pass 3";  vitest:  "Tests  3 passed | 1 skipped (4)".
    good="$(board_count "$log" pass passed)" bad="$(board_count "$log" fail failed)" none="$(board_count "$log" skipped skipped)"
    ((code != 0 && bad == 0)) && bad=1
    ((code == 0 && good == 0)) && bad=1
    add src/board "$good" "$bad" "$none" $((SECONDS - started))
}

board_count() {
    local value
    value="$(sed 's/\x1b\[[0-9;]*m//g' "$1" | sed -nE "s/^(#|ℹ) $2 ([0-9]+)\$/\2/p; s/^ *Tests .*[^0-9]([0-9]+) $3.*/\1/p" | tail -n 1)"
    echo "${value:-0}"
}

command -v dotnet >/dev/null || stop "'dotnet' is missing. Install the .NET 10 SDK (https://dot.net) and run this again."
package node nodejs npm
package npm npm
fit_node
browser
postgres
package strace strace
mkdir -p "$results"

echo "== build"
# One compiler for all projects, which has to warm up once; it goes with the build.
UseSharedCompilation=true dotnet build RealtimeAdoption.sln -c Release --nologo -v quiet
built=$?
dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1
((built == 0)) || stop "The build failed."
# The build has asked whether the Orleans host's packages are to be had (orleans/README.md); where they are not, it says here why.
left_out="$(cat artifacts/orleans/left-out)"
if [[ -n "$left_out" ]]; then
    echo "$left_out"
    lines+=("left out $left_out")
fi
for lock in tests/*/*/package-lock.json; do
    if [[ -f "$lock" ]]; then npm_ci "$(dirname "$lock")"; fi
done

# Two lanes: what waits most of the time, for servers that it starts, kills and keeps from their store; and all the rest beside it, of which what mostly computes comes last and has what processor time is left.
waiting=() quick=() computing=()
for project in tests/*.Tests/*.csproj tests/RealtimeAdoption.Simulation/*.csproj; do
    if [[ -n "$left_out" && "$project" == *Silo.Tests* ]]; then continue; fi
    if [[ -n "$only" && "$project" != *"$only"* ]]; then continue; fi
    case "$project" in
        *Server.Tests* | *Silo.Tests*) waiting+=("$project") ;;
        *Engine.Tests* | *ModelFile.Tests* | *Scoring.Tests* | *Simulation*) computing+=("$project") ;;
        *) quick+=("$project") ;;
    esac
done
# Servers and tests that live for seconds: code that is not measured before it is optimised costs them a third less of the processor.
brief=(env DOTNET_TieredPGO=0)
beside() {
    for project in "${quick[@]}"; do run_tests "$project" "${brief[@]}"; done
    for project in "${computing[@]}"; do run_tests "$project" ${waiting[0]+nice -n 19}; done
}
if ((${#waiting[@]})); then
    beside >"$results/beside.log" 2>&1 &
    for project in "${waiting[@]}"; do run_tests "$project" "${brief[@]}"; done
    wait
    cat "$results/beside.log"
else
    beside
fi
for project in "${waiting[@]}" "${quick[@]}" "${computing[@]}"; do count_tests "$project"; done
if [[ -z "$only" || Board == *"$only"* ]]; then board_tests; fi
finish
