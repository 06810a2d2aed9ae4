#!/usr/bin/env bash
# Tests the running program against its own OpenAPI document: every endpoint, as a stranger, an adviser and an officer.
#
# usage: tests/schemathesis/run.sh path/to/finrust [option of `schemathesis run`]...
set -euo pipefail

[[ $# -ge 1 && -x $1 ]] || { echo "usage: $0 path/to/finrust [option of schemathesis run]..." >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift

export PYTHONDONTWRITEBYTECODE=1
venv=${CARGO_TARGET_DIR:-$root/target}/schemathesis
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

work=$(mktemp -d)
server=
finish() {
  [[ -z $server ]] || { kill "$server"; wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Below those that the system gives to outgoing connections, and apart from those of other tests.
port=$((30000 + RANDOM % 2768))
address=http://127.0.0.1:$port

# The embedded default, whatever the environment holds: no setting gets through but the port, which also says that the Functions
# host stands in front.
cd "$work"
env -i PATH="$PATH" FUNCTIONS_CUSTOMHANDLER_PORT="$port" "$binary" demo >"$work/log" 2>&1 </dev/null &
server=$!

ready() {
  "$venv/bin/python" - "$address/api/health" 2>/dev/null <<'PYTHON'
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers={"X-Forwarded-Proto": "https"}), timeout=2)
PYTHON
}
for _ in {1..150}; do
  ready && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
ready || { echo "finrust demo does not answer:" >&2; tail -n 20 "$work/log" >&2; exit 1; }

# All sign in first: what follows guesses passwords, and is slowed down for it.
sign_in() { "$venv/bin/python" "$here/sign_in.py" "$address" "$work/data/demo/$1.json"; }
adviser=$(sign_in adviser)
leaving=$(sign_in adviser)
officer=$(sign_in officer)

# Calls that end a session, this one included, once somebody made them.
ending=(--include-path /api/logout --include-path /api/sessions --include-path "/api/sessions/{id}")
staying=(--exclude-path /api/logout --exclude-path /api/sessions --exclude-path "/api/sessions/{id}")

failed=()
run() {
  local name=$1 session=$2
  shift 2
  echo "-- schemathesis: $name"
  FINRUST_SESSION=$session SCHEMATHESIS_HOOKS=$here/hooks.py \
    "$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" --no-color run "$address/api/openapi.json" \
    --origin "$address" --checks all "$@" || failed+=("$name")
  kill -0 "$server" 2>/dev/null || { echo "finrust ended during \"$name\":" >&2; tail -n 20 "$work/log" >&2; exit 1; }
}

# The officer comes last: disabling accounts ends the sessions of others.
run "stranger" "" "$@"
run "adviser" "$adviser" "${staying[@]}" "$@"
run "adviser, ending sessions" "$leaving" "${ending[@]}" "$@"
run "officer" "$officer" "${staying[@]}" "$@"

if grep -n 'panicked at' "$work/log" >&2; then
  failed+=("log")
fi
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
