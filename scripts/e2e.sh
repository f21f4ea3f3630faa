#!/usr/bin/env bash
# make e2e [ARGS='…']: only the browser tests, with ARGS for Playwright.
# GITTIX_PROFILE=release: on the release build instead of the tests' build.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

folder=$DATA_ROOT/test-e2e-$$
finish() {
  services_stop
  if (($1 == 0)); then
    rm -rf "$folder"
  else
    rm -rf "$folder"/{postgres,postgres.new,redis,stacks}
    say "The stacks' logs are in $folder/logs."
  fi
}
at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
bin=$TEST_BIN
if [[ ${GITTIX_PROFILE:-} == release ]]; then
  bin=$ROOT/target/release
  build_binaries --release
else
  build_for_tests
fi
build_site
take_site_hash "$bin"
services_start "$folder" fresh
tied env GITTIX_OWNER=$$ GITTIX_CHROMIUM="$(chromium_path)" E2E_PORT_BASE="$(free_ports 20)" STACK_BIN="$bin" \
  npx --no-install playwright test --config end2end/playwright.config.ts "$@"
