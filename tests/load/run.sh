#!/usr/bin/env bash
# An office at work on both databases: tests/load/run.sh [SECONDS]. Counts answers by operation and status; measures memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
FINRUST_LOAD_SECONDS=${1:-600} exec cargo test --locked --test load -- --nocapture --test-threads 1
