#!/usr/bin/env bash
# Runs a section of docs/clients.md against a fresh demonstration, so that the page cannot rot: its blocks of sh one after the other, and
# every block that has a file's name behind its language is that file.
#
# usage: tests/clients/documented.sh path/to/finrust heading        (after tests/clients/install.sh)
set -euo pipefail

[[ $# == 2 && -x $1 ]] || { echo "usage: $0 path/to/finrust heading" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
place=${CARGO_TARGET_DIR:-$root/target}/tools/clients

work=$(mktemp -d)
server=
finish() {
  [[ -z $server ]] || { kill "$server"; wait "$server"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Below those that the system gives to outgoing connections, and apart from those of other tests. The page says 7071, which may be taken.
port=$((30000 + RANDOM % 2768))

section() { # heading
  awk -v heading="## $1" '
    /^## / { inside = $0 == heading }
    !inside { next }
    /^```[a-z]/ { block = 1; file = $2; if (file) printf "cat >%s <<\"END OF FILE\"\n", file; next }
    /^```$/ { if (file) print "END OF FILE"; block = 0; file = ""; next }
    block { print }
  ' "$root/docs/clients.md" | sed "s/localhost:7071/localhost:$port/g"
}
section "$2" >"$work/script"
[[ -s $work/script ]] || { echo "docs/clients.md has nothing to run below \"## $2\"" >&2; exit 1; }

cd "$work"
env -i PATH="$PATH" "$binary" demo --port "$port" >"$work/log" 2>&1 </dev/null &
server=$!
ready() { "$place/python/bin/http" --ignore-stdin --check-status "http://localhost:$port/api/health" >/dev/null 2>&1; }
for _ in {1..60}; do
  ready && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
ready || { echo "finrust demo does not answer:" >&2; tail -n 20 "$work/log" >&2; exit 1; }

# The tools under the names that the page calls them by. What belongs to their installation is on nobody's path otherwise.
mkdir bin
ln -s "$place/node_modules" .
printf '#!/bin/sh\nexec java -jar "%s" "$@"\n' "$place/openapi-generator.jar" >bin/openapi-generator-cli
# In a script, HTTPie would take its standard input for the body, and forgive a refusal.
printf '#!/bin/sh\nexec "%s" --ignore-stdin --check-status "$@"\n' "$place/python/bin/http" >bin/http
chmod +x bin/*
export PATH=$work/bin:$place/python/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HTTPIE_CONFIG_DIR=$work
bash -euo pipefail "$work/script" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
# The last answer is the file that was made and changed.
tail -n 60 "$work/said" | grep -Eq '\bprefix\W+van\b' || { echo "docs/clients.md, $2: the file was not changed" >&2; cat "$work/said" >&2; exit 1; }
echo "docs/clients.md, $2: runs as it stands"
