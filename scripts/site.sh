#!/usr/bin/env bash
# scripts/site.sh: builds what the browser loads, in target/site, says what it weighs, and fails if a page is over its
# budget. make test runs it beside other steps.
# shellcheck source=scripts/build.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

mkdir -p "$DATA_ROOT"
at_exit :
build_site
say "    built in $SECONDS s, beside the steps before"
node scripts/budget.mjs
