#!/usr/bin/env bash
# make bench: what a page, a lock and an event stream cost, measured on the release build with a PostgreSQL that
# waits for its disk. make bench-pages (scripts/bench.sh pages): what pages cost with a million tickets. docs/SCALING.md
# lists the results and their consequences. It fails nothing: the times depend on this machine and on its other load.
#
#   BENCH_SECONDS   how long each measurement takes (10)
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

script=${1:-main}
folder=$DATA_ROOT/bench-$$
finish() {
  [[ -z ${STACK_PID:-} ]] || end_all 20 TERM "$STACK_PID"
  services_stop
  if (($1 == 0)); then
    rm -rf "$folder"
  else
    rm -rf "$folder"/{postgres,redis,stacks}
    say "The logs are in $folder/logs."
  fi
}
at_exit finish
tied scripts/setup.sh bench || exit
use_toolchain
build_site
build_binaries --release
# Each stream is an open file at the server and another one in the client.
ulimit -n "$(ulimit -Hn)"
services_start "$folder" kept
port=$(free_ports 2)
export SITE_PORT=$port SIM_PORT=$((port + 1)) RATE_LIMIT_FACTOR=0 RUST_LOG=warn
[[ $script != pages ]] || export DEMO=1
spawn KILL env STACK_BIN="$ROOT/target/release" scripts/stack.sh bench >"$folder/logs/stack.log" 2>&1
STACK_PID=$SPAWNED
deadline=$((SECONDS + 60))
until [[ -e $folder/stacks/bench/ready ]]; do
  kill -0 "$STACK_PID" 2>/dev/null || { tail -n 20 "$folder/logs/stack.log" >&2; die "the stack did not start."; }
  ((SECONDS < deadline)) || die "the stack was not ready within 60 seconds."
  sleep 0.2
done
tied env BENCH_STACK="$folder/stacks/bench" BENCH_DATABASE="$PG_URL_BASE/bench" BENCH_PGBENCH="$(pg_bin)/pgbench" BENCH_PG_PID="$PG_PID" BENCH_REDIS_PID="$REDIS_PID" node "end2end/bench/$script.mjs"
