#!/usr/bin/env bash
# Two versions of the program on one database, under load: this one, and the one before, built from the history of this repository.
#
# usage: tests/side_by_side/run.sh [PROGRAM]      (default: builds the commit that tests/side_by_side/before names; some minutes the first time)
#
# Needs a clone with its history, and a Rust toolchain. Writes below target/ only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=${CARGO_TARGET_DIR:-$PWD/target}
program=${1:-}

# The tables of a manifest that are profiles, or the others.
tables() { # profile or other, manifest
  awk -v wanted="$1" '/^\[/ { kind = /^\[profile\./ ? "profile" : "other" } kind == wanted' "$2"
}

if [[ -z $program ]]; then
  commit=$(<tests/side_by_side/before)
  [[ $commit =~ ^[0-9a-f]{7,40}$ ]] || { echo "run.sh: tests/side_by_side/before names a commit, not '$commit'" >&2; exit 2; }
  git cat-file -e "$commit^{commit}" 2>/dev/null || { echo "run.sh: the history of this clone does not reach $commit: git fetch --unshallow" >&2; exit 2; }
  older=$target/older/$commit
  program=$older/finrust
  if [[ ! -x $program ]]; then
    rm -rf "$older"
    mkdir -p "$older/tree"
    git archive "$commit" | tar -x -C "$older/tree"
    # With the profiles of today, dependencies that are built already are used again; the program of this version is linked again.
    { tables other "$older/tree/Cargo.toml"; tables profile Cargo.toml; } >"$older/Cargo.toml"
    mv "$older/Cargo.toml" "$older/tree/Cargo.toml"
    (cd "$older/tree" && CARGO_TARGET_DIR=$target nice -n 10 cargo build --locked --bin finrust)
    cp "$target/debug/finrust" "$older/finrust.new"
    touch handlers/main.rs
    mv "$older/finrust.new" "$program"
    rm -rf "$older/tree"
  fi
  echo "The version before: $commit"
fi
# Whatever is measured or has deadlines beside this goes first.
nice -n 10 cargo test --locked --test side_by_side --no-run
FINRUST_OLD=$(realpath "$program") cargo test --locked --test side_by_side
