"""A kubectl for tests: it stores objects in a file, answers the scripts' queries, and ends Jobs and roll-outs on request.

The file named by STUB_CLUSTER holds {"objects": {"Kind/name": {...}}, "calls": [...], "job": "Complete|Failed|Running",
"rollout": true|false, "engines": true|false, "waiting": "reason", "failing": [texts of calls that fail], "failing once": [[text, number of the
call that fails]]}. The real client renders manifests.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import yaml

PATH = pathlib.Path(os.environ["STUB_CLUSTER"])
KINDS = {"secret": "Secret", "configmap": "ConfigMap", "namespace": "Namespace", "job": "Job", "deployment": "Deployment",
         "statefulset": "StatefulSet"}


class Call:
    def __init__(self, words):
        words = [w for w in words if not w.startswith("--namespace=")]
        self.options = [w.removeprefix("--") for w in words if w.startswith("--")]
        self.words = [w for w in words if not w.startswith("--")]

    def values(self, option):
        return [o.partition("=")[2] for o in self.options if o.startswith(f"{option}=")]

    def value(self, option):
        return next(iter(self.values(option)), None)

    def target(self, start):
        """The key of an object, from `kind name` or `kind/name`."""
        words = "/".join(self.words[start:]).split("/")
        return f"{KINDS[words[0].split('.')[0]]}/{words[1]}" if len(words) > 1 else KINDS[words[0]]


def selected(document, selector):
    phase = document["metadata"].get("labels", {}).get("bulkhead/phase")
    if selector == "bulkhead/phase notin (migration, services)":
        return phase not in ("migration", "services")
    return selector == f"bulkhead/phase={phase}"


def apply(state, call):
    for document in yaml.safe_load_all(sys.stdin):
        if document and selected(document, call.value("selector")):
            state["objects"][f"{document['kind']}/{document['metadata']['name']}"] = document


def get(state, call):
    if call.words[1] == "pods" and "waits" not in call.value("output"):
        return state.get("waiting", "")
    if call.words[1] == "pods":
        return "migrate-x\n  waits: ImagePullBackOff\n"
    target, output = call.target(1), call.value("output") or ""
    if "/" not in target:
        return "".join(f"{k.split('/')[0].lower()}.apps/{k.split('/')[1]}\n" for k in state["objects"]
                       if k.startswith(f"{target}/"))
    found = state["objects"].get(target)
    if found is None:
        return ""
    if output == "name":
        return f"{target}\n"
    if "conditions[?(@.status" in output:
        return "" if state["job"] == "Running" else f"{state['job']}\n"
    if "message" in output:
        return "Job has reached the specified backoff limit\n"
    if "image" in output:
        return found["spec"]["template"]["spec"]["containers"][0]["image"]
    if "range $key" in output:
        return "".join(f"{key}\n" for key in found.get("data", {}))
    if "index .data" in output:
        return found["data"][output.split('"')[1]]
    raise SystemExit(f"stub: {output}?")


def create(state, call):
    kind = call.words[1]
    data = {}
    for entry in call.values("from-file"):
        key, path = entry.split("=", 1)
        data[key] = pathlib.Path(path).read_bytes()
    if kind == "secret" and call.words[2] == "tls":
        data = {"tls.crt": pathlib.Path(call.value("cert")).read_bytes(), "tls.key": pathlib.Path(call.value("key")).read_bytes()}
    name = f"{KINDS[kind]}/{call.words[-1]}"
    if name in state["objects"]:
        raise SystemExit(f"stub: {name} exists")
    encoded = {k: base64.b64encode(v).decode() if kind == "secret" else v.decode() for k, v in data.items()}
    state["objects"][name] = {"data": encoded}


def answer(state, call):
    match call.words[0]:
        case "apply":
            apply(state, call)
        case "get":
            sys.stdout.write(get(state, call))
        case "create":
            create(state, call)
        case "patch":
            patch = json.loads(pathlib.Path(call.value("patch-file")).read_text())
            state["objects"][call.target(1)]["data"].update(patch["data"])
        case "delete":
            state["objects"].pop(call.target(1), None)
            if call.words[1] == "job":
                state["job"] = state.get("next job", state["job"])
        case "logs":
            # Like the real client: without --ignore-errors, a container that has not started is an error and ends the output.
            if "ignore-errors" not in call.options or not call.value("selector"):
                raise SystemExit('Error from server (BadRequest): container "check" is waiting to start: PodInitializing')
            print("[pod/migrate/schema] error: 0007_widen: column \"email\" is still used")
        case "rollout":
            is_engine = call.words[2].startswith("statefulset")
            return 0 if (state.get("engines", True) if is_engine else state["rollout"]) else 1
        case "exec":
            print('{"status":"ready"}')
        case other:
            raise SystemExit(f"stub: {other}?")
    return 0


def kustomize(words):
    """The real client's answer; the same manifests of the same release are rendered once."""
    text = (pathlib.Path(words[1]) / "kustomization.yaml").read_text()
    key = hashlib.sha256(re.sub(r"resources: \[.*/overlays/", "", text).encode()).hexdigest()
    rendered = pathlib.Path(os.environ["STUB_RENDERED"]) / key
    if not rendered.exists():
        done = subprocess.run(["kubectl", *words], stdout=subprocess.PIPE)
        if done.returncode:
            return done.returncode
        rendered.write_bytes(done.stdout)
    sys.stdout.write(rendered.read_text())
    return 0


def main(words):
    if words[0] == "kustomize":
        return kustomize(words)
    state = json.loads(PATH.read_text())
    call = Call(words)
    state["calls"].append(" ".join(words))
    if any(text in state["calls"][-1] for text in state.get("failing", [])) or any(
            text in state["calls"][-1] and sum(text in c for c in state["calls"]) == number
            for text, number in state.get("failing once", [])):
        PATH.write_text(json.dumps(state))
        raise SystemExit("Error from server (ServiceUnavailable)")
    code = answer(state, call)
    PATH.write_text(json.dumps(state))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
