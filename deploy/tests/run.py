"""Checks manifests, images, compose and scripts against the rules, without a cluster and without a container engine.

    run.py [WORD ...]    run only the tests whose names contain one of the words

Every rule is tested twice: it must accept the manifests as they are, and must reject each manifest that was broken for it.
Exit codes: 0 all passed, 1 something failed, 64 wrong usage.
"""

import contextlib
import importlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DEPLOY))

import addresses  # noqa: E402
import lint  # noqa: E402
import script_tests  # noqa: E402
from compose import PATH as COMPOSE_FILE, Composition  # noqa: E402
from operations.fleet import Fleet  # noqa: E402
from report import Report  # noqa: E402
from rule import USUAL  # noqa: E402

OVERLAYS = DEPLOY / "k8s" / "overlays"
# The oldest version with every field that the manifests use (sleep in preStop is on by default since 1.30), and the newest.
KUBERNETES_VERSIONS = ("1.30", "1.37")
CATALOGUE = ("one_source", "edges", "pod_security", "containers", "objects", "life")


def render(overlay):
    kustomize = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    made = subprocess.run([*kustomize, str(overlay)], capture_output=True, text=True)
    if made.returncode != 0:
        raise RuntimeError(made.stderr.strip())
    documents = [d for d in yaml.safe_load_all(made.stdout) if d]
    for document in documents:
        tag_images(document)
    return documents


def tag_images(document):
    """Adds a tag to our images: the manifests have none, because scripts/cluster.sh adds the release."""
    spec = document.get("spec", {}).get("template", {}).get("spec", {})
    for container in spec.get("initContainers", []) + spec.get("containers", []):
        if container["image"].startswith("bulkhead/") and ":" not in container["image"]:
            container["image"] += ":release"


def complaints_of(rule, subject):
    return sorted(set(rule.check(subject)))


def try_rule(report, rule, subject, where):
    report.test(f"{where}: {rule.name}", lambda: complaints_of(rule, subject))


def try_breaks(report, rule, subject, where, overlay=USUAL):
    """Each rule must reject the manifests that were broken for it."""
    changes = rule.breaks_of(overlay)
    for number, change in enumerate(changes, 1):
        def body(change=change):
            broken = subject.copy()
            change(broken)
            if not complaints_of(rule, broken):
                yield "the rule accepts it"
        report.test(f"{where}, broken ({number} of {len(changes)}): {rule.name}", body)


def validate(report, documents, where):
    import kubernetes_validate

    for version in KUBERNETES_VERSIONS:
        def body(version=version):
            for document in documents:
                name = f"{document['kind']}/{document['metadata']['name']}"
                try:
                    with contextlib.redirect_stderr(io.StringIO()):
                        kubernetes_validate.validate(document, version, strict=True)
                except kubernetes_validate.SchemaNotFoundError:
                    if version == KUBERNETES_VERSIONS[-1]:
                        report.not_checked(f"{where}: {name} against a schema", "an operator defines this kind")
                except kubernetes_validate.ValidationError as error:
                    yield f"{name}: {error.message}"
        report.test(f"{where}: every document matches the schema of Kubernetes {version}", body)

    def broken():
        document = next(d for d in documents if d["kind"] == "Deployment")
        wrong = {**document, "spec": {**document["spec"], "replica": 2}}
        with contextlib.suppress(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, KUBERNETES_VERSIONS[-1], strict=True)
            yield "the schema accepts an unknown field"
    report.test(f"{where}, broken: an unknown field does not match the schema", broken)


def kubernetes(report):
    if not (shutil.which("kubectl") or shutil.which("kustomize")):
        report.not_checked("every rule for Kubernetes", "neither kubectl nor kustomize is installed to render the manifests")
        return
    rules = [r for module in CATALOGUE for r in importlib.import_module(f"rules.{module}").RULES]
    for overlay in sorted(OVERLAYS.iterdir()):
        where = overlay.name
        try:
            subject = Fleet(render(overlay))
        except RuntimeError as error:
            report.test(f"{where}: the overlay can be rendered", lambda: [str(error)])
            continue
        validate(report, subject.documents, where)
        for rule in rules:
            try_rule(report, rule, subject, where)
        for rule in rules:
            try_breaks(report, rule, subject, where, overlay.name)
    report.test("kubernetes: the arithmetic of addresses is correct", addresses.complaints)
    report.not_checked("admission, scheduling, and whether the network plug-in enforces policies",
                       "that needs a cluster (the rules compute a policy as the API documents it)")


def compose_command():
    """The command of compose on this machine, or None. It reads the file without a container engine."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and not subprocess.run([*command, "version"], capture_output=True).returncode:
            return command
    return None


def composition(report):
    if not COMPOSE_FILE.exists():
        report.not_checked("every rule for compose", "docker-compose.yml does not exist")
        return
    subject = Composition.load()
    for rule in importlib.import_module("rules.composed").RULES:
        try_rule(report, rule, subject, "compose")
        try_breaks(report, rule, subject, "compose")
    report.not_checked("the running composed fleet", "that needs a Docker engine: make test-compose")
    compose = compose_command()
    if compose is None:
        report.not_checked("docker compose config", "neither docker compose nor docker-compose (version 2) is installed")
        return

    # The developer's exported variables must not change the result.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    def differences(*options):
        done = subprocess.run([*compose, *options, "--profile", "*", "config", "--format", "json"], cwd=DEPLOY.parent,
                              capture_output=True, text=True, env=environment)
        if done.returncode:
            return [done.stderr.strip()]
        read = json.loads(done.stdout)
        return [f"{what}: compose reads {theirs}, the rules read {ours}" for what, theirs, ours in subject.differs_from(read)]

    def broken(text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as more:
            more.write(text)
            more.flush()
            if not differences("--file", COMPOSE_FILE, "--file", more.name):
                yield "the comparison finds no difference"
    report.test("compose: docker compose and the rules read the same from the file, with every profile", differences)
    for what, text in {"a network that does not exist": "services: { connector: { networks: [nowhere] } }",
                       "one more secret": "services: { connector: { secrets: [token-key.pem] } }",
                       "another variable": "services: { connector: { environment: { DB_USER: backend-api-rw } } }",
                       "one more container": "services: { mailer: { image: x } }"}.items():
        report.test(f"compose, broken: docker compose reads a difference: {what}", lambda text=text: broken(text))


def scripts(report):
    if shutil.which("kubectl") and shutil.which("openssl"):
        script_tests.run(report)
    else:
        report.not_checked("the scripts for a cluster", "kubectl or openssl is not installed")


def main(words):
    report = Report(words)
    lint.run(report)
    composition(report)
    kubernetes(report)
    scripts(report)
    return report.close()


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main(sys.argv[1:]))
