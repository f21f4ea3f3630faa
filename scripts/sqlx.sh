#!/usr/bin/env bash
# make sqlx: updates .sqlx/ after a query or a migration has changed.
# shellcheck source=scripts/services.sh
source "$(dirname "${BASH_SOURCE[0]}")/services.sh"
# shellcheck source=scripts/database.sh
source "$ROOT/scripts/database.sh"
# shellcheck source=scripts/queries.sh
source "$ROOT/scripts/queries.sh"

folder=$DATA_ROOT/test-sqlx-$$
finish() {
  services_stop
  rm -rf "$folder"
}
at_exit finish
tied scripts/setup.sh run || exit
use_toolchain
services_start "$folder" fresh
create_schema_database schema || die "a migration failed; PostgreSQL's words are above."
step "Compiling against the schema" "a minute or two"
lint_with_queries "$folder/queries" || die "the queries do not compile, or clippy found something; it is above."
rm -rf .sqlx
mv "$folder/queries" .sqlx
say ".sqlx is up to date: $(find .sqlx -name '*.json' | wc -l) queries. Commit it with your change."
