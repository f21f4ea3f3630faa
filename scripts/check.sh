#!/usr/bin/env bash
# make check: the quick inner loop. Format, lints, and the tests inside the crates. Of the tests that need a
# PostgreSQL, a second each, it runs those of the folders that differ from the last commit; make test runs all.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build cache database; do
  # shellcheck disable=SC1090 # three beside this file
  source "$ROOT/scripts/$part.sh"
done

FOLDER=$DATA_ROOT/test-$$

finish() {
  services_stop
  rm -rf "$FOLDER"
}

# The modules of domain that differ from the last commit, one a line. A migration changes all of them.
changed_modules() {
  { git diff --name-only HEAD && git ls-files --others --exclude-standard; } |
    sed -nE 's#^domain/src/([a-z_]+).*#\1#p; s#^migrations/.*#[a-z_]+#p' | sort -u
}

# The nextest filter: without the tests of domain that need a database, but for those of the changed modules.
quick_tests() {
  local with_database modules
  # shellcheck disable=SC2016 # awk's own
  with_database=$(git ls-files -z 'domain/src/*.rs' | xargs -0 awk '
    /#\[sqlx::test/ { marked = 1 }
    marked && match($0, /fn [a-z0-9_]+/) { print substr($0, RSTART + 3, RLENGTH - 3); marked = 0 }' | paste -sd '|' -)
  modules=$(changed_modules | paste -sd '|' -)
  echo "not (package(domain) and test(/::($with_database)\$/) and not test(/^(${modules:-none})::/))"
}

at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
cache_restore
step "Format"
tied cargo fmt --all --check || die "the format differs; cargo fmt --all mends it."
step "Lints, server side"
tied cargo clippy --all-targets -- -D warnings || die "clippy found something; it is above."
step "Lints, browser side"
tied cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings || die "clippy found something; it is above."
step "Unit tests"
services_start "$FOLDER" fresh
# A server of the present migrations fills the template; without one each test migrates its own database.
if [[ -x $TEST_BIN/gittix-server && -z $(find migrations -newer "$TEST_BIN/gittix-server" -print -quit) ]]; then
  create_test_template "$TEST_BIN/gittix-server"
fi
create_database rust_tests
tied env DATABASE_URL="$PG_URL_BASE/rust_tests" cargo nextest run --lib --filterset "$(quick_tests)" ||
  die "a unit test failed; it is above."
say "Quick checks passed in $SECONDS s; make test runs them all."
