#!/usr/bin/env bash
# make e2e-browsers: one purchase in Firefox and one in WebKit, each driven by its own WebDriver. See docs/TESTING.md.
#
#   BROWSERS='firefox'   only these
#   BROWSERS_BIN         a folder of other binaries than this clone's, and STACK_SITE of another site; then nothing is
#                        built
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build cache; do
  # shellcheck disable=SC1090 # two beside this file
  source "$ROOT/scripts/$part.sh"
done

export BROWSERS=${BROWSERS:-firefox webkit}
folder=$DATA_ROOT/test-browsers-$$
stack_pid='' display_pid=''

finish() {
  [[ -z $stack_pid ]] || end_all 20 TERM "$stack_pid"
  [[ -z $display_pid ]] || end_all 5 TERM "$display_pid"
  services_stop
  if (($1 == 0)); then
    rm -rf "$folder"
  else
    rm -rf "$folder"/{postgres,postgres.new,redis,stacks,tmp}
    [[ ! -d $folder/logs ]] || say "The logs, and a picture of each window, are in $folder/logs."
  fi
}

# WebKit has no mode without a display. The server of this one chooses its number and accepts no network.
start_display() {
  local tries=100
  # File 3 is where it writes the number.
  spawn TERM Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>"$folder/display" >"$folder/logs/display.log" 2>&1
  display_pid=$SPAWNED
  until [[ -s $folder/display ]]; do
    if ! kill -0 "$display_pid" 2>/dev/null || ((tries-- <= 0)); then
      die "Xvfb did not start; it says why in $folder/logs/display.log."
    fi
    sleep 0.1
  done
  DISPLAY=:$(<"$folder/display")
  export DISPLAY
}

start_stack() {
  local port=$1 deadline=$((SECONDS + 60))
  spawn TERM env GITTIX_OWNER=$$ SITE_PORT="$port" SIM_PORT="$((port + 1))" RATE_LIMIT_FACTOR=1000 \
    MAX_DECLINES_PER_NETWORK=1000000 STACK_BIN="${BROWSERS_BIN:-$TEST_BIN}" scripts/stack.sh browsers >"$folder/logs/stack.log" 2>&1
  stack_pid=$SPAWNED
  until [[ -e $folder/stacks/browsers/ready ]]; do
    if ! kill -0 "$stack_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 20 "$folder/logs/stack.log" >&2
      die "the site did not start; its last lines are above."
    fi
    sleep 0.2
  done
}

# The accounts of end2end/browsers/journey.mjs. Signing up takes a mail, which this stack does not send.
create_accounts() {
  local name
  for name in seller buyer; do
    # shellcheck disable=SC2016 # expanded by the inner bash
    bash -c 'set -a; source "$1"; shift; exec "$@"' _ "$folder/stacks/browsers/env" \
      "${BROWSERS_BIN:-$TEST_BIN}/gittix-server" account add "$name@example.com" <<<'a few plain words' \
      >>"$folder/logs/stack.log" 2>&1 || die "the account of the $name was not made; see $folder/logs/stack.log."
  done
}

at_exit finish
tied scripts/setup.sh browsers || exit
use_toolchain
if [[ -z ${BROWSERS_BIN:-} ]]; then
  cache_restore
  build_all
fi
services_start "$folder" fresh
folder=$GITTIX_DATA
port=$(free_ports 6)
[[ $BROWSERS != *webkit* ]] || start_display
start_stack "$port"
create_accounts
mkdir "$folder/tmp"
tied env TMPDIR="$folder/tmp" XDG_CACHE_HOME="$folder/tmp" BROWSERS_LOGS="$folder/logs" BROWSERS_SITE="http://127.0.0.1:$port" \
  BROWSERS_PORT="$((port + 2))" BROWSERS_FIREFOX="$(firefox_path)" BROWSERS_WEBKIT="$(minibrowser_path)" \
  node end2end/browsers/main.mjs
