#!/usr/bin/env bash
# scripts/dev-test.sh: edits one line of style, app, domain and a migration under make dev, waits until the browser
# shows it, and prints the seconds. It works in a copy of the clone. The nightly workflow runs it.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

COPY=$DATA_ROOT/dev-test
finish() {
  [[ -z ${DEV_PID:-} ]] || end_all 30 TERM "$DEV_PID"
  rm -rf "$COPY"
}
at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
rm -rf "$COPY"
mkdir -p "$COPY"
git ls-files -z --cached --others --exclude-standard | xargs -0 -r cp --parents -pt "$COPY"
ln -s "$ROOT/node_modules" "$COPY/node_modules"
# cargo joins the settings of all folders above: with two copies each flag would be given twice, and nothing in the
# cache would fit.
rm -r "$COPY/.cargo"
port=$(free_ports 5)
log=$DATA_ROOT/logs/dev-test.log
step "Starting make dev" "minutes where nothing is compiled yet; its log is $log"
# A group of its own, from the copy: lib.sh takes the folder it stands in as the root.
spawn TERM env -C "$COPY" SITE_PORT="$port" SIM_PORT=$((port + 1)) MAIL_PORT=$((port + 2)) MAIL_UI_PORT=$((port + 3)) \
  LEPTOS_RELOAD_PORT=$((port + 4)) scripts/dev.sh >"$log" 2>&1
DEV_PID=$SPAWNED
until http_ok "$port" /readyz; do
  kill -0 "$DEV_PID" 2>/dev/null || { tail -n 30 "$log" >&2; die "make dev ended; its last lines are above."; }
  sleep 1
done
tied env DEV_COPY="$COPY" DEV_URL="http://127.0.0.1:$port" GITTIX_CHROMIUM="$(chromium_path)" node end2end/dev.mjs
