#!/usr/bin/env bash
# scripts/site.sh: builds what the browser loads, in target/site, and says what it weighs. make test runs it
# beside other steps.
# shellcheck source=scripts/build.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

mkdir -p "$DATA_ROOT"
at_exit :
build_site
site_sizes
say "    built in $SECONDS s, beside the steps before"
