#!/usr/bin/env bash
# scripts/manifests.sh: renders and checks each overlay of k8s/ and skaffold.yaml, and tests the checks themselves.
# Needs no cluster and, after set-up, no network. make test runs it.
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/setup/python.sh
source "$ROOT/scripts/setup/python.sh"

kubectl=$(manifests_kubectl) || die "kubectl is missing; run scripts/setup.sh test."
python=$(python_environment)/bin/python
export PYTHONDONTWRITEBYTECODE=1
k8s/overlays/dev/secrets.sh
"$python" k8s/check "$kubectl"
"$python" k8s/check/test_rules.py "$kubectl"
