#!/usr/bin/env bash
# Installs Microsoft's parser of Kusto queries below target/: with it, `cargo test --test operations` holds the queries of alerts and
# workbook against it.
#
# usage: tests/operations/install.sh      (needs Node 20 with npm)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
place=${CARGO_TARGET_DIR:-$root/target}/tools/kusto

mkdir -p "$place"
if ! cmp -s "$here/package-lock.json" "$place/installed-lock.json"; then
  rm -f "$place/installed-lock.json"
  cp "$here/package.json" "$here/package-lock.json" "$place/"
  npm ci --prefix "$place" --ignore-scripts --omit=dev --no-audit --no-fund --silent
  cp "$here/package-lock.json" "$place/installed-lock.json"
fi
