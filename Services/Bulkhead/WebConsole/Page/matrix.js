import { byId, clock, counted, element, fill, row, say, table } from "./elements.js";
import { get, post } from "./requests.js";
import { verdict } from "./attempt.js";

let shown = "";

function field(side, account, line, cell) {
  const made = element("button", {
    type: "button", class: "field", tabindex: "-1", "data-kind": cell.violated ? "bad" : /^-+$/.test(cell.text) ? "none" : null,
    "aria-label": `${account} on ${line.object}: ${cell.words}`, title: cell.words,
  }, cell.text);
  made.addEventListener("click", () => openCells(side, account, line.object));
  return made;
}

function grid(side, caption, { accounts, lines }) {
  const made = table(caption, ["On", ...accounts], lines.map((line) => row(line.object,
    ...line.cells.map((cell, index) => field(side, accounts[index], line, cell)))));
  made.classList.add("grid");
  const first = made.querySelector(".field");
  if (first) first.tabIndex = 0;
  made.addEventListener("keydown", move);
  return element("div", { class: "wide" }, made);
}

// One field of a grid is in the order of the tab key; the arrow keys move from there.
function move(event) {
  const here = event.target.closest("td");
  const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  if (!here || (right === 0 && down === 0)) return;
  event.preventDefault();
  const rows = here.closest("tbody").rows;
  const line = rows[here.parentElement.rowIndex - 1 + down];
  const next = line?.cells[here.cellIndex + right]?.querySelector(".field");
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function place(cell) {
  return [cell.verb, cell.column ? `(${cell.column})` : null, cell.row ? `[${cell.row}]` : null].filter(Boolean).join(" ");
}

async function openCells(side, account, object) {
  const query = new URLSearchParams({ side, account, object });
  const answer = await get(`/api/cells?${query}`);
  byId("cells-title").textContent = `${account} on ${object}`;
  const sorted = [...answer.cells].sort((one, other) => Number(one.matches ?? true) - Number(other.matches ?? true));
  fill("cells-body", sorted.length === 0
    ? element("p", {}, "Nothing is proven here yet: prove every cell first.")
    : element("div", { class: "wide" }, table(`${counted(sorted.length, "cell")}: statement and the engine's own answer`,
      ["Cell", "Declared", "Engine", "Statement", "Alone"], sorted.map((cell) => line(account, cell)))));
  byId("cells").showModal();
}

function line(account, cell) {
  const answer = element("span", {}, ...verdict(cell));
  const statement = element("code", {}, cell.statement ?? "");
  let again = "";
  if (cell.tries) {
    again = element("button", { type: "button", "aria-label": `Try ${place(cell)} now` }, "Try now");
    again.addEventListener("click", async () => {
      again.disabled = true;
      try {
        const { verb, column } = cell;
        const tried = await post("/api/attempts", { account, verb, table: cell.object, column });
        answer.replaceChildren(...verdict(tried.cell), ` at ${clock(tried.time)}`);
        statement.textContent = tried.cell.statement ?? "";
      } catch (refusal) {
        answer.replaceChildren(refusal.message);
      }
      again.disabled = false;
    });
  }
  return row(place(cell), cell.expected, answer, statement, again);
}

function status(matrix) {
  if (matrix.failure) return [`The proof did not end: ${matrix.failure}`, "bad"];
  if (matrix.running) return ["Trying every cell with each account's own credentials …", ""];
  if (!matrix.proven) return ["As the manifest declares it; nothing is proven yet.", ""];
  const { attempted, cells, allowed, denied, violated, time, seconds } = matrix.proven;
  return [`${counted(violated, "violation")}: ${attempted} of ${cells} cells tried, ${allowed} allowed and ${denied} denied `
    + `as declared, at ${clock(time)} in ${seconds.toFixed(1)} s.`, violated === 0 && attempted === cells ? "good" : "bad"];
}

export async function showMatrix() {
  const matrix = await get("/api/matrix");
  say("proof-status", ...status(matrix));
  byId("prove").disabled = matrix.running !== null && matrix.running !== undefined;
  const progress = byId("proof-progress");
  progress.hidden = !matrix.running;
  if (matrix.running) {
    progress.max = Math.max(1, matrix.running.total);
    progress.value = matrix.running.done;
  }
  const key = JSON.stringify([matrix.proven?.time, matrix.database, matrix.cache]);
  if (key !== shown) {
    shown = key;
    const kind = matrix.proven ? "as proven" : "as declared";
    fill("violations", (matrix.proven?.violations ?? []).map((text) => element("li", {}, text)));
    fill("grids", grid("database", `Tables, ${kind}: each account on each table`, matrix.database),
      matrix.cache.accounts.length ? grid("cache", `Cache, ${kind}: each account in each key space`, matrix.cache) : null);
    fill("residues", residues(matrix.proven?.residues ?? []));
  }
  return Boolean(matrix.running);
}

function residues(known) {
  if (known.length === 0) return null;
  return element("details", {}, element("summary", {}, `${counted(known.length, "known residue")}: what the engines leave open`),
    table("Known residues", ["Residue", "Consequence", "Mitigation"],
      known.map((one) => row(one.name, one.consequence, one.mitigation))));
}

export function prepareMatrix(report) {
  byId("prove").addEventListener("click", () => report(async () => {
    byId("prove").disabled = true;
    await post("/api/proof");
    await showMatrix();
  }));
}
