#!/usr/bin/env bash
# scripts/site.sh: builds the browser's files in target/site, reports their sizes, and fails if a page is over its
# budget. make test runs it in parallel with other steps.
# shellcheck source=scripts/build.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

mkdir -p "$DATA_ROOT"
at_exit :
build_site
say "    built in $SECONDS s, beside the steps before"
node scripts/budget.mjs
