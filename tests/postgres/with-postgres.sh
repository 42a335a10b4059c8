#!/bin/sh
# Runs a command beside a fresh PostgreSQL, whose URL it finds in KEYBOUND_TEST_POSTGRES. The cluster is stopped and deleted at the
# end, whatever became of the command; the exit code is the command's.
#
#   tests/postgres/with-postgres.sh cargo test -p keybound-service --test nodes
set -eu

[ $# -gt 0 ] || { echo "usage: with-postgres.sh COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/keybound-postgres-XXXXXX")
# PostgreSQL runs as another user than root, who must be able to pass.
chmod 755 "$dir"
command=
end() {
    code=$?
    trap - EXIT HUP INT TERM
    [ -z "$command" ] || kill "$command" 2>/dev/null || true
    "$here/cluster.sh" remove "$dir" || echo "with-postgres.sh: $dir is left behind" >&2
    exit "$code"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

KEYBOUND_TEST_POSTGRES=$("$here/cluster.sh" start "$dir")
export KEYBOUND_TEST_POSTGRES
# In the background, so that a signal is heard while it runs.
"$@" <&0 &
command=$!
code=0
wait "$command" || code=$?
command=
exit "$code"
