"use strict";
const flows = JSON.parse(document.getElementById("data").textContent);
const rows = document.getElementById("rows"), count = document.getElementById("count");
function cell(text, name) {
  const element = document.createElement("td");
  element.className = name || "";
  element.append(text);
  return element;
}
function show(filter) {
  const wanted = flows.filter((flow) => JSON.stringify(Object.values(flow)).toLowerCase().includes(filter.toLowerCase()));
  rows.replaceChildren(...wanted.map((flow) => {
    const link = document.createElement("a");
    link.href = flow.page;
    link.textContent = flow.correlation_id;
    const row = document.createElement("tr");
    row.append(cell(link), cell(flow.verdict + (flow.oddities.length ? ", odd" : ""), flow.complete ? (flow.oddities.length ? "doubt" : "good") : "bad"), cell([flow.explanation, ...flow.oddities].join("; ")), cell(flow.test, "faint"));
    return row;
  }));
  const bad = wanted.filter((flow) => !flow.complete).length;
  const odd = wanted.filter((flow) => flow.complete && flow.oddities.length).length;
  count.textContent = `${wanted.length} of ${flows.length} flows, ${bad} not as expected` + (odd ? `, ${odd} complete but odd` : "");
}
document.getElementById("filter").addEventListener("input", (event) => show(event.target.value));
show("");
