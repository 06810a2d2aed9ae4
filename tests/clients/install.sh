#!/usr/bin/env bash
# Installs what judges the OpenAPI document and makes clients of it, below target/; with `all` also what tests/clients/run.sh --all needs.
#
# usage: tests/clients/install.sh [all]      (needs Python 3.11, Node 20 with npm, a JDK, Maven and Go 1.26)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
place=${CARGO_TARGET_DIR:-$root/target}/tools/clients

GENERATOR=7.25.0
GENERATOR_SHA256=41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae

mkdir -p "$place"

# Nothing that a package brings is run while it is installed.
node_packages() { # folder with package.json and its lock, folder to install into
  ! cmp -s "$1/package-lock.json" "$2/installed-lock.json" || return 0
  mkdir -p "$2"
  rm -f "$2/installed-lock.json"
  cp "$1/package.json" "$1/package-lock.json" "$2/"
  npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --silent
  cp "$1/package-lock.json" "$2/installed-lock.json"
}

python_packages() { # file with requirements, folder to install into
  ! cmp -s "$1" "$2/requirements.txt" || return 0
  rm -rf "$2"
  python3 -m venv "$2"
  "$2/bin/pip" install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: --requirement "$1"
  cp "$1" "$2/requirements.txt"
}

# By version from Maven's repository, and by what it holds.
generator() {
  local jar=$place/openapi-generator.jar store
  ! holds "$jar" || return 0
  # What Maven keeps to fetch one file is thrown away again.
  store=$(mktemp -d)
  mvn --quiet --batch-mode -Dmaven.repo.local="$store" dependency:get -Dtransitive=false \
    -Dartifact="org.openapitools:openapi-generator-cli:$GENERATOR"
  cp "$store/org/openapitools/openapi-generator-cli/$GENERATOR/openapi-generator-cli-$GENERATOR.jar" "$jar"
  rm -rf "$store"
  holds "$jar" || { rm "$jar"; echo "openapi-generator-cli $GENERATOR is not the file that was expected" >&2; return 1; }
}
holds() { echo "$GENERATOR_SHA256  $1" | sha256sum --check --status 2>/dev/null; }

# By version from Go's module proxy, and by what it holds; what it depends on is named by itself, and held against Go's checksum database.
go_program() { # module, version, sum, package below the module
  local program=$place/bin/${4##*/} is="$1 $2 $3"
  ! made_of "$program" "$is" || return 0
  GOBIN=$place/bin GOFLAGS=-buildvcs=false go install "$4@$2"
  made_of "$program" "$is" || { rm "$program"; echo "$1 $2 is not what was expected" >&2; return 1; }
}
made_of() { [[ $(go version -m "$1" 2>/dev/null | awk '$1 == "mod" { print $2, $3, $4 }') == "$2" ]]; }

node_packages "$here" "$place"
python_packages "$here/python/requirements.txt" "$place/python"
generator
go_program github.com/oasdiff/oasdiff v1.37.0 h1:4/KuuhVDHF7ltTYNPRvdn9IIbcPRvGRTdJxBErbD5pQ= github.com/oasdiff/oasdiff
if [[ ${1:-} == all ]]; then
  node_packages "$here/hey-api" "$place/hey-api"
  python_packages "$here/datamodel/requirements.txt" "$place/datamodel"
  go_program github.com/oapi-codegen/oapi-codegen/v2 v2.8.2 h1:68UGCFId8tysEuz1jqDgem0Lnz0d6T+73br+KwH/W6k= \
    github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen
fi
