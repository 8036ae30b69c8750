#!/usr/bin/env bash
# What the journal costs on disk, per million events of the http load's kind (about 190 bytes each on the wire), on SQLite and on PostgreSQL.
# usage: journal-cost.sh [SECONDS]     default 10; a server of its own for each line, in a temporary folder
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}
work=$(mktemp -d)
chmod 755 "$work"
server=src/RealtimeAdoption.Server/bin/Release/net10.0/RealtimeAdoption.Server.dll
load=loadtest/RealtimeAdoption.LoadTest/bin/Release/net10.0/RealtimeAdoption.LoadTest.dll
[ -f "$load" ] && [ -f "$server" ] || dotnet build -c Release loadtest/RealtimeAdoption.LoadTest -v quiet -nologo >&2

PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | tail -1)
run=()
[ "$(id -u)" = 0 ] && run=(runuser -u postgres --)
port=$((20000 + RANDOM % 20000))
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2> /dev/null || true
    "${run[@]}" pg_ctl -D "$work/pg/data" -m immediate -w stop > /dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
mkdir "$work/pg"
[ "$(id -u)" = 0 ] && chown postgres "$work/pg"
(cd / && "${run[@]}" initdb -D "$work/pg/data" -U adoption --auth=trust --encoding=UTF8 --no-locale > /dev/null)
(cd / && "${run[@]}" pg_ctl -D "$work/pg/data" -l "$work/pg/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg" -w start > /dev/null)

# Starts the server, does what is given, stops it; then RECORDS and BYTES are what the journal holds and takes.
round() {
    local kind=$1 name=$2 http=$((20000 + RANDOM % 20000)); shift 2
    local store=("--Storage:Path=$work/$name")
    [ "$kind" = sqlite ] || store=(--Storage:Kind=postgres "--Storage:ConnectionString=Host=127.0.0.1;Port=$port;Username=adoption;Database=postgres" "--Storage:Schema=$name")
    dotnet "$server" "${store[@]}" "--Urls=http://127.0.0.1:$http" --Auth:WriteKeys:0=cost > "$work/$name.log" 2>&1 &
    pid=$!
    until curl -sf "http://127.0.0.1:$http/health/ready" > /dev/null; do sleep 0.1; done
    [ $# = 0 ] || dotnet "$load" http --url "http://127.0.0.1:$http" --write-key cost --warm-up 0 --seconds "$seconds" --runs 1 "$@" > /dev/null
    kill "$pid"
    wait "$pid"
    pid=
    rm -rf "$work/backup"
    records=$(dotnet "$server" backup "$work/backup" --rate 1000 "${store[@]}" | grep -o '[0-9]* records' | cut -d' ' -f1)
    if [ "$kind" = sqlite ]; then bytes=$(stat -c %s "$work/$name/journal.db")
    else bytes=$(psql -h 127.0.0.1 -p "$port" -U adoption -d postgres -Atc "VACUUM $name.segments" -c "SELECT pg_total_relation_size('$name.segments')" | tail -1); fi
}

# KIND EVENTS_A_REQUEST CONNECTIONS: what the events add to a store that is new.
cost() {
    local name="$1_$2_$3" records0 bytes0
    round "$1" "$name"
    records0=$records bytes0=$bytes
    round "$1" "$name" --events-per-request "$2" --connections "$3"
    awk -v k="$1" -v s="$2" -v c="$3" -v r="$((records - records0))" -v b="$((bytes - bytes0))" 'BEGIN { printf "| %s | %d | %d | %d | %.0f MB |\n", k, s, c, r, b / r }'
}

echo "| store | events a request | connections | events | a million events |"
echo "| --- | --- | --- | --- | --- |"
for kind in sqlite postgres; do
    cost "$kind" 1000 12
    cost "$kind" 100 32
    cost "$kind" 1 32
done
