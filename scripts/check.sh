#!/usr/bin/env bash
# make check: the quick inner loop. Format, lints, and the tests inside the crates,
# which run against a PostgreSQL of their own.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/database.sh
source "$ROOT/scripts/database.sh"

FOLDER=$DATA_ROOT/test-$$

finish() {
  services_stop
  rm -rf "$FOLDER"
}

at_exit finish
tied scripts/setup.sh run || exit
use_toolchain
step "Format"
tied cargo fmt --all --check || die "the format differs; cargo fmt --all mends it."
step "Lints, server side"
tied cargo clippy --all-targets -- -D warnings || die "clippy found something; it is above."
step "Lints, browser side"
tied cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings || die "clippy found something; it is above."
step "Unit tests"
services_start "$FOLDER" fresh
psql_in postgres -c 'CREATE DATABASE rust_tests'
tied env DATABASE_URL="$PG_URL_BASE/rust_tests" cargo test --lib || die "a unit test failed; it is above."
say "Quick checks passed; make test runs them all."
