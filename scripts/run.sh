#!/usr/bin/env bash
# make run: the site with demo data on http://127.0.0.1:3000, until Ctrl-C.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
for part in build cache; do
  # shellcheck disable=SC1090 # two beside this file
  source "$ROOT/scripts/$part.sh"
done

export SITE_PORT=${SITE_PORT:-3000} SIM_PORT=${SIM_PORT:-3002}
export MAIL_PORT=${MAIL_PORT:-3003} MAIL_UI_PORT=${MAIL_UI_PORT:-3004}

# shellcheck disable=SC2317 # reached by at_exit
stop() {
  local status=$1
  services_stop
  case $status in
    129 | 130 | 143) say "Stopped. The demo data is kept; make clean-data forgets it." ;;
  esac
}

banner() {
  cat <<BANNER

  GitTix is on http://127.0.0.1:$SITE_PORT        Ctrl-C ends it

  Sign in as    alice@example.com or bob@example.com
  with          correct horse battery
  Pay with      4242 4242 4242 4242   goes through
                4000 0025 0000 3155   asks for 3-D Secure
                4000 0000 0000 0002   is declined
                4000 0000 0000 9995   has insufficient funds
                any future date, any CVC; the simulator takes no money
  Mails         http://127.0.0.1:$MAIL_UI_PORT   every mail that the site sends; none leaves this machine
  Logs          $GITTIX_DATA/logs

BANNER
}

# Checked before the build, which takes minutes.
need_ports "make run SITE_PORT=3100 SIM_PORT=3102 MAIL_PORT=3103 MAIL_UI_PORT=3104" "$SITE_PORT" "$SIM_PORT" "$MAIL_PORT" "$MAIL_UI_PORT"
at_exit stop
tied scripts/setup.sh run || exit
use_toolchain
cache_restore
build_all
cache_save
step "Starting PostgreSQL, Redis, the payment simulator, the worker and the server" "seconds"
services_start "$DATA_ROOT/run" kept
rm -f "$GITTIX_DATA/stacks/gittix/ready"
spawn TERM env DEMO=1 STACK_BIN="$TEST_BIN" scripts/stack.sh gittix
TIED=$SPAWNED
until [[ -e $GITTIX_DATA/stacks/gittix/ready ]]; do
  kill -0 "$TIED" 2>/dev/null || break
  sleep 0.1
done
[[ ! -e $GITTIX_DATA/stacks/gittix/ready ]] || banner
status=0
wait -n -p ended "$TIED" "$PG_PID" "$REDIS_PID" || status=$?
case $ended in
  "$PG_PID") die "PostgreSQL ended; its last words are in $GITTIX_DATA/logs/postgres.log." ;;
  "$REDIS_PID") die "Redis ended; its last words are in $GITTIX_DATA/logs/redis.log." ;;
esac
exit "$status"
