# shellcheck shell=bash
# Compiled dependencies, shared by the clones on a machine. Sourced.
#
# A new clone then compiles only its own crates. The store holds units of registry crates alone: cargo identifies
# those by name and version, so a copy is valid. It compares the workspace's crates by the time
# of their files, which a copy from another clone would get wrong.
# Units are added and never changed. A lock on the store makes two concurrent runs safe.

CACHE_ROOT=${GITTIX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gittix/dependencies}
# Number of stores to keep: one for this compiler and Cargo.lock, and the two used before it.
CACHE_STORES=3

cache_store() {
  echo "$CACHE_ROOT/$({ rustc -vV && cat Cargo.lock; } | sha256sum | cut -c 1-16)"
}

# cache_units FOLDER: prints NAME-HASH of each complete unit of a registry crate, in a folder of a profile.
cache_units() {
  local members
  members=$(sed -n 's/^members = \[\(.*\)\]/\1/p' Cargo.toml | tr -d '" ' | tr ',' '|')
  # A unit with only the time stamp was begun and not finished.
  find "$1/.fingerprint" -mindepth 2 -maxdepth 2 -type f ! -name invoked.timestamp -printf '%P\n' 2>/dev/null |
    cut -d / -f 1 | grep -vE "^($members)-[0-9a-f]{16}$" | sort -u
}

# cache_copy FROM TO: adds the units that TO lacks. cargo considers a unit built once its fingerprint
# exists, so the fingerprints are copied last.
cache_copy() (
  set -e
  from=$1 to=$2
  lists=$(mktemp -d)
  trap 'rm -rf "$lists"' EXIT
  # target/debug, target/front/wasm32-unknown-unknown/wasm-release and so on
  while read -r profile; do
    mkdir -p "$to/$profile"
    comm -23 <(cache_units "$from/$profile") <(cache_units "$to/$profile") >"$lists/units"
    [[ -s $lists/units ]] || continue
    sed 's/.*-//' "$lists/units" >"$lists/hashes"
    (cd "$from/$profile" && find deps build -mindepth 1 -maxdepth 1) | grep -F -f "$lists/hashes" >"$lists/files" || true
    sed 's|^|.fingerprint/|' "$lists/units" >"$lists/fingerprints"
    for list in files fingerprints; do
      tar -C "$from/$profile" -cf - -T "$lists/$list" | tar -C "$to/$profile" -xf -
    done
  done < <(cd "$from" && find . -mindepth 2 -maxdepth 4 -type d -name .fingerprint -printf '%h\n')
)

# cache_restore: copies compiled units from the store to a clone that has built nothing so far.
cache_restore() {
  local store
  [[ ! -e target/debug && ! -e target/wasm32-unknown-unknown ]] || return 0
  store=$(cache_store)
  # After a change of Cargo.lock most crates are as before: the name of a unit tells cargo which ones.
  # shellcheck disable=SC2012 # by time; the names are ours
  [[ -d $store ]] || store=$(ls -dt "$CACHE_ROOT"/*/ 2>/dev/null | head -n 1 || true)
  store=${store%/}
  [[ -d $store ]] || return 0
  step "Copying compiled dependencies from $store" "seconds"
  (
    flock -s 6
    cache_copy "$store" target
  ) 6>"$store.lock" || say "    the copy failed, so they are compiled here"
  touch "$store"
}

# cache_save: adds this clone's units to the store. A read-only store costs the next clone time
# and does not fail this run.
cache_save() {
  local store old
  store=$(cache_store)
  mkdir -p "$store" || return 0
  (
    flock 6
    cache_copy target "$store"
  ) 6>"$store.lock" || say "    $store was not updated"
  touch "$store"
  # shellcheck disable=SC2012 # by time; the names are ours
  for old in $(ls -dt "$CACHE_ROOT"/*/ | tail -n "+$((CACHE_STORES + 1))"); do
    (
      flock -n 6 || exit 0
      rm -rf "$old"
    ) 6>"${old%/}.lock"
  done
}
