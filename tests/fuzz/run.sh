#!/usr/bin/env bash
# Runs every target for a number of seconds (60 unless given), or those that are named, and prints what each did.
#
#   tests/fuzz/run.sh [SECONDS] [TARGET...]
#
# New inputs stay in target/fuzz/corpus and are where the next run begins, beside the seeds in tests/fuzz/corpus. An input that breaks a
# promise is kept in target/fuzz/findings; `FINRUST_FUZZ=TARGET target/fuzz/fuzz FILE` tries it again. FINRUST_FUZZ_JOBS targets run at once
# (1 unless given). Needs a C++ compiler; builds with the toolchain of the project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-60}
shift || true
built=${CARGO_TARGET_DIR:-target}
out=$built/fuzz
mkdir -p "$out/findings" "$out/logs"

RUSTC_WORKSPACE_WRAPPER=$PWD/tests/fuzz/instrument.sh cargo build --quiet --locked --package fuzz
cp "$built/debug/fuzz" "$out/fuzz"

targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(ls tests/fuzz/corpus)

# Two signs of a broken promise: an exit that is not 0, and an input that is kept.
run() { # target
  local log=$out/logs/$1.log kept=$out/findings/$1-
  mkdir -p "$out/corpus/$1"
  local code=0
  FINRUST_FUZZ=$1 "$out/fuzz" "$out/corpus/$1" "tests/fuzz/corpus/$1" -max_total_time="$seconds" -max_len=4096 -timeout=20 \
    -rss_limit_mb=1024 -artifact_prefix="$kept" -print_final_stats=1 >"$log" 2>&1 || code=$?
  local executions covered inputs
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1) || covered='cov: 0'
  inputs=$(grep -o 'corp: [0-9]*' "$log" | tail -n 1) || inputs='corp: 0'
  printf '%-16s %9s executions  %6s edges  %5s inputs%s\n' "$1" "${executions:-0}" "${covered#cov: }" "${inputs#corp: }" \
    "$( ((code == 0)) || echo '  FOUND SOMETHING')"
  ((code == 0)) || { tail -n 40 "$log" >&2; return 1; }
}
export -f run
export out seconds

# shellcheck disable=SC2016 # it is the shell of each target that expands it
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "${FINRUST_FUZZ_JOBS:-1}" bash -euo pipefail -c 'run "$1"' run
