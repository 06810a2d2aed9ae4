#!/usr/bin/env bash
# Lives through many worlds with faults: tests/seeds/run.sh [COUNT [FIRST]]. A seed that fails is named; FINRUST_SEED=<it> runs it alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
FINRUST_SEEDS=${1:-10000} FINRUST_FIRST_SEED=${2:-0} exec cargo test --locked --test seeds every_seed -- --nocapture
