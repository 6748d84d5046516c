"""A kubectl for tests: it stores objects in a file, answers queries, and ends Jobs and roll-outs on request.

The file named by STUB_CLUSTER holds {"objects": {"Kind/name": {...}}, "calls": [...], "job": "Complete|Failed|Running",
"rollout": true|false, "engines": true|false, "draining": queries for which replaced pods are left, "waiting": "reason",
"failing": [texts of calls that fail], "failing once": [[text, number of the call that fails]]}. The real client renders
manifests."""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

PATH = pathlib.Path(os.environ["STUB_CLUSTER"])
KINDS = {k.lower(): k for k in (
    "Secret", "ConfigMap", "Namespace", "Job", "Deployment", "StatefulSet", "HTTPRoute", "Ingress", "Service",
    "CronJob", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount")}
LOG = '[pod/migrate/schema] error: 0007_widen: column "email" is still used\n'


def key(words):
    """The key of an object, from `kind name` or `kind/name`."""
    kind, *name = "/".join(words).split("/")
    return "/".join([",".join(KINDS[k.split(".")[0]] for k in kind.split(",")), *name[:1]])


def selected(document, selector):
    labels = document["metadata"].get("labels", {})
    if selector == "bulkhead/phase notin (migration, services)":
        return labels.get("bulkhead/phase") not in ("migration", "services")
    parts = [re.fullmatch("(.*?)(!?=)(.*)", part).groups() for part in selector.split(",")]
    return all((labels.get(name) == value) == (sign == "=") for name, sign, value in parts)


def retire(state, names):
    """Keeps the Deployments of these names whose pods an apply or a delete ends."""
    gone = [state["objects"][name] for name in names if name.startswith("Deployment/")]
    state["replaced"] = [*state.get("replaced", []), *gone]


def pods(state):
    """A pod of each Deployment, and of each earlier one whose successor is not ready or that is still draining."""
    if state["rollout"] and not state.get("draining"):
        state["replaced"] = []
    state["draining"] = max(0, state.get("draining", 0) - 1)
    current = [d for name, d in state["objects"].items() if name.startswith("Deployment/")]
    for deployment in [*state.get("replaced", []), *current]:
        template = deployment["spec"]["template"]
        image = next(c["image"] for c in template["spec"]["containers"] if c["name"] == "service")
        yield f"{deployment['metadata']['name']}-x {image} {template['metadata']['annotations']['bulkhead/schema']}\n"


def get(state, words, output):
    if words[0] == "pods" and "bulkhead/schema" in output:
        return "".join(pods(state))
    if words[0] == "pods":
        return "migrate-x\n  waits: ImagePullBackOff\n" if "waits" in output else state.get("waiting", "")
    target = key(words)
    if "/" not in target:
        return "".join(f"{k.lower().replace('/', '.apps/')}\n" for kind in target.split(",")
                       for k in state["objects"] if k.startswith(f"{kind}/"))
    found = state["objects"].get(target)
    answers = {
        "conditions[?(@.status": lambda: "" if state["job"] == "Running" else f"{state['job']}\n",
        "message": lambda: "Job has reached the specified backoff limit\n",
        "image": lambda: found["spec"]["template"]["spec"]["containers"][0]["image"],
        "range $key": lambda: "".join(f"{name}\n" for name in found.get("data", {})),
        "index .data": lambda: found["data"][output.split('"')[1]],
        "name": lambda: f"{target}\n"}
    return next(answer for text, answer in answers.items() if text in output)() if found is not None else ""


def create(state, words, options):
    files = dict(entry.split("=", 1) for entry in options.get("from-file", []))
    if words[1] == "tls":
        files = {"tls.crt": options["cert"][0], "tls.key": options["key"][0]}
    name = f"{KINDS[words[0]]}/{words[-1]}"
    assert name not in state["objects"], f"{name} exists"
    data = {k: pathlib.Path(path).read_bytes() for k, path in files.items()}
    state["objects"][name] = {"data": {
        k: base64.b64encode(v).decode() if words[0] == "secret" else v.decode() for k, v in data.items()}}


def answer(state, verb, words, options):
    """(what is printed, the exit code)"""
    match verb:
        case "apply":
            # Read where it is needed: a test makes many calls, each in a process of its own.
            sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
            from operations.fleet import read
            applied = {f"{d['kind']}/{d['metadata']['name']}": d for d in read(sys.stdin).documents
                       if selected(d, options["selector"][0])}
            retire(state, [name for name, d in applied.items() if state["objects"].get(name, d) != d])
            state["objects"] |= applied
        case "get":
            return get(state, words, options.get("output", [""])[0]), 0
        case "create":
            create(state, words, options)
        case "patch":
            patch = json.loads(pathlib.Path(options["patch-file"][0]).read_text())
            state["objects"][key(words)]["data"].update(patch["data"])
        case "delete":
            # Without a name, all objects of the kind.
            gone = [name for name in state["objects"] if f"{name}/".startswith(f"{key(words)}/")]
            retire(state, gone)
            state["objects"] = {name: d for name, d in state["objects"].items() if name not in gone}
            state["job"] = state.get("next job", state["job"])
        case "logs":
            # Like the real client: without --ignore-errors, a container that has not started ends the output.
            return (LOG, 0) if "ignore-errors" in options and "selector" in options else ("", 1)
        case "rollout":
            return "", 0 if state.get("engines" if words[1].startswith("statefulset") else "rollout", True) else 1
        case "exec":
            return '{"status":"ready"}\n', 0
        case _:
            raise SystemExit(f"stub: {verb}?")
    return "", 0


def kustomize(folder):
    """The real client's answer; the same manifests of the same release are rendered once."""
    text = (pathlib.Path(folder) / "kustomization.yaml").read_text()
    name = hashlib.sha256(re.sub(r"\[.*/overlays/", "", text).encode()).hexdigest()
    once = pathlib.Path(os.environ["STUB_RENDERED"]) / name
    if not once.exists():
        once.write_bytes(subprocess.run(["kubectl", "kustomize", folder], check=True, stdout=subprocess.PIPE).stdout)
    return once.read_text(), 0


def main(words):
    if words[0] == "kustomize":
        return kustomize(words[1])
    state, options = json.loads(PATH.read_text()), {}
    for word in (w.removeprefix("--") for w in words if w.startswith("--")):
        options.setdefault(word.partition("=")[0], []).append(word.partition("=")[2])
    call = " ".join(words)
    state["calls"].append(call)
    failing = any(text in call for text in state.get("failing", [])) or any(
        text in call and sum(text in c for c in state["calls"]) == n for text, n in state.get("failing once", []))
    verb, *rest = [w for w in words if not w.startswith("--")]
    printed, code = ("", "Error from server (ServiceUnavailable)") if failing else answer(state, verb, rest, options)
    PATH.write_text(json.dumps(state))
    return printed, code


if __name__ == "__main__":
    done = main(sys.argv[1:])
    sys.stdout.write(done[0])
    sys.exit(done[1])
