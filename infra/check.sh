#!/usr/bin/env bash
# Judges infra/ without Azure: checkov reads every Bicep file and finds nothing, shellcheck reads every script and finds nothing. So does
# zizmor of the workflows, and typos of every text in English, by the list of words in typos.toml.
# A check that does not apply is suppressed beside what it is about, with its reason.
#
# usage: infra/check.sh      (needs Python 3.11 with venv)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
(($# == 0)) || refuse "takes no arguments, not '$1'"
root=$(cd "$here/.." && pwd)
cd "$root"

export PYTHONDONTWRITEBYTECODE=1
venv=${CARGO_TARGET_DIR:-$root/target}/tools/infra
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
"$venv/bin/shellcheck" --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts"
"$venv/bin/zizmor" --offline --quiet .github
"$venv/bin/typos" --format brief
echo "typos: nothing to say"

# A check that crashes is logged and nothing more, so whatever is logged is a failure.
"$venv/bin/checkov" -d infra --framework bicep --skip-download --compact --quiet >"$work/report" 2>"$work/log" || true
"$venv/bin/checkov" -d infra --framework bicep --skip-download --output json >"$work/report.json" 2>>"$work/log" || true
if [[ -s $work/log ]]; then
  cat "$work/log" >&2
  exit 1
fi
"$venv/bin/python" - "$work/report.json" <<'PYTHON' || { cat "$work/report" >&2; exit 1; }
import json, pathlib, sys
from checkov.bicep.parser import Parser

report = json.load(open(sys.argv[1]))
summary, results = report["summary"], report["results"]
files = sorted(pathlib.Path("infra").rglob("*.bicep"))
# A file that checkov cannot read is left out of its report without a word.
unread = [str(path) for path in files if Parser().parse(path)[0] is None]
bare = [check["check_id"] for check in results["skipped_checks"] if len(check["check_result"].get("suppress_comment") or "") < 20]
print(f"checkov: {len(files)} files, {summary['passed']} passed, {summary['failed']} failed, {summary['skipped']} suppressed")
for name, wrong in (("parsing errors", results["parsing_errors"]), ("not read", unread), ("suppressed without a reason", bare)):
    if wrong:
        sys.exit(f"{name}: {wrong}")
if summary["parsing_errors"] or summary["failed"] or summary["passed"] < 30:
    sys.exit("checkov is not content")
PYTHON
