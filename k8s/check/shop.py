"""What an overlay renders to, and how its parts are found."""

import copy
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

#: Kinds that make pods, and where the pod stands in them.
POD_MAKERS = ("Deployment", "StatefulSet", "Job")
#: Kinds that belong to no namespace.
CLUSTER_KINDS = ("Namespace",)


@dataclass
class Pod:
    """The pods that one object makes."""

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
        """Those that stay, and those that come before."""
        return self.spec["containers"] + self.spec.get("initContainers", [])

    @property
    def stays(self):
        return self.maker["kind"] != "Job"

    def port_names(self):
        return {port.get("name"): port["containerPort"] for c in self.spec["containers"] for port in c.get("ports", [])}


@dataclass
class Shop:
    """All objects of an overlay, and what stands around them."""

    overlay: str
    objects: list
    #: Secrets that the operator makes, with the keys that they have.
    outside_secrets: dict
    #: What is made before the overlay and stays after it.
    namespace: dict
    #: skaffold's, of the overlay's name.
    profile: dict
    #: What each example has Prometheus ask: {its file: {(namespace, the pods' name, the port's name)}}.
    scraped: dict

    def copy(self):
        return copy.deepcopy(self)

    def of(self, *kinds):
        return [thing for thing in self.objects if thing["kind"] in kinds]

    def get(self, kind, name):
        """The one of that name, whatever hash stands behind it. Raises if there is none."""
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
        """The keys of a ConfigMap or Secret, or None if there is none of that name."""
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
    """An overlay's objects, as `kubectl apply` would get them."""
    folder = ROOT / "k8s/overlays" / overlay
    text = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True, text=True).stdout
    return [thing for thing in yaml.safe_load_all(text) if thing]
