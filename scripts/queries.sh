# shellcheck shell=bash
# The committed .sqlx/: every checked query and what PostgreSQL says of it. Sourced.
#
# Compiling against a live database makes sqlx's macros write what they learn into
# SQLX_OFFLINE_DIR; that is all that `cargo sqlx prepare` does too, so it need not be
# installed. The lints compile everything anyway, which makes the check free.

# lint_with_queries FOLDER [CARGO ARGUMENTS…]: lints the server side, queries into FOLDER.
lint_with_queries() {
  local folder=$1
  shift
  rm -rf "$folder"
  mkdir -p "$folder"
  # An up-to-date crate is not compiled and writes nothing. Clippy's arguments are
  # part of what makes one up to date, so a new one each time has all of ours, and
  # none of their dependencies, looked at again.
  tied env SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$folder" DATABASE_URL="$PG_URL_BASE/schema" \
    cargo clippy "$@" --all-targets -- -D warnings --cfg "gittix_lint_run=\"$$-$SECONDS-$RANDOM\""
}

# queries_current FOLDER: whether .sqlx holds exactly what was just learned.
queries_current() {
  local committed=.sqlx
  [[ -d $committed ]] || committed=$(mktemp -d)
  diff -rq "$committed" "$1"
}
