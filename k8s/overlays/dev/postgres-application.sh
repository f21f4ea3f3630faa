#!/bin/sh
# Runs once, when PostgreSQL's image has made the database: creates the role that servers and workers connect as.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$APPLICATION_PASSWORD" <<SQL
CREATE ROLE gittix_app LOGIN PASSWORD :'password';
SQL
