#!/usr/bin/env bash
# scripts/monitoring.sh: Prometheus' own promtool reads every expression of k8s/monitoring, and the alerts ring when
# they should. That the metrics exist is for the tests of server and workers to see. make test runs it.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/setup/extracted.sh
source "$ROOT/scripts/setup/extracted.sh"

promtool=$(promtool_path) || die "promtool is missing; run scripts/setup.sh test."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$promtool" check rules k8s/monitoring/alerts.yaml
"$promtool" test rules k8s/monitoring/alerts-test.yaml
# A dashboard's expressions as rules that record: promtool reads no dashboards.
# shellcheck disable=SC2016 # expanded by Node
node -e '
  const { panels } = JSON.parse(require("fs").readFileSync("k8s/monitoring/dashboard.json", "utf8"));
  const rules = panels.flatMap(({ id, targets }) => targets.map(({ refId, expr }) => ({ record: `panel:${id}:${refId}`, expr })));
  console.log(JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
' >"$folder/dashboard.yaml"
"$promtool" check rules "$folder/dashboard.yaml"
