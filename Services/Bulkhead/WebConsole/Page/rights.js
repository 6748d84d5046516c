import { element, fill, row, table } from "./elements.js";
import { get } from "./requests.js";

function account(one, manifest) {
  const kind = one.level === "cache" ? "in the cache" : `in the database, ${one.level}`;
  return element("details", {},
    element("summary", {}, element("b", {}, one.name), ` of ${one.service} ${kind}`),
    table(`${one.name} may, and nothing beside it:`, ["Right", "On", "Extent", "Because of"],
      one.rights.map((right) => row(right.verb, right.object, right.words, right.line ? `${manifest}:${right.line}` : manifest))));
}

export async function showRights() {
  const { accounts, manifest } = await get("/api/rights");
  fill("accounts", accounts.map((one) => account(one, manifest)));
}
