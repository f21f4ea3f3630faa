"""Validation against the schemas of Kubernetes and skaffold."""

import json

import jsonschema
import kubernetes_validate
import yaml

from shop import ROOT, label

#: The oldest version that is still maintained. Later versions accept what it accepts.
KUBERNETES = "1.34"


def malformed(thing):
    try:
        kubernetes_validate.validate(thing, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{label(thing)}: {'.'.join(map(str, error.path))}: {error.message}"


def malformed_skaffold(config):
    schema = json.loads((ROOT / "k8s/schema/skaffold-v4beta14.json").read_text(encoding="utf-8"))
    for error in jsonschema.Draft7Validator(schema).iter_errors(config):
        cause = jsonschema.exceptions.best_match([error])
        yield f"skaffold.yaml: {'.'.join(map(str, cause.absolute_path))}: {cause.message}"
    if config["apiVersion"] != "skaffold/v4beta14":
        yield f"skaffold.yaml is {config['apiVersion']}, and the schema is for another version"


def skaffold():
    return yaml.safe_load((ROOT / "skaffold.yaml").read_text(encoding="utf-8"))
