#!/usr/bin/env bash
# Builds the program for the platform, checks it, and packs it with function-app/ into target/finrust.zip.
#
# usage: infra/package.sh      (needs Linux, a Rust toolchain, Python 3.11 with venv, binutils)
#
# The C library of the platform's instances is not documented: the program asks for 2.31 at most, and for no other library. A linker
# that can do that comes from PyPI and is installed below target/.
set -euo pipefail
export LC_ALL=C TZ=UTC

[[ $# == 0 ]] || { echo "usage: $0   (takes no arguments, but there is: $*)" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

TARGET=x86_64-unknown-linux-gnu
NEWEST_GLIBC=2.31
# Unpacked and started at every cold start, so it has a limit: what a package of this kind may weigh, in bytes.
MOST_BYTES=16000000
# All of the C library itself.
LIBRARIES='libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|ld-linux-x86-64\.so\.2'

target=${CARGO_TARGET_DIR:-$root/target}
tools=$target/tools/package
binary=$target/$TARGET/release/finrust
package=$target/finrust.zip

fail() { echo "infra/package.sh: $*" >&2; exit 1; }

needed() {
  local program
  [[ $(uname -s) == Linux ]] || fail "runs on Linux only"
  for program in cargo python3 readelf objdump; do
    command -v "$program" >/dev/null || fail "$program is not installed"
  done
}

install_tools() {
  local wanted=infra/package-requirements.txt
  if ! cmp -s "$wanted" "$tools/installed.txt"; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: --requirement "$wanted"
    cp "$wanted" "$tools/installed.txt"
  fi
  if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx "$TARGET"; then
    rustup target add "$TARGET"
  fi
}

# Flags of whoever builds are left out, and so are the names of the folders it is built in.
build() {
  local flags
  printf -v flags '%s\x1f%s' "--remap-path-prefix=$root=/finrust" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
  env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS CARGO_ENCODED_RUSTFLAGS="$flags" PATH="$tools/bin:$PATH" \
    cargo-zigbuild build --locked --release --target "$TARGET.$NEWEST_GLIBC" --bin finrust
}

check_binary() {
  local found newest
  [[ $(readelf --file-header "$binary") == *'Advanced Micro Devices X86-64'* ]] || fail "$binary is not for x86-64"
  found=$(readelf --dynamic "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  ! grep -vxE "$LIBRARIES" <<<"$found" || fail "$binary needs a library that the platform may not have"
  # Symbols that it takes from elsewhere, by the version they came with.
  found=$(objdump --dynamic-syms "$binary" | grep -F '*UND*' | grep -oE '[A-Z]+_[0-9][0-9.]*' | sort -uV)
  ! grep -v '^GLIBC_' <<<"$found" || fail "$binary takes symbols from another library than the C library"
  newest=$(tail -n 1 <<<"${found//GLIBC_/}")
  [[ $(printf '%s\n' "$newest" "$NEWEST_GLIBC" | sort -V | tail -n 1) == "$NEWEST_GLIBC" ]] ||
    fail "$binary needs C library $newest, newer than $NEWEST_GLIBC"
  # Runs the loader, so only where it is the loader that the program names.
  if [[ $(uname -m) == x86_64 ]]; then
    ! ldd "$binary" | grep 'not found' || fail "$binary does not load"
    [[ $("$binary" openapi) == *'"openapi"'* ]] || fail "$binary does not run"
  fi
  echo "program: $(stat -c %s "$binary") bytes, needs C library $newest and nothing else"
}

check_weight() {
  local bytes
  bytes=$(stat -c %s "$package")
  ((bytes <= MOST_BYTES)) || fail "$package has $bytes bytes, more than the $MOST_BYTES it may have"
  echo "package: $bytes of at most $MOST_BYTES bytes, SHA-256 $(sha256sum "$package" | cut -d ' ' -f 1)"
}

needed
install_tools
build
check_binary
"$tools/bin/python" infra/package_zip.py function-app "$binary" "$package"
check_weight
echo "$package"
