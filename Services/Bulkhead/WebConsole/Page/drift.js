import { byId, clock, counted, element, fill, say } from "./elements.js";
import { get, post } from "./requests.js";

let shown = "";

export async function showDrift() {
  const drift = await get("/api/drift");
  const found = drift.engines.flatMap((engine) => engine.deviations.map((one) => ({ engine: engine.engine, ...one })));
  const failed = drift.engines.filter((engine) => engine.error);
  if (failed.length > 0) say("drift-status", `${failed.map((one) => one.engine).join(" and ")} cannot be compared`, "bad");
  else if (found.length > 0) say("drift-status", `${counted(found.length, "deviation")} from the manifest`, "bad");
  else say("drift-status", `${drift.engines.map((one) => one.engine).join(" and ")} match the manifest`, "good");
  document.title = drift.clean ? "Bulkhead console" : `(${found.length || "!"}) Bulkhead console`;
  say("drift-time", `Compared at ${clock(drift.time)} in ${drift.seconds.toFixed(2)} s, again while this page is visible.`
    + (drift.stale ? " The manifest's file has changed since this console started: start it again to compare with it." : ""));
  const key = JSON.stringify(drift.engines.map(({ engine, deviations, error }) => [engine, deviations, error]));
  if (key === shown) return;
  shown = key;
  fill("deviations",
    failed.map((one) => element("li", {}, element("b", {}, one.engine), ` ${one.error}`)),
    found.map((one) => element("li", {}, element("b", {}, one.kind), ` ${one.engine}: ${one.message}`)));
  byId("drift-actions").hidden = drift.clean;
  byId("plan").hidden = true;
}

function steps(engine) {
  if (engine.error) return element("p", {}, `${engine.engine}: ${engine.error}`);
  return element("div", {},
    element("h4", {}, `${engine.engine}: ${counted(engine.steps.length, "step")}`),
    element("ol", {}, engine.steps.map((step) => element("li", {},
      element("code", {}, step.line),
      element("span", { class: "quiet" }, ` ${step.reason}`),
      step.authority === "superuser" ? element("b", {}, " needs a superuser (bulkhead bootstrap)") : null))),
    engine.unmended.map((one) => element("p", {}, `No step mends: ${one.message}`)));
}

async function showPlan(allowsChanges) {
  const plan = await get("/api/plan");
  const apply = element("button", { type: "button", class: "danger" }, "Apply this plan");
  apply.addEventListener("click", async () => {
    apply.disabled = true;
    try {
      const done = await post("/api/plan", { plan: plan.digest });
      fill("plan", element("h3", {}, "Applied"), done.engines.map((engine) => engine.error
        ? element("p", {}, `${engine.engine}: ${engine.error}`)
        : element("p", {}, `${engine.engine}: ${counted(engine.outcome.done.length, "step")} done, `
          + `${engine.outcome.remaining.length} left to a superuser`)));
    } catch (refusal) {
      fill("plan", element("p", { role: "alert" }, refusal.message));
    }
  });
  fill("plan", element("h3", {}, "The plan"), plan.engines.map(steps),
    allowsChanges ? element("p", { class: "actions" }, apply)
      : element("p", { class: "quiet" }, "This console changes nothing. Apply the plan with: bulkhead access apply"));
  byId("plan").hidden = false;
}

export function prepareDrift(allowsChanges, report) {
  byId("show-plan").addEventListener("click", () => report(() => showPlan(allowsChanges)));
}
