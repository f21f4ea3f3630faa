#!/usr/bin/env bash
# make chaos [SEED=… CHAOS_SECONDS=…]: simulated users buy and sell while every part of the product
# is killed, emptied, stalled and cut off; afterwards the invariants must hold. See docs/TESTING.md.
#
# CHAOS_BIN: a folder of other binaries than those of the tests, such as target/release; then nothing is built.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/build.sh
source "$ROOT/scripts/build.sh"

folder=$DATA_ROOT/test-chaos-$$
finish() {
  rm -rf "$folder"/{postgres,postgres.new,redis,secrets}
  (($1 != 0)) || rm -rf "$folder"
}
at_exit finish
if [[ -z ${CHAOS_BIN:-} ]]; then
  tied scripts/setup.sh test || exit
  use_toolchain
  build_for_tests
  build_site
  take_site_hash "$TEST_BIN"
fi
mkdir -p "$folder/logs"
chmod 711 "$folder"
folder=$(cd "$folder" && pwd -P)
exec 9>"$folder/lock"
flock 9
choose_service_user "$folder"
load_secrets "$folder"
create_cluster "$folder" "$(pg_bin)" "$folder/logs/initdb.log"
add_application_role "$folder" "$(pg_bin)" "$folder/logs/initdb.log"
service_folder "$folder/redis"
tied env CHAOS_FOLDER="$folder" CHAOS_BIN="${CHAOS_BIN:-$TEST_BIN}" CHAOS_PG_BIN="$(pg_bin)" \
  CHAOS_AS_SERVICE="${AS_SERVICE[*]}" CHAOS_PORT="$(free_ports 5)" SITE_ROOT="${SITE_ROOT:-$ROOT/target/site}" \
  node end2end/chaos/main.mjs
