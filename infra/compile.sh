#!/usr/bin/env bash
# Compiles infra/ with the real Bicep compiler: no warning may be left, and what it makes of the templates is kept in infra/compiled/, so
# that tests/infra reads facts and not text. Run it after every change of a Bicep file.
#
# usage: infra/compile.sh [--check]
#   --check    change nothing; fail when what is kept is not what the compiler makes
#
# Needs Python 3 and `bicep` 0.49 or newer in the path, or its path in BICEP. The snapshots are for a subscription of noughts.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

check=no
while (($#)); do
  case $1 in
    --check) check=yes ;;
    *) refuse "takes --check and nothing else, not '$1'" ;;
  esac
  shift
done
bicep=${BICEP:-bicep}
command -v "$bicep" >/dev/null || refuse "the Bicep compiler is not installed; BICEP may say where it is"

nobody=00000000-0000-0000-0000-000000000000
kept=$here/compiled
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A copy, so that the compiler writes beside it and not into the tree, and no path of this machine is in what it says.
cp -r "$here" "$work/infra"
cd "$work/infra"
made=$work/made
mkdir "$made"

# The compiler warns on its error output and still ends with 0.
quiet() {
  "$bicep" "$@" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
  if grep -E 'Warning|Error' "$work/said" >&2; then
    echo "compile.sh: the compiler warns" >&2
    exit 1
  fi
}
for file in *.bicep modules/*.bicep; do
  quiet build "$file" --outfile "$work/one.json"
  quiet lint "$file"
done
for template in main operator drill; do
  quiet build "$template.bicep" --outfile "$made/$template.json"
done
for parameters in environments/*.bicepparam variants/*.bicepparam; do
  environment=$(basename "$parameters" .bicepparam)
  FINRUST_ALERT_EMAIL=nobody@example.nl quiet snapshot "$parameters" --mode overwrite --tenant-id "$nobody" --subscription-id "$nobody" \
    --resource-group "finrust-$environment" --location westeurope
  mv "${parameters%.bicepparam}.snapshot.json" "$made/"
done
# In the order of their names, which the compiler does not keep, and without the compiler's version, which changes nothing.
python3 - "$made"/*.json <<'PYTHON'
import json, sys

def plain(value):
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "_generator"}
    return [plain(inner) for inner in value] if isinstance(value, list) else value

for path in sys.argv[1:]:
    content = plain(json.load(open(path)))
    with open(path, "w") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.write("\n")
PYTHON
# What all this was made from: tests/infra computes the same.
find . -name '*.bicep' -o -name '*.bicepparam' -o -name '*.kql' | LC_ALL=C sort | xargs sha256sum | sed 's|\./||' >"$made/sources.sha256"

if [[ $check == yes ]]; then
  diff -r "$kept" "$made" >&2 || { echo "compile.sh: infra/compiled is stale; run infra/compile.sh" >&2; exit 1; }
  echo "compiled: $(find "$made" -name '*.json' | wc -l) files as they are kept, 0 warnings"
else
  rm -rf "$kept"
  mv "$made" "$kept"
  echo "compiled: $(find "$kept" -name '*.json' | wc -l) files, 0 warnings"
fi
