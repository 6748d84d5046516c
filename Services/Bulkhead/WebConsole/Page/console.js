import { byId, say } from "./elements.js";
import { get, hasToken, repeat, takeToken } from "./requests.js";
import { prepareDrift, showDrift } from "./drift.js";
import { showEvents, showFleet } from "./fleet.js";
import { prepareMatrix, showMatrix } from "./matrix.js";
import { prepareAttempts } from "./attempt.js";
import { showRights } from "./rights.js";

const troubles = new Map();

// Runs work of one part of the page. Its failure is on the page until the part works again, and ends no other part.
async function report(part, work) {
  try {
    const result = await work();
    troubles.delete(part);
    return result;
  } catch (problem) {
    troubles.set(part, problem.message);
  } finally {
    const texts = [...new Set(troubles.values())];
    byId("trouble").hidden = texts.length === 0;
    say("trouble", texts.join(" "), "bad");
  }
}

async function begin() {
  const overview = await get("/api/overview");
  byId("subject").textContent = [overview.database, overview.cache, overview.manifest].filter(Boolean).join(" · ")
    + (overview.changes ? " · may apply plans" : " · changes nothing");
  prepareDrift(overview.changes, (work) => report("plan", work));
  prepareMatrix((work) => report("proof", work));
  prepareAttempts(overview, (work) => report("attempt", work));
  await showRights();
  let isRunning = true;
  repeat(1_000, () => report("drift", showDrift));
  repeat(3_000, () => report("fleet", showFleet));
  repeat(3_000, () => report("events", showEvents));
  repeat(700, async () => {
    if (isRunning || byId("prove").disabled) isRunning = await report("matrix", showMatrix);
  });
}

addEventListener("hashchange", () => {
  if (takeToken()) location.reload();
});
// On paper every account's rights are open.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

takeToken();
if (hasToken()) report("start", begin);
else report("start", async () => {
  throw new Error("This page needs the token of its run: open the link that the console printed.");
});
