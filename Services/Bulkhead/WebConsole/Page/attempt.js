import { byId, clock, element } from "./elements.js";
import { post } from "./requests.js";

const kept = 20;

// What the engine did and said, and whether the manifest says so too.
export function verdict(cell) {
  if (!cell.answer) return [element("span", { class: "quiet" }, "not tried yet")];
  const { outcome, code, message } = cell.answer;
  const words = message ? `${code ? `${code}: ` : ""}${message}` : "";
  return [
    element("span", { class: "mark", "data-kind": cell.matches ? (outcome === "allowed" ? "good" : "quiet") : "bad" }, outcome),
    words ? element("q", {}, words) : "",
    cell.matches ? "" : element("b", {}, ` differs from the manifest, which says ${cell.expected}`),
  ];
}

const options = (names) => names.map((name) => element("option", { value: name }, name));

export function prepareAttempts(overview, report) {
  const form = byId("attempt");
  const { account, verb, table, column } = form.elements;
  account.replaceChildren(...options(overview.accounts));
  verb.replaceChildren(...options(["select", "insert", "update", "delete"]));
  table.replaceChildren(...options(overview.tables.map((one) => one.name)));
  const showColumns = () => {
    const chosen = overview.tables.find((one) => one.name === table.value);
    const every = verb.value === "select" ? [element("option", { value: "*" }, "every column")] : [];
    const before = column.value;
    column.replaceChildren(...options(chosen?.columns ?? []), ...every);
    if ([...column.options].some((one) => one.value === before)) column.value = before;
    column.disabled = verb.value === "delete";
  };
  table.addEventListener("change", showColumns);
  verb.addEventListener("change", showColumns);
  showColumns();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    report(async () => {
      const choice = { account: account.value, verb: verb.value, table: table.value,
        column: verb.value === "delete" ? null : column.value };
      show(await post("/api/attempts", choice));
    });
  });
}

function show({ time, account, cell }) {
  const list = byId("attempts");
  list.prepend(element("div", {},
    element("b", {}, `${account}: ${cell.verb} ${cell.object}${cell.column ? ` (${cell.column})` : ""} `),
    ...verdict(cell), element("code", {}, cell.statement ?? ""),
    element("span", { class: "quiet" }, `${cell.matches ? "As the manifest says; " : ""}rolled back at ${clock(time)}`)));
  while (list.children.length > kept) list.lastChild.remove();
}
