# shellcheck shell=bash
# Functions and settings that all scripts share. Sourced, never run.
# shellcheck disable=SC2034 # used by those who source it
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

# --- Words -----------------------------------------------------------------

say() { printf '%s\n' "$*"; }

# step "Doing this" ["about how long"]
step() { printf '==> %s%s\n' "$1" "${2:+ ($2)}"; }

# Prints one sentence that says what failed and what to do about it.
die() {
  printf '\ngittix: %s\n' "$*" >&2
  exit 1
}

# --- Versions and places ---------------------------------------------------

RUST_VERSION=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
CARGO_LEPTOS_VERSION=0.3.11
GECKODRIVER_VERSION=0.37.1
NODE_MAJOR=20
POSTGRES_MAJOR=15
# The generated glue and the crate use a private protocol, so their versions must be equal.
wasm_bindgen_version() {
  awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock
}

DATA_ROOT=${GITTIX_DATA_ROOT:-$ROOT/.data}
# A permanent folder, shared by every clone: the tools take minutes to build.
TOOLS=${GITTIX_TOOLS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gittix/tools}
DEBIAN_RUST=$TOOLS/debian-rust/bin

export PATH="$ROOT/node_modules/.bin:$TOOLS/bin:$TOOLS/node/bin:$PATH:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin"

# rustup's pinned toolchain takes precedence; without it, Debian's is used, once set-up has linked it.
rustup_has_pinned() { compgen -G "${RUSTUP_HOME:-${HOME:-/root}/.rustup}/toolchains/$RUST_VERSION-*" >/dev/null; }
use_toolchain() {
  if ! rustup_has_pinned && [[ -x $DEBIAN_RUST/cargo ]]; then
    export PATH="$DEBIAN_RUST:$PATH"
  fi
}
use_toolchain

# Prints the directory of the newest PostgreSQL that is new enough. Debian does not put it on PATH.
pg_bin() {
  local dir
  for dir in $(compgen -G '/usr/lib/postgresql/*/bin' | sort -Vr) "$(dirname "$(command -v postgres || echo /none/)")"; do
    [[ -x $dir/postgres && -x $dir/initdb && -x $dir/psql ]] || continue
    (($("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/') >= POSTGRES_MAJOR)) || continue
    echo "$dir"
    return
  done
  return 1
}

chromium_path() {
  local name
  for name in "${GITTIX_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [[ -n $name ]] && command -v "$name" && return
  done
  return 1
}

firefox_path() {
  local name
  for name in "${GITTIX_FIREFOX:-}" firefox-esr firefox; do
    [[ -n $name ]] && command -v "$name" && return
  done
  return 1
}

# WebKitGTK's own small browser, which is not on PATH.
minibrowser_path() { compgen -G '/usr/lib*/*/webkit2gtk-4.*/MiniBrowser' | sort -V | tail -n 1 | grep .; }

# --- One build environment -------------------------------------------------
# The same for every cargo call: a crate reads some of these while it compiles,
# cargo does not notice when they change, and a difference would build it twice
# or leave it stale.

export LEPTOS_OUTPUT_NAME=gittix
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
export RUSTUP_AUTO_INSTALL=0
# The scripts expect binaries in cargo's default folder.
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR
if [[ -n ${CI:-} ]]; then
  # A machine that builds once gains nothing from incremental builds and pays in disk and time.
  export CARGO_INCREMENTAL=0
fi
# A developer's own database settings would affect initdb, psql and sqlx.
for variable in "${!PG@}"; do
  [[ $variable == PG_URL_BASE || $variable == PG_APP_URL_BASE ]] || unset "$variable"
done
unset variable

# shellcheck source=scripts/process.sh
source "$ROOT/scripts/process.sh"
