#!/usr/bin/env bash
# make model [MODEL_SEQUENCES=5000 MODEL_SEED=… MODEL_STEPS=50]: random sequences against the model of the purchase, on services of
# their own. make test runs 200; the nightly workflow 5,000. See docs/TESTING.md.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/database.sh
source "$ROOT/scripts/database.sh"

folder=$DATA_ROOT/test-model-$$
finish() {
  services_stop
  rm -rf "$folder"
}
at_exit finish
tied scripts/setup.sh test || exit
use_toolchain
services_start "$folder" fresh
create_database rust_tests
tied env DATABASE_URL="$PG_URL_BASE/rust_tests" MODEL_SEQUENCES="${MODEL_SEQUENCES:-5000}" \
  cargo nextest run --locked --profile model --package domain --test model --no-capture
