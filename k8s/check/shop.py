"""The objects of an overlay, and lookups in them."""

import copy
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

#: Kinds that create pods.
POD_MAKERS = ("Deployment", "StatefulSet", "Job")
#: Kinds without a namespace.
CLUSTER_KINDS = ("Namespace",)


@dataclass
class Pod:
    """The pods that one object creates."""

    maker: dict

    @property
    def name(self):
        return label(self.maker)

    @property
    def template(self):
        return self.maker["spec"]["template"]

    @property
    def spec(self):
        return self.template["spec"]

    @property
    def labels(self):
        return self.template["metadata"].get("labels", {})

    @property
    def containers(self):
        """The containers and the init containers."""
        return self.spec["containers"] + self.spec.get("initContainers", [])

    @property
    def stays(self):
        return self.maker["kind"] != "Job"

    def port_names(self):
        return {port.get("name"): port["containerPort"] for c in self.spec["containers"] for port in c.get("ports", [])}


@dataclass
class Shop:
    """All objects of an overlay, and what surrounds them."""

    overlay: str
    objects: list
    #: Secrets that the operator creates, with their keys.
    outside_secrets: dict
    #: The namespace, which is created before the overlay and outlives it.
    namespace: dict
    #: The volumes that are claimed before the overlay and outlive it.
    outside_claims: set
    #: The profile of skaffold with the overlay's name.
    profile: dict
    #: What Prometheus scrapes with each example: {file: {(namespace, name of the pods, name of the port)}}.
    scraped: dict

    def copy(self):
        return copy.deepcopy(self)

    def of(self, *kinds):
        return [thing for thing in self.objects if thing["kind"] in kinds]

    def get(self, kind, name):
        """The object with this name, with or without a hash suffix. Raises KeyError without one."""
        found = [t for t in self.of(kind) if t["metadata"]["name"] == name]
        found = found or [t for t in self.of(kind) if t["metadata"]["name"].rpartition("-")[0] == name]
        if not found:
            raise KeyError(f"{self.overlay} has no {kind} {name}")
        return found[0]

    def pods(self):
        return [Pod(maker) for maker in self.of(*POD_MAKERS)]

    def pod(self, name):
        return next(pod for pod in self.pods() if pod.maker["metadata"]["name"] == name)

    def selected(self, labels):
        return [pod for pod in self.pods() if labels.items() <= pod.labels.items()]

    def names(self, kind):
        return {thing["metadata"]["name"] for thing in self.of(kind)}

    def keys_of(self, kind, name):
        """The keys of a ConfigMap or Secret, or None if it does not exist."""
        for thing in self.of(kind):
            if thing["metadata"]["name"] == name:
                return set(thing.get("data", {})) | set(thing.get("stringData", {}))
        return self.outside_secrets.get(name) if kind == "Secret" else None

    def settings(self):
        """The ConfigMap that servers and workers read."""
        return self.get("ConfigMap", "gittix")["data"]


def label(thing):
    return f"{thing['kind']} {thing['metadata']['name']}"


def render(overlay, kubectl):
    """The objects of an overlay, as `kubectl apply` would get them."""
    folder = ROOT / "k8s/overlays" / overlay
    text = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True, text=True).stdout
    return [thing for thing in yaml.safe_load_all(text) if thing]
