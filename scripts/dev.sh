#!/usr/bin/env bash
# make dev: the same as make run in a debug build that follows the sources, reloading
# the browser. The worker and the simulator are built once, at the start.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"

export SITE_PORT=${SITE_PORT:-3000} SIM_PORT=${SIM_PORT:-3002}
# Apart from the release's, which may be being served.
export LEPTOS_SITE_ROOT=target/dev-site
export LEPTOS_SITE_ADDR=127.0.0.1:$SITE_PORT

need_ports "make dev SITE_PORT=3100 SIM_PORT=3102" "$SITE_PORT" "$SIM_PORT"
at_exit services_stop
tied scripts/setup.sh run || exit
use_toolchain
step "Building for development" "five minutes or more the first time on two cores, then what changed"
tied cargo build -p server -p jobs -p stripe-sim || die "the build failed; the compiler's words are above."
services_start "$DATA_ROOT/run" kept
step "Starting; cargo leptos watch builds the browser's part, and says so in $GITTIX_DATA/logs/gittix-server.log" "two minutes the first time"
# The queries are checked against the real schema while it is being worked on.
mkdir -p target/dev-site
: >"$GITTIX_DATA/logs/gittix-server.log"
spawn KILL tail -n +1 -F "$GITTIX_DATA/logs/gittix-server.log"
tied env DEMO=1 STACK_BIN="$ROOT/target/debug" STACK_SITE="$ROOT/target/dev-site" \
  STACK_SERVER='cargo leptos watch' STACK_READY_SECONDS=1800 scripts/stack.sh gittix
