#!/usr/bin/env bash
# make seed-large: adds a million tickets at 100,000 events to the data of make run, which must not be running.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"

# shellcheck disable=SC2317 # reached by at_exit
finish() { services_stop; }
at_exit finish
tied scripts/setup.sh run || exit
services_start "$DATA_ROOT/run" kept
database=$PG_URL_BASE/gittix
ask() { psql -qAtX -v ON_ERROR_STOP=1 "$database" -c "$1"; }
ask "SELECT FROM events LIMIT 1" >/dev/null 2>&1 || die "there is no data yet; start make run once, and end it."
[[ $(ask "SELECT count(*) FROM users WHERE email = '1@sellers.example'") == 0 ]] || die "the million tickets are there already; make clean-data deletes all data."
step "Adding a million tickets" "some minutes"
psql -qX -1 -v ON_ERROR_STOP=1 "$database" -f <(grep -v '^VACUUM' end2end/bench/large.sql)
ask "VACUUM ANALYZE"
say "There are $(ask 'SELECT count(*) FROM tickets') tickets at $(ask 'SELECT count(*) FROM events') events now. make run serves them."
