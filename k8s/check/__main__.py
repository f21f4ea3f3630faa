"""python k8s/check KUBECTL: renders each overlay and checks every object against its schema and the rules.

It is Python because kubernetes-validate contains the schemas of Kubernetes, so that no network is needed.
"""

import sys
import time

import sources
from rules import RULES
from schemas import malformed, malformed_skaffold, skaffold


def main(kubectl):
    wrong = list(malformed_skaffold(skaffold()))
    for overlay in ("dev", "prod"):
        started = time.monotonic()
        shop = sources.shop(overlay, kubectl)
        wrong += [f"{overlay}: {what}" for thing in [shop.namespace, *shop.objects] for what in malformed(thing)]
        wrong += [f"{overlay}: {what} ({rule.__name__})" for rule in RULES for what in rule(shop)]
        print(f"    {overlay}: {len(shop.objects)} objects, {len(RULES)} rules, {time.monotonic() - started:.1f} s")
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
