#!/bin/sh
# k8s/overlays/dev/secrets.sh: creates the secrets of a developer's cluster in secrets/, which git ignores. It keeps
# existing ones, as the database keeps its first password. `skaffold dev` runs it.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# Writes to another folder and moves it at the end, so that an interrupted run leaves nothing incomplete.
if [ ! -s gittix.env ]; then
  postgres=$(random) application=$(random) redis=$(random) stripe="STRIPE_SECRET_KEY=sk_test_$(random)
STRIPE_PUBLISHABLE_KEY=pk_test_$(random)
STRIPE_WEBHOOK_SECRET=whsec_$(random)"
  printf 'POSTGRES_PASSWORD=%s\nAPPLICATION_PASSWORD=%s\n' "$postgres" "$application" >postgres.env
  echo "MIGRATION_DATABASE_URL=postgres://gittix_app:$application@postgres:5432/gittix" >migrate.env
  echo "REDIS_PASSWORD=$redis" >redis.env
  echo "$stripe" >stripe-sim.env
  tickets="TICKET_KEYS=dev:$(random)$(random)
TICKET_HASH_KEY=$(random)$(random)
SECOND_FACTOR_KEYS=dev:$(random)$(random)"
  cat >gittix.env.new <<SECRETS
DATABASE_URL=postgres://gittix:$postgres@postgres:5432/gittix
REDIS_URL=redis://:$redis@redis:6379/0
$stripe
$tickets
SECRETS
  mv gittix.env.new gittix.env
fi

# A database of before there were two roles has one, which does both.
if [ ! -s migrate.env ]; then
  echo "APPLICATION_PASSWORD=$(random)" >>postgres.env
  sed -n 's/^DATABASE_URL=/MIGRATION_DATABASE_URL=/p' gittix.env >migrate.env
fi

grep -q ^SECOND_FACTOR_KEYS= gittix.env || echo "SECOND_FACTOR_KEYS=dev:$(random)$(random)" >>gittix.env

# The developer's browser has to trust it, as browsers require TLS for all of .dev.
if [ ! -s tls.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
    -subj '/CN=GitTix on this machine' -addext 'subjectAltName=DNS:ticketing.dev,DNS:*.ticketing.dev' \
    -addext 'extendedKeyUsage=serverAuth' -keyout tls.key -out tls.crt.new 2>/dev/null
  mv tls.crt.new tls.crt
fi
