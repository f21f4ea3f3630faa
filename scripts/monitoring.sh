#!/usr/bin/env bash
# scripts/monitoring.sh: Prometheus' own promtool checks every expression of k8s/monitoring and the example of a
# configuration, and tests that the alerts fire. The tests of server and workers check that the metrics exist,
# and scripts/manifests.sh that the example scrapes the right ports. make test runs it.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/setup/extracted.sh
source "$ROOT/scripts/setup/extracted.sh"

promtool=$(promtool_path) || die "promtool is missing; run scripts/setup.sh test."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$promtool" check rules k8s/monitoring/alerts.yaml
"$promtool" test rules k8s/monitoring/alerts-test.yaml
# Its referenced files exist in a cluster only, and Debian's promtool has no Kubernetes: k8s/check reads that part.
sed '/kubernetes_sd_configs:/,/names:/d' k8s/examples/prometheus.yaml >"$folder/prometheus.yaml"
"$promtool" check config --syntax-only "$folder/prometheus.yaml"
# Converts a dashboard's expressions to recording rules: promtool reads no dashboards.
# shellcheck disable=SC2016 # expanded by Node
node -e '
  const { panels } = JSON.parse(require("fs").readFileSync("k8s/monitoring/dashboard.json", "utf8"));
  const rules = panels.flatMap(({ id, targets }) => targets.map(({ refId, expr }) => ({ record: `panel:${id}:${refId}`, expr })));
  console.log(JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
' >"$folder/dashboard.yaml"
"$promtool" check rules "$folder/dashboard.yaml"
