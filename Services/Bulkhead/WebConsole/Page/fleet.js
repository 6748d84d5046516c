import { element, fill, row, table } from "./elements.js";
import { get } from "./requests.js";

// The failed parts of a readiness report, in its own words.
function problems(report) {
  if (typeof report === "string") return report;
  return Object.entries(report?.checks ?? {}).filter(([, part]) => part?.status !== "available")
    .map(([name, part]) => `${name}: ${part?.detail ?? part?.status}`).join("; ");
}

function health(member) {
  return [
    element("span", { class: "mark", "data-kind": member.ready ? "good" : "bad" }, member.ready ? "ready" : "not ready"),
    member.ready ? null : element("span", { class: "quiet" }, ` ${problems(member.report)}`),
  ];
}

const failures = (member) => member.failures.map((one) => `${one.count} × ${one.code}`).join(", ");

export async function showFleet() {
  const fleet = await get("/api/fleet");
  if (fleet.members.length === 0) {
    return fill("members", element("p", { class: "quiet" }, "The manifest has no fleet on this machine."));
  }
  fill("members", table("Each process under its own accounts; counts since its start",
    ["Service", "Health", "Accounts", "Pool: in use of open, waiting", "Statements", "Failed, by code", "Requests", "Refused"],
    fleet.members.map((member) => row(
      element("a", { href: `${member.address}/readyz`, rel: "noreferrer" }, member.name),
      health(member), member.accounts.join(", "),
      member.pool ? `${member.pool.used} of ${member.pool.open}, ${member.pool.waiting}` : "",
      String(member.statements ?? ""), failures(member), String(member.requests ?? ""),
      String(member.refusals ?? "")))));
}

export async function showEvents() {
  const log = await get("/api/events");
  if (log.error) return fill("event-lines", element("p", {}, log.error));
  if (!log.account) return fill("event-lines", element("p", { class: "quiet" }, "The manifest lets no account read events."));
  if (log.events.length === 0) return fill("event-lines", element("p", { class: "quiet" }, "No event yet."));
  fill("event-lines", table(`The newest, read as ${log.account}`, ["Event", "Time", "From", "Type", "Subject"],
    log.events.map((one) => row(String(one.id), new Date(one.time).toLocaleString(), one.source, one.type, one.subject))));
}
