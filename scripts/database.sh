# shellcheck shell=bash
# Functions for the private PostgreSQL. Sourced; needs PG_URL_BASE.

# psql_in DATABASE ARGUMENTS…; the password is in the environment, because any user may read a command line.
psql_in() {
  local database=$1 user password host port
  IFS=':@' read -r user password host port <<<"${PG_URL_BASE#postgres://}"
  shift
  PGPASSWORD=$password PGOPTIONS='-c client_min_messages=warning' "$(pg_bin)/psql" \
    -X -q -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$user" -d "$database" "$@"
}

# Creates the database if it does not exist. It is empty, whatever create_test_template has done.
create_database() {
  [[ $(psql_in postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$1'") == 1 ]] ||
    psql_in postgres -c "CREATE DATABASE \"$1\" TEMPLATE template0"
}

# create_test_template SERVER: `#[sqlx::test]` makes a database for each test, and PostgreSQL makes each as a copy
# of template1. If template1 has the schema, a test has no migration to run.
create_test_template() {
  tied env APP_ENV=development MIGRATION_DATABASE_URL="$PG_URL_BASE/template1" DATABASE_URL="$PG_APP_URL_BASE/template1" "$1" migrate
}

# Makes a new database with the schema of migrations/, before anything is compiled.
create_schema_database() {
  local file once
  psql_in postgres -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" -c "CREATE DATABASE \"$1\" TEMPLATE template0" || return 1
  for file in migrations/*.sql; do
    [[ -e $file ]] || continue
    once=(--single-transaction)
    # sqlx's own mark for a statement that PostgreSQL refuses inside a transaction
    [[ $(head -n 1 "$file") == '-- no-transaction'* ]] && once=()
    psql_in "$1" "${once[@]}" -f "$file" >/dev/null || return 1
  done
}
