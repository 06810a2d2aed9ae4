#!/usr/bin/env bash
# Compares the interface of the last release (docs/openapi-released.json) with the present one (docs/openapi.json): a change that breaks
# clients fails unless CHANGELOG.md names it. Before that it proves on changed copies that it can fail, and that naming a change helps.
#
# A release copies docs/openapi.json to docs/openapi-released.json.
#
# usage: tests/clients/breaking.sh      (after tests/clients/install.sh)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
oasdiff=${CARGO_TARGET_DIR:-$root/target}/tools/clients/bin/oasdiff

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

breaking() { # released, present, change log
  "$oasdiff" breaking --format json "$1" "$2" >"$work/changes.json"
  node "$here/breaking.mjs" "$3" <"$work/changes.json"
}

# Copies of a document that breaks clients, that does not, and of the change log.
altered() { # what to do with `document`
  node --input-type=module -e "
    import { readFileSync } from 'node:fs';
    const document = JSON.parse(readFileSync(process.argv[1], 'utf8'));
    const { schemas } = document.components;
    $1
    console.log(JSON.stringify(document));
  " "$present"
}

can_fail() {
  local said
  altered "delete document.paths['/api/browsers/{id}'];" >"$work/without.json"
  altered "delete schemas.ClientItem.properties.city; schemas.ClientItem.required = schemas.ClientItem.required.filter((name) => name !== 'city');" >"$work/shorter.json"
  altered "schemas.ClientItem.properties.added = { type: 'string' };" >"$work/longer.json"
  cat >"$work/named.md" <<'END'
## Unreleased

- Breaking: `DELETE /api/browsers/{id}` is gone, and files in lists
  have no `city`.
END
  cat >"$work/silent.md" <<'END'
## Unreleased

- `city` is prettier.

## 1.0

- Breaking: no `city`.
END
  for document in without shorter; do
    said=$(breaking "$present" "$work/$document.json" "$work/named.md" 2>&1) || unexpected "$document, named: refused" "$said"
    ! said=$(breaking "$present" "$work/$document.json" "$work/silent.md" 2>&1) || unexpected "$document, not named: accepted" "$said"
  done
  said=$(breaking "$present" "$work/longer.json" "$work/silent.md" 2>&1) || unexpected "an added member: refused" "$said"
}
unexpected() { # case, output
  printf 'tests/clients/breaking.sh judges wrongly: %s\n%s\n' "$1" "$2" >&2
  exit 1
}

present=$root/docs/openapi.json
can_fail
breaking "$root/docs/openapi-released.json" "$present" "$root/CHANGELOG.md"
