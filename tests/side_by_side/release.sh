#!/usr/bin/env bash
# What whoever makes a release does before it (docs/upgrades.md): tries this version beside the one before, makes golden data of this one, and names it
# for the next one. From a clean tree of the commit that is released; what it has written is to be committed.
#
# usage: tests/side_by_side/release.sh [--try]
#   --try    do all of it, try the data that was made, and leave the tree as it was
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
try=no
case $#${1:-} in
  0) ;;
  1--try) try=yes ;;
  *) echo "release.sh: takes --try and nothing else, not '$*'" >&2; exit 2 ;;
esac
[[ -z $(git status --porcelain --untracked-files=all) ]] || { echo "release.sh: the tree is not clean; commit first" >&2; exit 2; }
commit=$(git rev-parse --short=7 HEAD)
golden=tests/side_by_side/golden/$commit
[[ ! -e $golden ]] || { echo "release.sh: $golden is there: golden data is made once" >&2; exit 2; }

# What is half done, or was tried, leaves nothing behind.
is_done=no
put_back() {
  [[ $is_done == yes ]] || { rm -rf "$golden"; git checkout --quiet -- tests/golden/newest tests/side_by_side/before; }
}
trap put_back EXIT
trap 'exit 130' INT TERM

echo "== beside $(<tests/side_by_side/before)"
tests/side_by_side/run.sh
echo "== golden data of $commit"
FINRUST_GOLDEN=$golden cargo test --locked --test api golden_make -- --ignored
FINRUST_GOLDEN=$golden cargo test --locked --test api golden::
for kind in sqlite cosmos; do
  [[ -s $golden/$kind/golden.json ]] || { echo "release.sh: there is no $golden/$kind/golden.json" >&2; exit 1; }
done
echo "../side_by_side/golden/$commit" >tests/golden/newest
echo "$commit" >tests/side_by_side/before
if [[ $try == yes ]]; then
  # As the next version does, for which this one is the one before.
  echo "== handed back"
  cargo test --locked --test side_by_side golden_data
  echo "release.sh: all of it works; the tree is as it was"
else
  is_done=yes
  echo "release.sh: commit $golden, tests/golden/newest and tests/side_by_side/before"
fi
