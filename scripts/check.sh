#!/usr/bin/env bash
# make check: the quick inner loop. Format, lints, and the tests that need no services.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

at_exit :
tied scripts/setup.sh run || exit
use_toolchain
step "Format"
tied cargo fmt --all --check || die "the format differs; cargo fmt --all mends it."
step "Lints, server side"
tied cargo clippy --all-targets -- -D warnings || die "clippy found something; it is above."
step "Lints, browser side"
tied cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings || die "clippy found something; it is above."
step "Unit tests"
tied cargo test --lib || die "a unit test failed; it is above."
say "Quick checks passed; make test runs them all."
