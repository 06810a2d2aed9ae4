#!/usr/bin/env bash
# Changes the program in one small way at a time and says which changes no test notices: tests/mutants/run.sh AREA [SHARD]
#
# A shard is K/N, counted from 0: a whole area takes longer than a sitting. What a test has noticed is kept below target/mutants/AREA and not
# tried again, so an area can be taken up where it was left. Areas, and the tests that have to notice:
#
#   crypto   handlers/crypto                              unit tests, tests/crypto
#   figures  amounts, dates, overviews, retention         unit tests
#   limits   throttles, rate limits                       unit tests, the suites of guessing
#   sign-in  the sign-in flow                             unit tests, the suites of signing in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
VERSION=27.1.0

area=${1:-}
shard=${2:-0/1}
case $area in
  crypto) files=('handlers/crypto/**') tests=(--lib --test crypto) ;;
  figures)
    files=('handlers/domain/clients/{money,birth_date,overview,retention}.rs' 'handlers/domain/table/**')
    tests=(--lib)
    ;;
  limits)
    files=('handlers/flows/limits.rs' 'handlers/domain/limits.rs' 'handlers/domain/sign_in/throttle.rs' 'handlers/flows/sign_in/flood.rs')
    tests=(--lib --test api -- limits throttle guessing guesses sign_in password_reset)
    ;;
  sign-in)
    files=('handlers/flows/sign_in/**' 'handlers/domain/sign_in/**')
    tests=(--lib --test api -- sign_in throttle guessing guesses password_reset two_factor sessions browsers confirmation password_check alike)
    ;;
  *)
    echo "usage: $0 crypto|figures|limits|sign-in [K/N]" >&2
    exit 2
    ;;
esac

target=${CARGO_TARGET_DIR:-$PWD/target}
tools=$target/tools
PATH=$tools/bin:$PATH
if [[ $(cargo mutants --version 2>/dev/null) != "cargo-mutants $VERSION" ]]; then
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --root "$tools" --version "$VERSION" cargo-mutants
  rm -rf "$tools/build"
fi
state=$target/mutants/$area
mkdir -p "$state"
globs=()
for file in "${files[@]}"; do globs+=(--file "$file"); done
# Nobody steps through these programs, and each is built once.
export CARGO_PROFILE_DEV_DEBUG=0
exec cargo mutants --iterate --no-shuffle --baseline skip --timeout 300 --shard "$shard" --output "$state" "${globs[@]}" -- "${tests[@]}"
