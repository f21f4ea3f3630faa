#!/usr/bin/env bash
# make check: the quick inner loop. Format, lints, and the tests inside the crates, whose use-cases get a
# PostgreSQL of their own.
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
tied env DATABASE_URL="$PG_URL_BASE/rust_tests" cargo nextest run --lib || die "a unit test failed; it is above."
say "Quick checks passed in $SECONDS s; make test runs them all."
