#!/bin/sh
# A throw-away PostgreSQL cluster on loopback, without passwords, for tests alone.
#
#   cluster.sh start DIR    makes the cluster in DIR if there is none, starts it and prints its URL
#   cluster.sh stop DIR     stops it by its process id, at once; open connections are cut
#   cluster.sh remove DIR   stops it and deletes DIR
#
# PostgreSQL does not run as root: root becomes the user `postgres` (or KEYBOUND_TEST_POSTGRES_USER).
set -eu

fail() {
    echo "cluster.sh: $1" >&2
    exit 1
}

[ $# -eq 2 ] || fail "usage: cluster.sh start|stop|remove DIR"
verb=$1
dir=$2
data=$dir/data

bin=
for found in "${KEYBOUND_TEST_POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin; do
    if [ -n "$found" ] && [ -x "$found/initdb" ]; then bin=$found; fi
done
[ -n "$bin" ] || fail "no initdb: apt-get install postgresql, or set KEYBOUND_TEST_POSTGRES_BIN to the folder that has it"

if [ "$(id -u)" -eq 0 ]; then
    user=${KEYBOUND_TEST_POSTGRES_USER:-postgres}
    id "$user" >/dev/null 2>&1 || fail "there is no user $user to run PostgreSQL as: apt-get install postgresql"
    as() { (cd / && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"); }
else
    user=$(id -un)
    as() { (cd / && exec "$@"); }
fi

is_running() {
    [ -f "$data/postmaster.pid" ] && kill -0 "$(head -n 1 "$data/postmaster.pid")" 2>/dev/null
}

start() {
    if [ ! -d "$data" ]; then
        mkdir -p "$dir"
        [ "$(id -u)" -ne 0 ] || chown "$user" "$dir"
        as "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C >"$dir/initdb.log" 2>&1 ||
            { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
    fi
    # A cluster keeps its port, so that clients find it again. A port that is taken shows when the server starts.
    tries=0
    while ! is_running; do
        if [ -f "$dir/port" ]; then
            port=$(cat "$dir/port")
        else
            port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 40000))
        fi
        if as "$bin/pg_ctl" -D "$data" -w -t 30 -l "$data/server.log" start \
            -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c fsync=on -c max_connections=200" >/dev/null 2>&1
        then
            echo "$port" >"$dir/port"
        else
            tries=$((tries + 1))
            [ "$tries" -lt 10 ] || { tail -n 5 "$data/server.log" >&2; fail "the server does not start"; }
            sleep 0.2
        fi
    done
    echo "postgres://postgres@127.0.0.1:$(cat "$dir/port")/postgres"
}

stop() {
    is_running || return 0
    pid=$(head -n 1 "$data/postmaster.pid")
    # INT is a fast shutdown: sessions are cut, what was committed is kept.
    kill -INT "$pid"
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || fail "the server of process $pid does not stop"
        sleep 0.1
    done
}

case $verb in
    start) start ;;
    stop) stop ;;
    remove) stop && rm -rf "$dir" ;;
    *) fail "usage: cluster.sh start|stop|remove DIR" ;;
esac
