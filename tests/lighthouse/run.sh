#!/usr/bin/env bash
# Judges sign-in, list, file and overview by Lighthouse, as on a phone and on a desktop: accessibility and best practices have to score 95 or more;
# of performance the median is printed, and 95 is the aim.
#
# With 0 runs only what is held is looked at, once and as on a phone.
#
# usage: tests/lighthouse/run.sh path/to/finrust [runs, default 5]      (needs Node 20 with npm, Debian's chromium and libfaketime)
set -euo pipefail

[[ $# -ge 1 && -x $1 ]] || { echo "usage: $0 path/to/finrust [runs]" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
FINRUST_BINARY=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export FINRUST_BINARY
place=${CARGO_TARGET_DIR:-$root/target}/tools/lighthouse

mkdir -p "$place"
if ! cmp -s "$here/package-lock.json" "$place/installed-lock.json"; then
  rm -f "$place/installed-lock.json"
  cp "$here/package.json" "$here/package-lock.json" "$place/"
  npm ci --prefix "$place" --ignore-scripts --omit=dev --no-audit --no-fund --silent
  cp "$here/package-lock.json" "$place/installed-lock.json"
fi
exec node "$here/judge.mjs" "$place" "${2:-5}"
