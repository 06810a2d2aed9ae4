#!/usr/bin/env bash
# Judges the language of every text that a person reads, by LanguageTool with its spelling: pages, paper, problem pages, e-mails, the letter,
# the command line, the documents, and titles and descriptions of the API document. Placeholders are filled, each number with 0, 1 and 2
# (samples.py). What is right all the same stands in words.txt or, with the reason, in rules.txt; anything else is printed, and fails.
#
# It also counts Dutch sentences that are too long; --long prints them. Takes a minute and a half on two cores.
#
# usage: tests/language/run.sh path/to/finrust [--long]      (needs Python 3.11, a JDK from 17 on, and Maven for the first time)
set -euo pipefail
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

[[ $# -ge 1 && -x $1 ]] || { echo "usage: $0 path/to/finrust [--long]" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
place=${CARGO_TARGET_DIR:-$root/target}/tools/language
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# By version from Maven's repository, and by what each file holds.
languagetool() {
  ! cmp -s "$here/jars.sha256" "$place/installed.sha256" || return 0
  rm -rf "$place"
  mkdir -p "$place/jars"
  # What Maven keeps to fetch files is thrown away again.
  mvn --quiet --batch-mode --file "$here/pom.xml" -Dmaven.repo.local="$work/maven" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$place/jars"
  (cd "$place/jars" && sha256sum -- *) | diff "$here/jars.sha256" - >"$work/others" || {
    echo "LanguageTool is not what was expected, or its pom.xml names other versions than jars.sha256:" >&2
    cat "$work/others" >&2
    return 1
  }
  cp "$here/jars.sha256" "$place/installed.sha256"
}

languagetool
python3 "$here/texts.py" "$1" >"$work/texts"
javac -Xlint:all,-path -d "$work" -classpath "$place/jars/*" "$here/Check.java"
code=0
java -classpath "$work:$place/jars/*" Check "$work/texts" "$here/words.txt" "$here/rules.txt" "${@:2}" 2>"$work/said" || code=$?
# Libraries say there that nobody takes their log. What goes wrong is said there too.
((code == 0)) || grep -v '^SLF4J' "$work/said" >&2 || true
exit "$code"
