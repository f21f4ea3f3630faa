#!/usr/bin/env bash
# make lighthouse: how Lighthouse rates the pages that search engines find, on the release build with the demo data. Not a
# step of make test: the times depend on this machine and on its other load.
#
#   LIGHTHOUSE_RUNS   of so many runs of each page, the middle one counts (3)
#   LIGHTHOUSE_BIN    a folder of other binaries than those of the release; then none are built
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

folder=$DATA_ROOT/lighthouse-$$
stack_pid=''
finish() {
  [[ -z $stack_pid ]] || end_all 20 TERM "$stack_pid"
  services_stop
  if (($1 == 0)); then
    rm -rf "$folder"
  else
    rm -rf "$folder"/{postgres,postgres.new,redis,stacks,tmp}
    say "The logs are in $folder/logs."
  fi
}

install_lighthouse() {
  local packages=$ROOT/end2end/lighthouse
  ! cmp -s "$packages/package-lock.json" "$packages/node_modules/.gittix-installed-lock" || return 0
  step "Installing Lighthouse by npm" "half a minute"
  (cd "$packages" && tied npm ci --ignore-scripts --no-audit --no-fund) || die "npm could not install Lighthouse; it says why above."
  cp "$packages/package-lock.json" "$packages/node_modules/.gittix-installed-lock"
}

start_stack() {
  local deadline=$((SECONDS + 60))
  spawn TERM env GITTIX_OWNER=$$ DEMO=1 SITE_PORT="$1" SIM_PORT="$(($1 + 1))" RUST_LOG=warn STACK_BIN="$bin" \
    scripts/stack.sh lighthouse >"$folder/logs/stack.log" 2>&1
  stack_pid=$SPAWNED
  until [[ -e $folder/stacks/lighthouse/ready ]]; do
    if ! kill -0 "$stack_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 20 "$folder/logs/stack.log" >&2
      die "the site did not start; its last lines are above."
    fi
    sleep 0.2
  done
}

at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
install_lighthouse
build_site
bin=${LIGHTHOUSE_BIN:-$ROOT/target/release}
[[ -n ${LIGHTHOUSE_BIN:-} ]] || build_binaries --release
take_site_hash "$bin"
services_start "$folder" fresh
folder=$GITTIX_DATA
mkdir -p "$folder/tmp"
port=$(free_ports 2)
start_stack "$port"
tied env TMPDIR="$folder/tmp" GITTIX_CHROMIUM="$(chromium_path)" LIGHTHOUSE_SITE="http://127.0.0.1:$port" \
  node end2end/lighthouse/main.mjs
