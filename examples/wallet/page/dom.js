/** Elements without markup in texts: what a stranger wrote is a text and never more. */

export const byId = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A section's heading, which gets the focus when the section appears. */
export const heading = (section, words) => el("h2", { id: `${section}-heading`, tabindex: "-1" }, words);

export function fill(id, ...children) {
  const section = byId(id);
  section.hidden = children.length === 0;
  section.replaceChildren(...children);
}
