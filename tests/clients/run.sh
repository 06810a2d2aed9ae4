#!/usr/bin/env bash
# Holds the OpenAPI document against tools that others build on: validators, and generators of clients. Every client is generated, compiled,
# and used against a running demonstration for a session of an adviser and of an officer (tests/clients/use.mjs). The sessions of
# docs/clients.md are run as they stand there.
#
# With --all every generator that is known to be used, without it those that a change is held against. Names choose among both.
#
# usage: tests/clients/run.sh path/to/finrust [--all] [name]...      (needs what tests/clients/install.sh needs)
set -euo pipefail

[[ $# -ge 1 && -x $1 ]] || { echo "usage: $0 path/to/finrust [--all] [name]..." >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
place=${CARGO_TARGET_DIR:-$root/target}/tools/clients

HELD=(validators breaking python openapi-fetch pages)
OTHERS=(typescript-fetch hey-api datamodel java-okhttp go rust)
names=("${HELD[@]}")
all=
if [[ ${1:-} == --all ]]; then
  all=all
  names=("${HELD[@]}" "${OTHERS[@]}")
  shift
fi
(($# == 0)) || names=("$@")

export PYTHONDONTWRITEBYTECODE=1 CI=true NO_COLOR=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
"$here/install.sh" $all

# Generated anew each time: what a generator no longer writes must not stay.
made=$place/made
rm -rf "$made"
mkdir -p "$made"
document=$made/openapi.json
"$binary" openapi >"$document"

# Says what a tool said only if it failed.
quietly() { # command...
  "$@" >"$made/said" 2>&1 || { cat "$made/said" >&2; return 1; }
}

generate() { # generator, folder, option...
  local generator=$1 folder=$2
  shift 2
  quietly java -jar "$place/openapi-generator.jar" generate --generator-name "$generator" --input-spec "$document" --output "$folder" \
    --global-property apiTests=false,modelTests=false,apiDocs=false,modelDocs=false "$@"
}

# A session of both, with a client that is ready to be used.
session() { # name, command...
  node "$here/use.mjs" "$binary" "$document" "$@"
}

node_tool() { # tool, argument...
  "$place/node_modules/.bin/$1" "${@:2}"
}

# Types are resolved, and packages found, from where the tools are installed.
compile_typescript() { # folder below $made
  cp "$here/tsconfig.json" "$made/$1/"
  echo '{ "type": "module" }' >"$made/$1/package.json"
  quietly node_tool tsc --project "$made/$1"
}

validators() {
  quietly "$place/python/bin/openapi-spec-validator" "$document"
  quietly java -jar "$place/openapi-generator.jar" validate --input-spec "$document"
  # Its recommended rules as they are, warnings too: there is no list of exceptions.
  local said
  said=$(node_tool redocly lint --extends recommended --format json --max-problems 1000 "$document" 2>"$made/said") || true
  node "$here/redocly.mjs" <<<"$said" || { cat "$made/said" >&2; return 1; }
  echo "validators: nothing to say"
}

breaking() { "$here/breaking.sh"; }

python() {
  generate python "$made/python" --additional-properties packageName=finrust_client
  "$place/python/bin/python" -m compileall -q "$made/python/finrust_client" >/dev/null
  PYTHONPATH=$made/python session python "$place/python/bin/python" "$here/python/session.py"
}

openapi-fetch() {
  mkdir "$made/openapi-fetch"
  cp "$here/openapi-fetch/session.ts" "$made/openapi-fetch/"
  quietly node_tool openapi-typescript "$document" --output "$made/openapi-fetch/schema.d.ts"
  compile_typescript openapi-fetch
  session openapi-fetch node "$made/openapi-fetch/out/session.js"
}

# What follows is driven by story.mjs.

typescript-fetch() {
  generate typescript-fetch "$made/typescript-fetch/client" --additional-properties importFileExtension=.js,modelPropertyNaming=original
  cp "$here/typescript-fetch/session.ts" "$made/typescript-fetch/"
  compile_typescript typescript-fetch
  session typescript-fetch node "$here/story.mjs" node "$made/typescript-fetch/out/session.js"
}

hey-api() {
  # Its packages are its own, and found from where it is compiled.
  local folder=$place/hey-api/made
  rm -rf "$folder"
  mkdir "$folder"
  cp "$here/hey-api/session.ts" "$here/tsconfig.json" "$folder/"
  echo '{ "type": "module" }' >"$folder/package.json"
  quietly "$place/hey-api/node_modules/.bin/openapi-ts" --input "$document" --output "$folder/client" --file "$here/hey-api/openapi-ts.config.mjs"
  # What it writes names no endings of files, which is for bundlers.
  quietly "$place/hey-api/node_modules/.bin/tsc" --project "$folder" --noEmit
  quietly "$place/hey-api/node_modules/.bin/esbuild" "$folder/session.ts" --bundle --platform=node --format=esm --outfile="$folder/session.mjs"
  session hey-api node "$here/story.mjs" node "$folder/session.mjs"
}

datamodel() {
  mkdir "$made/datamodel"
  quietly "$place/datamodel/bin/datamodel-codegen" --input "$document" --input-file-type openapi --output "$made/datamodel/models.py" \
    --output-model-type pydantic_v2.BaseModel --target-python-version 3.11 --type-mappings password=string
  PYTHONPATH=$made/datamodel session datamodel node "$here/story.mjs" \
    "$place/datamodel/bin/python" "$here/datamodel/session.py" "$document"
}

java-okhttp() {
  local classes=$made/java/target/classes path apis
  # Without the option, a list that is absent reads as an empty one.
  generate java "$made/java" --additional-properties containerDefaultToNull=true
  quietly mvn --quiet --batch-mode --file "$made/java/pom.xml" -Dmaven.repo.local="$place/maven" compile \
    dependency:build-classpath -Dmdep.outputFile="$made/java/path"
  path=$classes:$(<"$made/java/path")
  quietly javac -Xlint:all -d "$made/java/session" -classpath "$path" "$here/java/Session.java"
  mapfile -t apis < <(cd "$made/java/src/main/java/org/openapitools/client/api" && basename --suffix .java -- *.java)
  session java-okhttp node "$here/story.mjs" java -classpath "$made/java/session:$path" Session "${apis[@]}"
}

go() {
  mkdir -p "$made/go/client"
  cp "$here/go/"* "$made/go/"
  quietly "$place/bin/oapi-codegen" -generate types,client -package client -o "$made/go/client/client.go" "$document"
  (cd "$made/go" && quietly env GOFLAGS=-mod=readonly go vet ./... && quietly env GOFLAGS=-mod=readonly go build -o session .)
  session go node "$here/story.mjs" "$made/go/session"
}

rust() {
  mkdir "$made/rust"
  cp "$here/rust/"Cargo.* "$here/rust/session.rs" "$made/rust/"
  local whole=$document
  local document=$made/rust/openapi.json
  node "$here/rust/undiscriminated.mjs" <"$whole" >"$document"
  generate rust "$made/rust/client" --additional-properties packageName=finrust_client,packageVersion=0.0.0,supportMiddleware=true
  quietly cargo build --locked --manifest-path "$made/rust/Cargo.toml" --target-dir "$place/rust"
  document=$whole session rust node "$here/story.mjs" "$place/rust/debug/session"
}

pages() {
  local heading
  for heading in HTTPie Python TypeScript; do
    "$here/documented.sh" "$binary" "$heading"
  done
}

# In a shell of its own, which ends at its first error: within a condition, bash would go on.
failed=()
for name in "${names[@]}"; do
  started=$SECONDS
  [[ " ${HELD[*]} ${OTHERS[*]} " == *" $name "* ]] || { echo "there is no \"$name\"" >&2; exit 2; }
  code=0
  (set -euo pipefail; trap - EXIT; "$name") & wait $! || code=$?
  ((code == 0)) || failed+=("$name")
  echo "-- $name: $((SECONDS - started)) s"
done
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
