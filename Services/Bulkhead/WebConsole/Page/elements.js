// Makes elements from text. Nothing here parses markup: what a server sent stays text.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "onclick") made.addEventListener("click", value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

export function fill(id, ...children) {
  byId(id).replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

// Sets a text only where it differs: a live region is read aloud at each change.
export function say(id, text, kind = "") {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
  place.dataset.kind = kind;
}

export function table(caption, heads, rows) {
  return element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows));
}

export const row = (head, ...cells) =>
  element("tr", {}, element("th", { scope: "row" }, head), cells.map((cell) => element("td", {}, cell ?? "")));

export const clock = (time) => new Date(time).toLocaleTimeString();

export const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
