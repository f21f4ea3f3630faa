#!/usr/bin/env bash
# scripts/stack.sh NAME: one complete GitTix beside the running services: payment
# simulator, mail catcher, worker and server, with a database, a Redis index and logs of its own;
# or several workers and servers behind nginx.
# Runs in the foreground until a signal, or until one of its processes dies.
#
# From the environment:
#   SITE_PORT, SIM_PORT   3000 and 3002 unless set
#   SERVER_PORTS          two or more: as many servers on these, as many workers, and nginx on SITE_PORT
#   MAIL_PORT, MAIL_UI_PORT  the ports of the mail catcher; without them, no mail is sent
#   DEMO=1                fill the database with the demo data
#   LOCK_SECONDS, PAYMENT_ATTEMPTS, MAX_ACTIVE_LOCKS, MAX_TICKETS_PER_EVENT, LOCK_COOLDOWN_SECONDS, RATE_LIMIT_FACTOR,
#   PASSWORD_HASHES, RUST_LOG, LOG_FORMAT
#                         as in docs/CONFIGURATION.md
#   GITTIX_DATA           the services' folder (.data/run); PG_URL_BASE, PG_APP_URL_BASE and
#                         REDIS_URL_BASE, unless they are read from that folder's services.env
#   GITTIX_OWNER          a process id: the stack ends when that process ends
#   STACK_BIN             the binaries (target/debug)
#   STACK_SITE, STACK_SERVER, STACK_READY_SECONDS, STACK_FOLLOW  for make dev
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/database.sh
source "$ROOT/scripts/database.sh"
# shellcheck source=scripts/setup/extracted.sh
source "$ROOT/scripts/setup/extracted.sh"

NAME=${1:-gittix}
[[ $NAME =~ ^[a-z][a-z0-9_]{0,40}$ ]] || die "a stack's name is small letters, digits and underscores: not \"$NAME\"."
DATA=${GITTIX_DATA:-$DATA_ROOT/run}
if [[ -z ${PG_URL_BASE:-} ]]; then
  [[ -s $DATA/services.env ]] || die "no services are up in $DATA; start them with make run, or run this by scripts/services.sh."
  # shellcheck disable=SC1091 # written by services_start
  source "$DATA/services.env"
fi
SITE_PORT=${SITE_PORT:-3000}
SIM_PORT=${SIM_PORT:-3002}
read -ra PORTS <<<"${SERVER_PORTS:-$SITE_PORT}"
BIN=${STACK_BIN:-$ROOT/target/debug}
STACK=$DATA/stacks/$NAME
LOGS=$DATA/logs

# Each name has a fixed Redis index, so that a restart finds its jobs again.
redis_index() {
  local line names=$DATA/redis-indexes
  (
    flock 6
    grep -qxF "$NAME" "$names" 2>/dev/null || echo "$NAME" >>"$names"
  ) 6>"$names.lock"
  line=$(grep -nxF "$NAME" "$names" | cut -d: -f1)
  ((line <= 64)) || die "more than 64 stacks were named in $DATA, and Redis has an index for 64; use fewer names, or make clean-data."
  echo "$((line - 1))"
}

is_proxied() { ((${#PORTS[@]} > 1)); }

# shellcheck disable=SC2034 # exported whole
configure() {
  local index name
  # The keys belong to the folder's simulator: a shell's own keys, perhaps real ones, must not reach it.
  set -a
  # shellcheck disable=SC1091 # written by services_start
  source "$DATA/secrets"
  index=$(redis_index)
  APP_ENV=development
  DATABASE_URL=$PG_APP_URL_BASE/$NAME
  REDIS_URL=$REDIS_URL_BASE/$index
  LISTEN_ADDR=127.0.0.1:$SITE_PORT
  PUBLIC_URL=http://127.0.0.1:$SITE_PORT
  SITE_ROOT=$STACK/site
  STRIPE_API_BASE=http://127.0.0.1:$SIM_PORT
  STRIPE_JS_URL=http://127.0.0.1:$SIM_PORT/v3/
  STRIPE_SIM_LISTEN=127.0.0.1:$SIM_PORT
  # Mails go to the catcher or are not sent: a shell's own server, perhaps a real one, must not get them.
  SMTP_URL=${MAIL_PORT:+smtp://127.0.0.1:$MAIL_PORT}
  MAIL_FROM='GitTix <tickets@gittix.example>'
  MAIL_CATCHER_URL=${MAIL_UI_PORT:+http://127.0.0.1:$MAIL_UI_PORT}
  STRIPE_SIM_WEBHOOK_URL=$PUBLIC_URL/webhooks/stripe
  TICKET_FILES=$DATA/tickets/$NAME
  LOCK_SECONDS=${LOCK_SECONDS:-900}
  PAYMENT_ATTEMPTS=${PAYMENT_ATTEMPTS:-3}
  MAX_ACTIVE_LOCKS=${MAX_ACTIVE_LOCKS:-4}
  MAX_TICKETS_PER_EVENT=${MAX_TICKETS_PER_EVENT:-8}
  LOCK_COOLDOWN_SECONDS=${LOCK_COOLDOWN_SECONDS:-300}
  # The accounts of the demo are new, have thirty listings each, and can sell from the first second.
  MAX_LISTINGS_OF_NEW_ACCOUNT=${MAX_LISTINGS_OF_NEW_ACCOUNT:-1000}
  RATE_LIMIT_FACTOR=${RATE_LIMIT_FACTOR:-1}
  PASSWORD_HASHES=${PASSWORD_HASHES:-}
  RUST_LOG=${RUST_LOG:-info}
  LOG_FORMAT=${LOG_FORMAT:-text}
  if is_proxied; then
    TRUSTED_PROXIES=127.0.0.1/32
    # nginx learns sooner which server is about to end.
    DRAIN_SECONDS=2
  fi
  set +a
  unset PG_PASSWORD PG_APP_PASSWORD REDIS_PASSWORD
  # For developers: `set -a; . FILE; target/release/gittix-jobs` starts one more worker of this stack.
  (
    umask 077
    for name in APP_ENV DATABASE_URL REDIS_URL LISTEN_ADDR PUBLIC_URL SITE_ROOT LOCK_SECONDS PAYMENT_ATTEMPTS \
      MAX_ACTIVE_LOCKS MAX_TICKETS_PER_EVENT LOCK_COOLDOWN_SECONDS MAX_LISTINGS_OF_NEW_ACCOUNT RATE_LIMIT_FACTOR PASSWORD_HASHES \
      RUST_LOG LOG_FORMAT STRIPE_API_BASE STRIPE_JS_URL STRIPE_SECRET_KEY STRIPE_PUBLISHABLE_KEY \
      SMTP_URL MAIL_FROM MAIL_CATCHER_URL STRIPE_WEBHOOK_SECRET STRIPE_SIM_LISTEN STRIPE_SIM_WEBHOOK_URL \
      TICKET_FILES TICKET_KEYS TICKET_HASH_KEY SECOND_FACTOR_KEYS; do
      printf '%s=%q\n' "$name" "${!name}"
    done >"$STACK/env"
  )
}

# A build empties the site's folder while it runs; the files that are being served must not move.
take_site() {
  rm -rf "$STACK/site"
  if [[ -n ${STACK_SITE:-} ]]; then
    ln -s "$STACK_SITE" "$STACK/site"
  else
    cp -rl target/site "$STACK/site" 2>/dev/null || {
      rm -rf "$STACK/site"
      cp -r target/site "$STACK/site"
    }
  fi
}

# failed PART SENTENCE
failed() {
  say "--- the last lines of $LOGS/$NAME-$1.log" >&2
  tail -n 25 "$LOGS/$NAME-$1.log" >&2 || true
  die "stack $NAME: $2; all it said is in $LOGS/$NAME-$1.log."
}

# once PART ARGUMENTS…: runs a subcommand of the server that ends by itself.
once() {
  local part=$1 advice=
  # Until 1.0, a changed schema needs a new database.
  [[ $part != migrate ]] || advice=' (after a change of migrations/: make clean-data, and start again)'
  tied "$BIN/gittix-server" "$@" >"$LOGS/$NAME-$part.log" 2>&1 || failed "$part" "gittix-server $part failed$advice"
}

declare -A PIDS=() STARTED=() DEATHS=()
# start PART COMMAND…: uses KILL, because a process that is slow to shut down would stay behind
# when the script is dead.
start() {
  local part=$1
  shift
  spawn KILL "$@" >>"$LOGS/$NAME-$part.log" 2>&1
  PIDS[$part]=$SPAWNED
  echo "$SPAWNED" >"$STACK/$part.pid"
}

# start_server N, start_worker N: starts the first one, or one of several.
start_server() {
  local part=server
  ! is_proxied || part=server-$1
  # Unquoted: a command and its arguments.
  # shellcheck disable=SC2086
  start "$part" env LISTEN_ADDR=127.0.0.1:"${PORTS[$1 - 1]}" ${STACK_SERVER:-"$BIN/gittix-server" serve}
}

start_worker() {
  local part=worker
  ! is_proxied || part=worker-$1
  STARTED[$part]=$SECONDS DEATHS[$part]=${DEATHS[$part]:-0}
  start "$part" "$BIN/gittix-jobs"
}

start_simulator() { start sim "$BIN/stripe-sim" --state "$STACK/sim.json"; }

# The servers' addresses are in a separate file, which a test changes before a reload.
start_proxy() {
  local folder=$STACK/proxy user='' port
  mkdir -p "$folder"
  # As root, nginx would run its processes as another user, who has no access to this folder.
  ((EUID != 0)) || user='user root;'
  sed -e "s|@USER@|$user|" -e "s|@PORT@|$SITE_PORT|" end2end/proxy/nginx.conf >"$folder/nginx.conf"
  for port in "${PORTS[@]}"; do echo "server 127.0.0.1:$port max_fails=0;"; done >"$folder/upstream.conf"
  start proxy "$(nginx_path)" -e stderr -p "$folder" -c nginx.conf
}

# await PART PORT PATH SECONDS
await() {
  local part=$1 deadline=$((SECONDS + $4))
  until http_ok "$2" "$3"; do
    kill -0 "${PIDS[$part]}" 2>/dev/null || failed "$part" "the $part ended while it was starting"
    ((SECONDS < deadline)) || failed "$part" "the $part did not answer on http://127.0.0.1:$2$3 within $4 seconds"
    sleep 0.1
  done
}

stop_stack() {
  local part inner=()
  for part in "${!PIDS[@]}"; do
    [[ $part != server* && $part != worker* ]] || inner+=("${PIDS[$part]}")
  done
  end_all 5 TERM ${PIDS[proxy]:+"${PIDS[proxy]}"}
  # The simulator and the mail catcher end last: the others may use them while they finish.
  end_all 10 TERM "${inner[@]}"
  end_all 5 TERM ${PIDS[sim]:+"${PIDS[sim]}"} ${PIDS[mail]:+"${PIDS[mail]}"} ${PIDS[owner]:+"${PIDS[owner]}"}
  rm -rf "$STACK"/*.pid
}

# Applies the schema and, with DEMO=1, the demo data.
fill_database() {
  create_database "$NAME"
  MIGRATION_DATABASE_URL=$PG_URL_BASE/$NAME once migrate
  [[ ${DEMO:-} != 1 ]] || once demo
}

# For make dev: after each build, restarts the worker and the simulator on it. cargo-leptos restarts the server.
follow_builds() {
  local part binary
  trap - EXIT
  touch "$STACK/drafted" "$STACK/migrated"
  while sleep 0.5; do
    for part in worker sim; do
      binary=$BIN/gittix-jobs
      [[ $part == worker ]] || binary=$BIN/stripe-sim
      [[ ! $binary -nt $STACK/$part.pid ]] || kill "$(<"$STACK/$part.pid")" 2>/dev/null || true
    done
    # Until 1.0, a migration is edited in place, so the database is made again: first the bare schema, against which
    # the build checks its queries, and after the build by the new server.
    if [[ -n $(find migrations -newer "$STACK/drafted" -print -quit) ]]; then
      touch "$STACK/drafted"
      create_schema_database "$NAME" || say "stack $NAME: a migration failed; PostgreSQL's words are above."
      # The build that the change has begun may have found half of the schema. A new file begins another one.
      touch migrations/.begin
      sleep 1
      rm -f migrations/.begin
      touch "$STACK/drafted"
    elif [[ $STACK/drafted -nt $STACK/migrated && $BIN/gittix-server -nt $STACK/drafted ]]; then
      touch "$STACK/migrated"
      psql_in postgres -c "DROP DATABASE \"$NAME\" WITH (FORCE)" && fill_database
      say "stack $NAME: the database is made anew by the new migrations."
    fi
  done
}

# again PART STATUS: restarts an ended worker, as an orchestrator would; a worker that keeps dying is a failure.
again() {
  local part=$1
  if [[ -n ${STACK_FOLLOW:-} && $BIN/gittix-jobs -nt $STACK/$part.pid ]]; then
    start_worker "${part#worker-}"
    return
  fi
  ((SECONDS - STARTED[$part] < 30)) || DEATHS[$part]=0
  ((++DEATHS[$part] < 4)) || failed "$part" "the $part ended ${DEATHS[$part]} times in a row, the last time with status $2"
  say "stack $NAME: the $part ended with status $2; starting it again in 5 seconds."
  tied sleep 5
  start_worker "${part#worker-}"
}

# Waits for the first process to end. The site works without its worker; and if there are several servers,
# it works without one of them, which a test ends on purpose.
watch_stack() {
  local ended status part
  while true; do
    status=0
    wait -n -p ended "${PIDS[@]}" || status=$?
    for part in "${!PIDS[@]}"; do
      [[ ${PIDS[$part]} != "$ended" ]] || break
    done
    unset "PIDS[$part]"
    case $part in
      owner) return ;;
      sim)
        [[ -n ${STACK_FOLLOW:-} && $BIN/stripe-sim -nt $STACK/sim.pid ]] || failed sim "the simulator ended with status $status"
        start_simulator
        ;;
      worker*) again "$part" "$status" ;;
      server-*)
        ((status == 0)) || failed "$part" "the $part ended with status $status"
        start_server "${part#server-}"
        ;;
      *) failed "$part" "the $part ended with status $status" ;;
    esac
  done
}

need_ports "set SITE_PORT and SIM_PORT" "$SITE_PORT" "$SIM_PORT"
! is_proxied || need_ports "set SERVER_PORTS" "${PORTS[@]}"
[[ -z ${MAIL_PORT:-} ]] || need_ports "set MAIL_PORT and MAIL_UI_PORT" "$MAIL_PORT" "$MAIL_UI_PORT"
for binary in gittix-server gittix-jobs stripe-sim; do
  [[ -x $BIN/$binary ]] || die "$BIN/$binary is not there; build it first."
done
mkdir -p "$STACK" "$LOGS"
chmod 700 "$DATA/stacks"
at_exit stop_stack
configure
take_site
rm -f "$LOGS/$NAME"-*.log

fill_database
start_simulator
if [[ -n ${MAIL_PORT:-} ]]; then
  start mail env MAIL_PORT="$MAIL_PORT" MAIL_UI_PORT="$MAIL_UI_PORT" node scripts/mail-catcher.mjs
  await mail "$MAIL_UI_PORT" /healthz 20
fi
await sim "$SIM_PORT" /healthz 20
for ((place = 1; place <= ${#PORTS[@]}; place++)); do
  start_worker "$place"
  start_server "$place"
done
if [[ -n ${GITTIX_OWNER:-} ]]; then
  spawn KILL tail --pid="$GITTIX_OWNER" -f /dev/null
  PIDS[owner]=$SPAWNED
fi
if is_proxied; then
  for ((place = 1; place <= ${#PORTS[@]}; place++)); do
    await "server-$place" "${PORTS[place - 1]}" /readyz "${STACK_READY_SECONDS:-60}"
  done
  start_proxy
  await proxy "$SITE_PORT" /readyz 20
else
  await server "$SITE_PORT" /readyz "${STACK_READY_SECONDS:-60}"
fi
touch "$STACK/ready"
say "stack $NAME is ready on $PUBLIC_URL"
if [[ -n ${STACK_FOLLOW:-} ]]; then
  follow_builds &
  PIDS[follower]=$!
fi
watch_stack
