#!/usr/bin/env bash
# A private PostgreSQL cluster and a private Redis in one data folder.
#
# Sourced: services_start FOLDER kept|fresh, services_stop.
# Run:     scripts/services.sh FOLDER COMMAND…  runs the command with both started.
#
# Loopback only, ports chosen at start, passwords made once and kept in the folder: they do
# not clash with the machine's own servers or another clone, and the machine's other users have no access.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PG_PID=
REDIS_PID=

# The command that starts a service. PostgreSQL refuses to run as root, so root runs it as another
# user; if that user cannot reach the folder (a clone under /root), it also gets the one
# capability that allows it.
AS_SERVICE=()
choose_service_user() {
  local dir=$1 user=nobody
  AS_SERVICE=(env LC_ALL=C.UTF-8)
  SERVICE_USER=
  ((EUID == 0)) || return 0
  id -u postgres >/dev/null 2>&1 && user=postgres
  SERVICE_USER=$user
  AS_SERVICE=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  if ! "${AS_SERVICE[@]}" stat "$dir/." >/dev/null 2>&1; then
    AS_SERVICE+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
    "${AS_SERVICE[@]}" stat "$dir/." >/dev/null 2>&1 ||
      die "PostgreSQL cannot run as root, and the user $user cannot reach $dir; set GITTIX_DATA_ROOT to a folder it can reach, such as /var/tmp/gittix."
  fi
  AS_SERVICE+=(env LC_ALL=C.UTF-8)
}

service_folder() {
  mkdir -p "$1"
  chmod 700 "$1"
  [[ -z $SERVICE_USER ]] || chown "$SERVICE_USER:" "$1"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# Made once per folder. The Stripe keys are the simulator's, which accepts any key.
load_secrets() {
  local file=$1/secrets
  if [[ ! -s $file ]]; then
    (
      umask 077
      cat >"$file.new" <<SECRETS
PG_PASSWORD=$(random_hex 16)
REDIS_PASSWORD=$(random_hex 16)
STRIPE_SECRET_KEY=sk_test_$(random_hex 16)
STRIPE_PUBLISHABLE_KEY=pk_test_$(random_hex 16)
STRIPE_WEBHOOK_SECRET=whsec_$(random_hex 16)
SECRETS
      mv "$file.new" "$file"
    )
  fi
  # What a folder of an earlier version has not: what seals tickets and second factors, and a second role.
  grep -q ^TICKET_KEYS= "$file" ||
    printf 'TICKET_KEYS=dev:%s\nTICKET_HASH_KEY=%s\n' "$(random_hex 32)" "$(random_hex 32)" >>"$file"
  grep -q ^SECOND_FACTOR_KEYS= "$file" || printf 'SECOND_FACTOR_KEYS=dev:%s\n' "$(random_hex 32)" >>"$file"
  grep -q ^PG_APP_PASSWORD= "$file" || printf 'PG_APP_PASSWORD=%s\n' "$(random_hex 16)" >>"$file"
  # shellcheck disable=SC1090 # made above
  source "$file"
}

# Made in a temporary folder and then moved: an interrupted start leaves no partial cluster.
# The superuser cannot log in; GitTix's owner may create databases and change their templates.
create_cluster() {
  local dir=$1 bin=$2 log=$3
  rm -rf "$dir/postgres.new"
  service_folder "$dir/postgres.new"
  tied "${AS_SERVICE[@]}" "$bin/initdb" -D "$dir/postgres.new" -U postgres -A reject \
    -E UTF8 --locale=C.UTF-8 --no-sync >>"$log" 2>&1 ||
    die "PostgreSQL's initdb failed; it says why in $log."
  "${AS_SERVICE[@]}" "$bin/postgres" --single -D "$dir/postgres.new" postgres >>"$log" 2>&1 \
    <<<"CREATE ROLE gittix LOGIN CREATEDB PASSWORD '$PG_PASSWORD'
ALTER DATABASE template1 OWNER TO gittix" ||
    die "PostgreSQL could not create our role; it says why in $log."
  mv "$dir/postgres.new" "$dir/postgres"
}

# The role that servers and workers connect as. The owner may act as it, for the tests. A cluster of an earlier version
# has none.
add_application_role() {
  local dir=$1 bin=$2 log=$3
  ! grep -q gittix_app "$dir/postgres/pg_hba.conf" || return 0
  "${AS_SERVICE[@]}" "$bin/postgres" --single -D "$dir/postgres" postgres >>"$log" 2>&1 \
    <<<"CREATE ROLE gittix_app LOGIN PASSWORD '$PG_APP_PASSWORD'
GRANT gittix_app TO gittix" ||
    die "PostgreSQL could not create the application's role; it says why in $log."
  echo 'host all gittix,gittix_app 127.0.0.1/32 scram-sha-256' >"$dir/postgres/pg_hba.conf"
}

start_postgres() {
  local dir=$1 mode=$2 bin log=$1/logs/postgres.log try wait_ticks options
  bin=$(pg_bin) || die "PostgreSQL $POSTGRES_MAJOR or newer is missing; run scripts/setup.sh."
  [[ -d $dir/postgres ]] || create_cluster "$dir" "$bin" "$1/logs/initdb.log"
  # A crashed run's; this script holds the folder's lock.
  rm -f "$dir/postgres/postmaster.pid"
  add_application_role "$dir" "$bin" "$1/logs/initdb.log"
  options=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200)
  # A temporary database need not survive a power cut.
  [[ $mode == kept ]] || options+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  for try in 1 2 3 4 5; do
    # This script holds the folder's lock, so the file is a crashed run's. If it stayed, a process
    # that has since got the same number would be taken for that run's server.
    rm -f "$dir/postgres/postmaster.pid"
    PG_PORT=$(free_ports 1)
    # INT is PostgreSQL's "fast" shutdown; TERM would wait for its clients.
    setsid -- "${AS_SERVICE[@]}" setpriv --pdeathsig INT -- "$bin/postgres" -D "$dir/postgres" \
      -p "$PG_PORT" "${options[@]}" >"$log" 2>&1 </dev/null &
    PG_PID=$!
    for ((wait_ticks = 0; wait_ticks < 1200; wait_ticks++)); do
      kill -0 "$PG_PID" 2>/dev/null || break
      # Reads the server's own file and not the port: another process can answer on the port.
      if [[ $(sed -n '1p' "$dir/postgres/postmaster.pid" 2>/dev/null) == "$PG_PID" &&
        $(sed -n '8p' "$dir/postgres/postmaster.pid" 2>/dev/null) == ready* ]]; then
        return 0
      fi
      sleep 0.05
    done
    # Another process took the port between the check and the bind: try another port.
    grep -q 'could not bind\|Address already in use' "$log" && ((try < 5)) && continue
    tail -n 20 "$log" >&2
    die "PostgreSQL did not start; its last lines are above, all of them in $log."
  done
}

start_redis() {
  local dir=$1 mode=$2 log=$1/logs/redis.log try wait_ticks appendonly=no
  [[ $mode == kept ]] && appendonly=yes
  service_folder "$dir/redis"
  for try in 1 2 3 4 5; do
    REDIS_PORT=$(free_ports 1)
    # On stdin, because a command line would show the password to every user.
    setsid -- "${AS_SERVICE[@]}" setpriv --pdeathsig TERM -- redis-server - >"$log" 2>&1 <<REDIS &
bind 127.0.0.1
port $REDIS_PORT
requirepass $REDIS_PASSWORD
dir $dir/redis
databases 64
appendonly $appendonly
save ""
maxmemory-policy noeviction
daemonize no
REDIS
    REDIS_PID=$!
    for ((wait_ticks = 0; wait_ticks < 600; wait_ticks++)); do
      kill -0 "$REDIS_PID" 2>/dev/null || break
      if [[ $(REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping 2>/dev/null) == PONG ]]; then
        return 0
      fi
      sleep 0.05
    done
    grep -q 'Address already in use' "$log" && ((try < 5)) && continue
    tail -n 20 "$log" >&2
    die "Redis did not start; its last lines are above, all of them in $log."
  done
}

# services_start FOLDER kept|fresh
services_start() {
  local dir=$1 mode=$2
  mkdir -p "$dir/logs"
  chmod 711 "$dir"
  chmod 700 "$dir/logs"
  dir=$(cd "$dir" && pwd -P)
  # This script and both services hold the lock: while one of them lives, the folder is in use.
  # After a run is killed, its services take a moment to end.
  exec 9>"$dir/lock"
  flock -w 10 9 || die "$dir is in use: another make run or make dev of this clone is up; end that one first."
  choose_service_user "$dir"
  load_secrets "$dir"
  start_postgres "$dir" "$mode"
  start_redis "$dir" "$mode"

  export GITTIX_DATA=$dir
  # The owner of the schemas, and the role of servers and workers.
  export PG_URL_BASE=postgres://gittix:$PG_PASSWORD@127.0.0.1:$PG_PORT
  export PG_APP_URL_BASE=postgres://gittix_app:$PG_APP_PASSWORD@127.0.0.1:$PG_PORT
  export REDIS_URL_BASE=redis://:$REDIS_PASSWORD@127.0.0.1:$REDIS_PORT
  (
    umask 077
    printf 'export PG_URL_BASE=%s\nexport PG_APP_URL_BASE=%s\nexport REDIS_URL_BASE=%s\n' \
      "$PG_URL_BASE" "$PG_APP_URL_BASE" "$REDIS_URL_BASE" >"$dir/services.env"
  )
}

services_stop() {
  [[ -z ${GITTIX_DATA:-} ]] || rm -f "$GITTIX_DATA/services.env"
  [[ -z $REDIS_PID ]] || end_all 10 TERM "$REDIS_PID"
  [[ -z $PG_PID ]] || end_all 20 INT "$PG_PID"
  PG_PID='' REDIS_PID=''
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  (($# >= 2)) || die "usage: scripts/services.sh FOLDER COMMAND…"
  at_exit services_stop
  folder=$1
  shift
  services_start "$folder" fresh
  tied "$@"
fi
