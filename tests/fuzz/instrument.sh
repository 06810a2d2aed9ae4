#!/usr/bin/env bash
# The compiler of the members of the workspace, which tells libFuzzer what runs. Dependencies are compiled as always: what they do shows in
# what FinRust does with it.
set -euo pipefail
name=
previous=
for argument; do
  [[ $previous != --crate-name ]] || name=$argument
  previous=$argument
done
case $name in
  finrust | fuzz)
    exec "$@" --cfg fuzzing -C passes=sancov-module -C codegen-units=1 -C llvm-args=-sanitizer-coverage-level=4 \
      -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table \
      -C llvm-args=-sanitizer-coverage-trace-compares
    ;;
  *) exec "$@" ;;
esac
