"""Breaks each rule, and expects to be told. python k8s/check/test_rules.py KUBECTL"""

import base64
import re
import sys
import unittest

import sources
from rules import RULES
from schemas import malformed, malformed_skaffold, skaffold

KUBECTL = "kubectl"
SHOPS = {}

#: (rule, overlay, what is done to it, what is said of it)
BREAKS = []


def breaks(rule, said, overlay="prod"):
    def note(function):
        BREAKS.append((rule, overlay, function, said))
        return function

    return note


def container(shop, pod="gittix-server"):
    return shop.pod(pod).spec["containers"][0]


@breaks("whatever_stays_is_probed", "gittix-server: server has no startupProbe")
def _(shop):
    del container(shop)["startupProbe"]


@breaks("whatever_stays_is_probed", "gittix-server: server has no readinessProbe")
def _(shop):
    del container(shop)["readinessProbe"]


@breaks("whatever_stays_is_probed", "gittix-worker: worker has no livenessProbe")
def _(shop):
    del container(shop, "gittix-worker")["livenessProbe"]


@breaks("whatever_stays_is_probed", "restarted because its database is down")
def _(shop):
    container(shop)["livenessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("whatever_stays_is_probed", "restarted because its database is down")
def _(shop):
    container(shop)["startupProbe"]["httpGet"]["path"] = "/servingz"


@breaks("whatever_stays_is_probed", "every one would be taken out at once")
def _(shop):
    container(shop)["readinessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("whatever_stays_is_probed", "its readinessProbe asks for /ready, where nothing is")
def _(shop):
    container(shop)["readinessProbe"]["httpGet"]["path"] = "/ready"


@breaks("whatever_stays_is_probed", "its livenessProbe asks for /readyz, where nothing is")
def _(shop):
    container(shop, "gittix-worker")["livenessProbe"]["httpGet"]["path"] = "/readyz"


@breaks("every_container_says_what_it_needs", "does not request")
def _(shop):
    del shop.pod("gittix-server").spec["initContainers"][0]["resources"]["limits"]


@breaks("every_container_says_what_it_needs", "requests more memory than it may have")
def _(shop):
    container(shop)["resources"]["requests"]["memory"] = "1Gi"


@breaks("nothing_is_root_or_may_become_it", "gittix-server may run as root")
def _(shop):
    shop.pod("gittix-server").spec["securityContext"]["runAsUser"] = 0


@breaks("nothing_is_root_or_may_become_it", "redis may run as root", "dev")
def _(shop):
    del shop.pod("redis").spec["securityContext"]["runAsNonRoot"]


@breaks("nothing_is_root_or_may_become_it", "no seccomp profile")
def _(shop):
    shop.pod("gittix-worker").spec["securityContext"]["seccompProfile"]["type"] = "Unconfined"


@breaks("nothing_is_root_or_may_become_it", "hostNetwork")
def _(shop):
    shop.pod("gittix-worker").spec["hostNetwork"] = True


@breaks("nothing_is_root_or_may_become_it", "mounts the node's /etc")
def _(shop):
    shop.pod("gittix-worker").spec["volumes"] = [{"name": "etc", "hostPath": {"path": "/etc"}}]


@breaks("nothing_is_root_or_may_become_it", "may gain privileges")
def _(shop):
    container(shop)["securityContext"]["allowPrivilegeEscalation"] = True


@breaks("nothing_is_root_or_may_become_it", "keeps capabilities")
def _(shop):
    container(shop)["securityContext"]["capabilities"]["add"] = ["NET_ADMIN"]


@breaks("no_root_file_system_can_be_written", "postgres: postgres can write", "dev")
def _(shop):
    container(shop, "postgres")["securityContext"]["readOnlyRootFilesystem"] = False


@breaks("every_image_has_a_version", "from day to day")
def _(shop):
    container(shop)["image"] = "ghcr.io/gittix/gittix:latest"


@breaks("every_image_has_a_version", "from day to day", "dev")
def _(shop):
    container(shop, "redis")["image"] = "localhost:5000/redis"


@breaks("every_image_has_a_version", "is a developer's")
def _(shop):
    container(shop)["image"] = "gittix:dev"


@breaks("nothing_holds_a_token", "gittix-worker mounts its token")
def _(shop):
    del shop.get("ServiceAccount", "gittix-worker")["automountServiceAccountToken"]


@breaks("nothing_holds_a_token", "gittix-server mounts a token")
def _(shop):
    shop.pod("gittix-server").spec["automountServiceAccountToken"] = True


@breaks("nothing_holds_a_token", "variables named after services")
def _(shop):
    del shop.pod("gittix-server").spec["enableServiceLinks"]


@breaks("the_namespace_is_restricted", "does not enforce")
def _(shop):
    shop.namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"


@breaks("the_namespace_is_restricted", "Service gittix-server is in no namespace")
def _(shop):
    del shop.get("Service", "gittix-server")["metadata"]["namespace"]


@breaks("the_namespace_is_restricted", "Service gittix-server is in no namespace")
def _(shop):
    shop.namespace["metadata"]["name"] = "tickets"


@breaks("what_is_taken_down_leaves_its_data", "Namespace gittix would be deleted")
def _(shop):
    shop.objects.append(shop.namespace)


@breaks("what_is_taken_down_leaves_its_data", "PersistentVolumeClaim books would be deleted", "dev")
def _(shop):
    shop.objects.append({"kind": "PersistentVolumeClaim", "metadata": {"name": "books"}})


@breaks("what_is_taken_down_leaves_its_data", "StatefulSet postgres would take its volumes along", "dev")
def _(shop):
    shop.get("StatefulSet", "postgres")["spec"]["persistentVolumeClaimRetentionPolicy"] = {"whenDeleted": "Delete"}


def hooks(shop):
    return shop.profile["deploy"]["kubectl"]["hooks"]["before"]


@breaks("skaffold_prepares_the_cluster_that_it_deploys_to", "whichever cluster kubectl is set to")
def _(shop):
    hooks(shop)[1]["host"]["command"] = ["kubectl", "--namespace=gittix", "delete", "job", "gittix-migrate"]


@breaks("skaffold_prepares_the_cluster_that_it_deploys_to", "does not make the namespace first", "dev")
def _(shop):
    hooks(shop).reverse()


@breaks("skaffold_prepares_the_cluster_that_it_deploys_to", "leaves Job gittix-demo as it is", "dev")
def _(shop):
    command = hooks(shop)[1]["host"]["command"]
    command[-1] = command[-1].replace("gittix-demo", "")


@breaks("whoever_waits_for_the_schema_is_waited_for", "Kubernetes gives up Deployment gittix-worker after 600 s")
def _(shop):
    del shop.get("Deployment", "gittix-worker")["spec"]["progressDeadlineSeconds"]


@breaks("whoever_waits_for_the_schema_is_waited_for", "the migration may take 7200")
def _(shop):
    shop.get("Job", "gittix-migrate")["spec"]["activeDeadlineSeconds"] = 7200


@breaks("whoever_waits_for_the_schema_is_waited_for", "skaffold gives up Deployment gittix-server after 300 s", "dev")
def _(shop):
    shop.profile["deploy"]["statusCheckDeadlineSeconds"] = 300


@breaks("a_job_that_failed_leaves_its_log", "Job gittix-migrate is tried again in place")
def _(shop):
    shop.pod("gittix-migrate").spec["restartPolicy"] = "OnFailure"


@breaks("what_runs_says_which_revision_it_is", "skaffold does not tell ghcr.io/gittix/gittix its revision")
def _(shop):
    del shop.profile["build"]["artifacts"][0]["docker"]["buildArgs"]


@breaks("every_selector_finds_something", "does not select its own pods")
def _(shop):
    shop.pod("gittix-server").labels["app.kubernetes.io/name"] = "server"


@breaks("every_selector_finds_something", "spreads by other labels")
def _(shop):
    shop.pod("gittix-server").spec["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] = {"app": "gittix"}


@breaks("every_selector_finds_something", "Service gittix-server selects nothing")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["selector"] = {"app": "gittix"}


@breaks("every_selector_finds_something", "PodDisruptionBudget gittix-worker selects nothing")
def _(shop):
    shop.get("PodDisruptionBudget", "gittix-worker")["spec"]["selector"]["matchLabels"] = {"app": "gittix"}


@breaks("every_selector_finds_something", "which is no pod", "dev")
def _(shop):
    shop.get("NetworkPolicy", "databases-from-all")["spec"]["podSelector"]["matchExpressions"][0]["values"].append("mysql")


@breaks("every_reference_leads_somewhere", "there is no Secret gittix")
def _(shop):
    shop.outside_secrets = {}


@breaks("every_reference_leads_somewhere", "there is no ConfigMap settings")
def _(shop):
    container(shop)["envFrom"][0]["configMapRef"]["name"] = "settings"


@breaks("every_reference_leads_somewhere", "there is no POSTGRES_PASSWORD in Secret postgres", "dev")
def _(shop):
    del shop.get("Secret", "postgres")["data"]["POSTGRES_PASSWORD"]


@breaks("every_reference_leads_somewhere", "there is no ServiceAccount gittix-worker")
def _(shop):
    shop.objects.remove(shop.get("ServiceAccount", "gittix-worker"))


@breaks("every_reference_leads_somewhere", "there is no PersistentVolumeClaim books", "dev")
def _(shop):
    volumes = shop.pod("stripe-sim").spec["volumes"]
    volumes.append({"name": "more", "persistentVolumeClaim": {"claimName": "books"}})


@breaks("every_reference_leads_somewhere", "there is no volume books", "dev")
def _(shop):
    del shop.get("StatefulSet", "stripe-sim")["spec"]["volumeClaimTemplates"]


@breaks("every_reference_leads_somewhere", "there is no volume tmp")
def _(shop):
    container(shop)["volumeMounts"] = [{"name": "tmp", "mountPath": "/tmp"}]


@breaks("every_reference_leads_somewhere", "where nobody listens")
def _(shop):
    container(shop)["livenessProbe"]["httpGet"]["port"] = 8080


@breaks("every_reference_leads_somewhere", "scales nothing")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["scaleTargetRef"]["name"] = "server"


@breaks("every_port_is_listened_at", "has no such port")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["ports"][0]["targetPort"] = "web"


@breaks("every_port_is_listened_at", "Ingress gittix leads to gittix-server, which has no such port")
def _(shop):
    shop.get("Service", "gittix-server")["spec"]["ports"][0]["name"] = "web"


@breaks("every_port_is_listened_at", "gittix-worker listens at 9101, and its pod says otherwise")
def _(shop):
    shop.settings()["METRICS_ADDR"] = "0.0.0.0:9101"


@breaks("every_port_is_listened_at", "gittix-server listens at 3000, and its pod says otherwise")
def _(shop):
    container(shop)["ports"][0]["containerPort"] = 8080


@breaks("every_port_is_listened_at", "opens mysql, which nobody has", "dev")
def _(shop):
    shop.get("NetworkPolicy", "databases-from-all")["spec"]["ingress"][0]["ports"][0]["port"] = "mysql"


@breaks("every_host_exists", "STRIPE_JS_URL is stripe.ticketing.dev, for which there is no Ingress", "dev")
def _(shop):
    shop.objects.remove(shop.get("Ingress", "stripe-sim"))


@breaks("every_host_exists", "STRIPE_API_BASE is at stripe:3002, which is no Service", "dev")
def _(shop):
    shop.settings()["STRIPE_API_BASE"] = "http://stripe:3002"


@breaks("every_host_exists", "DATABASE_URL is at postgres:5433", "dev")
def _(shop):
    shop.get("Secret", "gittix")["data"]["DATABASE_URL"] = base64.b64encode(b"postgres://u:p@postgres:5433/gittix").decode()


@breaks("every_host_exists", "STRIPE_SIM_WEBHOOK_URL is at server:3000", "dev")
def _(shop):
    next(v for v in container(shop, "stripe-sim")["env"] if "WEBHOOK" in v["name"])["value"] = "http://server:3000/webhooks/stripe"


@breaks("every_setting_is_known_and_none_is_missing", "LOCK_MINUTES is no setting")
def _(shop):
    shop.settings()["LOCK_MINUTES"] = "15"


@breaks("every_setting_is_known_and_none_is_missing", "STRIPE_WEBHOOK_SECRET must be set", "dev")
def _(shop):
    del shop.get("Secret", "gittix")["data"]["STRIPE_WEBHOOK_SECRET"]


@breaks("every_setting_is_known_and_none_is_missing", "MAIL_FROM must be set")
def _(shop):
    del shop.settings()["MAIL_FROM"]


@breaks("a_command_is_given_no_secret_that_it_does_not_use", "gittix-migrate: migrate uses the database alone, and is given gittix, DATABASE_URL")
def _(shop):
    container(shop, "gittix-migrate")["envFrom"].append({"secretRef": {"name": "gittix"}})


@breaks("a_command_is_given_no_secret_that_it_does_not_use", "gittix-worker: await-schema uses the database alone, and is given DATABASE_URL, REDIS_URL")
def _(shop):
    reference = {"secretKeyRef": {"name": "gittix", "key": "REDIS_URL"}}
    shop.pod("gittix-worker").spec["initContainers"][0]["env"].append({"name": "REDIS_URL", "valueFrom": reference})


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "gittix-server takes 80 s to end")
def _(shop):
    shop.settings()["DRAIN_SECONDS"] = "60"


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "gittix-worker takes 20 s to end, and is killed after 10")
def _(shop):
    shop.pod("gittix-worker").spec["terminationGracePeriodSeconds"] = 10


@breaks("a_process_is_given_the_time_that_it_takes_to_end", "is noticed after 30 s")
def _(shop):
    container(shop)["readinessProbe"]["failureThreshold"] = 10


@breaks("nobody_speaks_unless_allowed", "denies what no other allows")
def _(shop):
    shop.get("NetworkPolicy", "deny-all")["spec"]["policyTypes"] = ["Ingress"]


@breaks("prometheus_may_ask_what_it_is_told_to", "k8s/examples/podmonitor.yaml does not ask gittix-worker")
def _(shop):
    shop.scraped["k8s/examples/podmonitor.yaml"].remove(("gittix", "gittix-worker", "metrics"))


@breaks("prometheus_may_ask_what_it_is_told_to", "k8s/examples/prometheus.yaml asks in gittix, where none of ours is")
def _(shop):
    shop.namespace["metadata"]["name"] = "tickets"


@breaks("prometheus_may_ask_what_it_is_told_to", "k8s/examples/prometheus.yaml asks gittix-server at http, which it has not")
def _(shop):
    container(shop)["ports"][0]["name"] = "web"


@breaks("prometheus_may_ask_what_it_is_told_to", "no NetworkPolicy lets Prometheus ask gittix-worker at metrics")
def _(shop):
    shop.objects.remove(shop.get("NetworkPolicy", "monitoring-to-worker"))


@breaks("prometheus_may_ask_what_it_is_told_to", "no NetworkPolicy lets Prometheus ask gittix-server at http")
def _(shop):
    shop.get("NetworkPolicy", "ingress-to-server")["spec"]["ingress"][0]["from"].pop()


@breaks("what_is_inside_is_inside_everywhere", "server-to-stripe and TRUSTED_PROXIES differ")
def _(shop):
    settings = shop.settings()
    settings["TRUSTED_PROXIES"] = settings["TRUSTED_PROXIES"].replace("100.64.0.0/10,", "")


@breaks("every_host_has_tls_and_metrics_stay_within", "serves ticketing.dev without TLS")
def _(shop):
    del shop.get("Ingress", "gittix")["spec"]["tls"]


@breaks("every_host_has_tls_and_metrics_stay_within", "there is no Secret gittix-tls", "dev")
def _(shop):
    shop.objects.remove(shop.get("Secret", "gittix-tls"))


@breaks("every_host_has_tls_and_metrics_stay_within", "/metrics is open")
def _(shop):
    shop.get("Ingress", "gittix-within")["metadata"]["annotations"].clear()


@breaks("every_host_has_tls_and_metrics_stay_within", "/servingz is open")
def _(shop):
    shop.get("Ingress", "gittix-within")["spec"]["rules"][0]["http"]["paths"].pop()


@breaks("every_host_has_tls_and_metrics_stay_within", "does not set proxy-buffering")
def _(shop):
    del shop.get("Ingress", "gittix")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-buffering"]


@breaks("every_host_has_tls_and_metrics_stay_within", "does not set enable-access-log")
def _(shop):
    shop.get("Ingress", "gittix")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/enable-access-log"] = "true"


@breaks("production_outlives_a_node", "gittix-server may be down to 2")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["minReplicas"] = 2


@breaks("production_outlives_a_node", "gittix-worker may be down to 1")
def _(shop):
    del shop.get("Deployment", "gittix-worker")["spec"]["replicas"]


@breaks("production_outlives_a_node", "takes back what the autoscaler gave")
def _(shop):
    shop.get("Deployment", "gittix-server")["spec"]["replicas"] = 3


@breaks("production_outlives_a_node", "gittix-worker has no PodDisruptionBudget")
def _(shop):
    shop.objects.remove(shop.get("PodDisruptionBudget", "gittix-worker"))


@breaks("production_outlives_a_node", "on one node altogether")
def _(shop):
    del shop.pod("gittix-worker").spec["topologySpreadConstraints"]


@breaks("production_outlives_a_node", "fewer than it needs")
def _(shop):
    shop.get("Deployment", "gittix-server")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 1


@breaks("postgresql_has_room_for_all_connections", "and PostgreSQL takes")
def _(shop):
    shop.get("HorizontalPodAutoscaler", "gittix-server")["spec"]["maxReplicas"] = 10


@breaks("postgresql_has_room_for_all_connections", "and PostgreSQL takes 100", "dev")
def _(shop):
    shop.settings()["DATABASE_CONNECTIONS"] = "20"


@breaks("production_brings_no_secret", "Secret gittix is committed")
def _(shop):
    shop.objects.append({"kind": "Secret", "metadata": {"name": "gittix"}, "data": {}})


class Rules(unittest.TestCase):
    def test_each_is_broken_here(self):
        self.assertEqual({rule.__name__ for rule in RULES}, {rule for rule, *_ in BREAKS})

    def test_whatever_breaks_one_is_told(self):
        by_name = {rule.__name__: rule for rule in RULES}
        for name, overlay, change, said in BREAKS:
            with self.subTest(rule=name, said=said, overlay=overlay):
                shop = SHOPS[overlay].copy()
                self.assertFalse([what for what in by_name[name](shop) if said in what], "before anything is broken")
                change(shop)
                self.assertTrue([what for what in by_name[name](shop) if said in what])

    def test_a_misspelt_field_is_malformed(self):
        shop = SHOPS["prod"].copy()
        server = shop.get("Deployment", "gittix-server")
        self.assertEqual(list(malformed(server)), [])
        container(shop)["livenesProbe"] = container(shop).pop("livenessProbe")
        self.assertIn("livenesProbe", "".join(malformed(server)))

    def test_a_skaffold_of_our_own_making_is_malformed(self):
        config = skaffold()
        self.assertEqual(list(malformed_skaffold(config)), [])
        config["profiles"][0]["deploy"]["kubectl"]["hooks"]["befor"] = []
        self.assertTrue(list(malformed_skaffold(config)))

    def test_the_image_is_built_with_what_the_scripts_build_with(self):
        for name, (image, scripts) in sources.versions_of_image().items():
            self.assertEqual(image, scripts, name)

    def test_a_queue_is_called_full_before_it_takes_no_more(self):
        # Relays fill it up again between two scrapes, a batch of theirs at a time.
        limit = int(re.search(r"> (\d+)$", sources.alert("QueueFull"))[1])
        self.assertTrue(sources.waiting() / 2 <= limit < sources.waiting(), limit)

    def test_the_image_tells_what_runs_in_it_its_revision(self):
        self.assertEqual(sources.env_of_image()["GITTIX_REVISION"], "${REVISION}")

    def test_the_settings_of_the_page_are_found(self):
        self.assertEqual(sources.of_the_shop()["DATABASE_URL"], "must be set")
        self.assertTrue(all(sources.read_by_code(name) for name in sources.of_the_shop()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        KUBECTL = sys.argv.pop()
    SHOPS.update({overlay: sources.shop(overlay, KUBECTL) for overlay in ("dev", "prod")})
    unittest.main()
