# shellcheck shell=bash
# The committed .sqlx/: every checked query and PostgreSQL's description of it. Sourced.
#
# When compiling against a live database, sqlx's macros write the descriptions to
# SQLX_OFFLINE_DIR; `cargo sqlx prepare` does only that, so it need not be
# installed. The lints compile everything anyway, so the check costs no extra time.

# lint_with_queries FOLDER [CARGO ARGUMENTS…]: lints the server side and writes its queries to FOLDER.
lint_with_queries() {
  local folder=$1
  shift
  rm -rf "$folder"
  mkdir -p "$folder"
  # An up-to-date crate is not compiled and writes nothing. Clippy's arguments are
  # part of a crate's fingerprint, so a new argument each time recompiles the workspace's crates, and
  # none of their dependencies.
  tied env SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$folder" DATABASE_URL="$PG_URL_BASE/schema" \
    cargo clippy "$@" --all-targets -- -D warnings --cfg "gittix_lint_run=\"$$-$SECONDS-$RANDOM\""
}

# queries_current FOLDER: whether .sqlx equals the queries in FOLDER.
queries_current() {
  local committed=.sqlx
  [[ -d $committed ]] || committed=$(mktemp -d)
  diff -rq "$committed" "$1"
}
