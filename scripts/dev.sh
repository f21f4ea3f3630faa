#!/usr/bin/env bash
# make dev: a debug build that follows the sources: server, worker, simulator, schema and the open pages.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build cache database; do
  # shellcheck disable=SC1090 # two beside this file
  source "$ROOT/scripts/$part.sh"
done

export SITE_PORT=${SITE_PORT:-3000} SIM_PORT=${SIM_PORT:-3002}
export MAIL_PORT=${MAIL_PORT:-3003} MAIL_UI_PORT=${MAIL_UI_PORT:-3004}
# Separate from the release's site, which may be in use.
export LEPTOS_SITE_ROOT=target/dev-site
export LEPTOS_SITE_ADDR=127.0.0.1:$SITE_PORT
# A stylesheet is reloaded under the same name. With a hash in the name, open pages would keep the old one.
export LEPTOS_HASH_FILES=false
# Queries are checked against the database, before make sqlx has recorded them.
export SQLX_OFFLINE=false

# Worker and simulator are in the server's own cargo call: apart, their dependencies would have other features.
DEV_ARGS=("${BINARIES[@]:2}")
DEV_ARGS=("${DEV_ARGS[@]/#/--bin-cargo-args=}")

need_ports "make dev SITE_PORT=3100 SIM_PORT=3102 MAIL_PORT=3103 MAIL_UI_PORT=3104" "$SITE_PORT" "$SIM_PORT" "$MAIL_PORT" "$MAIL_UI_PORT"
at_exit services_stop
tied scripts/setup.sh run || exit
use_toolchain
cache_restore
tied scripts/setup.sh tools || exit
services_start "$DATA_ROOT/run" kept
create_schema_database schema || die "a migration failed; PostgreSQL's words are above."
step "Building for development" "ten minutes or more the first time on two cores, then what changed"
tied env DATABASE_URL="$PG_URL_BASE/schema" cargo leptos build "${DEV_ARGS[@]}" ||
  die "the build failed; the compiler's words are above."
step "Starting; what the compiler and the server say follows" "Ctrl-C ends it"
log=$GITTIX_DATA/logs/gittix-server.log
: >"$log"
spawn KILL tail -n +1 -F "$log"
tied env DEMO=1 STACK_BIN="$ROOT/target/debug" STACK_SITE="$ROOT/target/dev-site" \
  STACK_FOLLOW=1 STACK_SERVER="cargo leptos watch ${DEV_ARGS[*]}" STACK_READY_SECONDS=1800 scripts/stack.sh gittix
