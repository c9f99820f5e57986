"use strict";
const flow = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1160, ROW = 30, TOP = 30, LETTER = 6.7;

function html(name, attributes, ...children) {
  return build(document.createElement(name), attributes, children);
}
function svg(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}
function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}
function time(ms) {
  const size = Math.abs(ms);
  return size < 100 ? ms.toFixed(1) + " ms" : size < 10000 ? ms.toFixed(0) + " ms" : (ms / 1000).toFixed(1) + " s";
}
function place(hop) { return hop.topic + "-" + hop.partition + "@" + hop.offset; }
function at(hop) { return hop.appended_us === null ? hop.timestamp : hop.appended_us / 1000; }
function shortened(text, room) {
  if (text.length <= room) return text;
  const tail = Math.floor((room - 1) * 2 / 3);
  return text.slice(0, room - 1 - tail) + "\u2026" + text.slice(text.length - tail);
}

const hops = flow.hops;
// Names have the room that they need, as far as the bars keep most of it.
const LABELS = Math.max(160, Math.min(440, 24 + LETTER * Math.max(...hops.map((hop) => place(hop).length))));
const begin = hops.length ? at(hops[0]) : 0;
const tone = { complete: "good", answered_late: "doubt", answered_error: "doubt", answered_dlq: "doubt" };

function header() {
  const known = flow.source === "journal" ? "the broker's journal" : "the cluster's logs alone: who fetched a record is not known";
  return [
    html("h1", {}, flow.correlation_id),
    html("span", { class: "verdict " + (flow.complete ? "good" : tone[flow.verdict] && !flow.unmet.length ? tone[flow.verdict] : "bad"), id: "verdict" }, flow.verdict === "complete" && !flow.complete ? "not as expected" : flow.verdict),
    html("p", { class: "explanation" }, flow.explanation),
    html("p", { class: "faint" }, "Evidence: " + known + "."),
  ];
}

// From the first to the last of what is drawn: appends and fetches.
function extent() {
  let end = 0;
  for (const hop of hops) {
    end = Math.max(end, at(hop) - begin);
    for (const handling of hop.handled || []) end = Math.max(end, handling.fetched_us / 1000 - begin);
  }
  const start = Math.min(0, ...hops.map((hop) => at(hop) - begin));
  return [start, end > start ? end : start + 1];
}

function ticks(start, end) {
  const rough = (end - start) / 6, power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const all = [];
  for (let t = Math.ceil(start / step) * step; t <= end; t += step) all.push(t);
  return all;
}

function waterfall() {
  const [start, end] = extent();
  const height = TOP + hops.length * ROW + 8;
  const x = (t) => LABELS + 10 + (t - start) / (end - start) * (WIDTH - LABELS - 190);
  const y = (row) => TOP + row * ROW;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "listbox", "aria-label": "records of the flow" });
  for (const t of ticks(start, end)) {
    picture.append(svg("g", { class: "tick" },
      svg("line", { x1: x(t), x2: x(t), y1: TOP - 6, y2: height }),
      svg("text", { x: x(t) + 3, y: 14 }, time(t))));
  }
  const doubled = new Set(flow.anomalies.filter((a) => a.kind === "duplicated").map((a) => a.text.split(" ")[0]));
  hops.forEach((hop, row) => {
    const t = at(hop) - begin;
    const group = svg("g", { class: "row", tabindex: row ? -1 : 0, role: "option", "data-row": row, "aria-label": place(hop) + " at " + time(t) });
    group.append(svg("rect", { class: "lane", x: 0, y: y(row) + 2, width: WIDTH, height: ROW - 4 }));
    group.append(svg("rect", { class: "hit", x: 0, y: y(row) + 2, width: WIDTH, height: ROW - 4 }));
    const label = svg("text", { x: 8, y: y(row) + 19 }, shortened(place(hop), Math.floor((LABELS - 16) / LETTER)));
    label.append(svg("title", {}, place(hop)));
    group.append(label);
    const answered = hops.some((other) => other.from === row);
    const bar = (kind, a, b) => svg("rect", { class: kind, x: x(Math.min(a, b)), y: y(row) + 10, width: Math.max(1, Math.abs(x(b) - x(a))), height: 10 });
    if (hop.from !== null && hop.from !== undefined) {
      const parent = at(hops[hop.from]) - begin;
      const split = hop.to_fetch_ms === null ? null : parent + hop.to_fetch_ms;
      if (split === null) {
        group.append(bar("wait", parent, t));
      } else {
        group.append(bar("wait", parent, split), bar("work", split, t));
      }
      if (hop.from < row) {
        picture.append(svg("path", { class: "link", d: `M${x(parent)} ${y(hop.from) + 20} V${y(row) + 10}` }));
      }
    }
    for (const handling of hop.handled || []) {
      const fetched = handling.fetched_us / 1000 - begin;
      if (!answered) group.append(bar("wait", t, fetched));
      group.append(svg("line", { x1: x(fetched), x2: x(fetched), y1: y(row) + 6, y2: y(row) + 24, stroke: "currentColor" },
        svg("title", {}, "fetched by " + handling.client_id)));
    }
    const grey = hop.transaction === "aborted" || hop.transaction === "open";
    const kind = grey ? " grey" : doubled.has(place(hop)) ? " ghost" : hop.error ? " error" : "";
    group.append(svg("circle", { class: "mark" + kind, cx: x(t), cy: y(row) + 15, r: 6 }));
    const last = Math.max(t, ...(hop.handled || []).map((handling) => handling.fetched_us / 1000 - begin));
    const text = grey ? hop.transaction : hint(hop);
    const fits = x(last) + 12 + LETTER * text.length < WIDTH;
    group.append(svg("text", { class: "hint", x: fits ? x(last) + 12 : WIDTH - 6, y: y(row) + 19, "text-anchor": fits ? "start" : "end" }, text));
    group.addEventListener("click", () => pick(row));
    picture.append(group);
  });
  picture.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -hops.length, End: hops.length }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    pick(Math.max(0, Math.min(hops.length - 1, picked + move)));
  });
  return picture;
}

// How a record came about; of a request without an answer, how far it got.
function hint(hop) {
  if (hop.after_ms !== null) return hop.kind + ", " + time(hop.after_ms);
  if (hops.length > 1 || hop.handled === null) return "";
  const readers = [...new Set(hop.handled.map((handling) => handling.client_id))];
  return readers.length ? "fetched by " + shortened(readers.join(", "), 20) : "fetched by nobody";
}

let picked = 0;
function pick(row) {
  picked = row;
  for (const group of document.querySelectorAll("svg .row")) {
    const is = Number(group.dataset.row) === row;
    group.classList.toggle("picked", is);
    group.setAttribute("aria-selected", is);
    group.setAttribute("tabindex", is ? 0 : -1);
    if (is && document.activeElement && document.activeElement.closest("svg")) group.focus();
  }
  const detail = document.getElementById("detail");
  detail.replaceChildren(...details(hops[row]));
}

function details(hop) {
  const rows = [
    ["record", place(hop)], ["id found by", hop.locator], ["key", hop.key],
    ["timestamp", new Date(hop.timestamp).toISOString() + " (" + hop.timestamp_type + ")"],
    ["event", hop.event_id], ["caused by", hop.causation_id], ["trace", hop.trace_id], ["error", hop.error],
    ["transaction", hop.transaction === "none" ? null : hop.transaction],
    ["produced by", hop.produced_by],
    ["producer", hop.producer && `id ${hop.producer.id}, epoch ${hop.producer.epoch}, sequence ${hop.producer.sequence}`],
    ["fetched", hop.handled === null ? "n/a" : hop.handled.map((h) =>
      `${h.client_id}${h.group ? " of group " + h.group : ""} at +${time(h.fetched_us / 1000 - begin)}` +
      (h.committed_us === null ? "" : `, committed at +${time(h.committed_us / 1000 - begin)}`)).join("; ") || "by nobody"],
    ...hop.headers.map(([name, value]) => ["header " + name, value === null ? "null" : value]),
  ];
  const table = html("table", {}, ...rows.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => html("tr", {}, html("th", {}, name), html("td", {}, value))));
  let value = hop.value === null ? "tombstone: it has no value" : hop.value;
  try { value = JSON.stringify(JSON.parse(value), null, 2); } catch { /* shown as it is */ }
  return [table, html("pre", {}, value)];
}

function list(title, items) {
  return items.length ? [html("h2", {}, title), html("ul", {}, ...items.map((item) => html("li", {}, item)))] : [];
}

function groups() {
  if (!flow.groups.length) return [];
  const rows = flow.groups.flatMap((group) => group.offsets.map((offset) => html("tr", {},
    ...[group.group, group.state, group.members.length, offset.topic + "-" + offset.partition, offset.committed, offset.end, offset.lag, offset.client_id]
      .map((cell) => html("td", {}, cell === null ? "-" : String(cell))))));
  const titles = ["group", "state", "members", "partition", "committed", "end", "lag", "client"];
  return [html("h2", {}, "Groups"), html("table", {}, html("tr", {}, ...titles.map((title) => html("th", {}, title))), ...rows)];
}

main.replaceChildren(...header(),
  ...list("Expected", flow.unmet.flatMap((unmet) => [`${unmet.expected}: ${unmet.seen} (${unmet.location})`,
    ...unmet.differences.map((of) => `${of.record} ${of.pointer}: expected ${of.expected}, received ${of.received ?? "nothing"}`)])),
  ...(flow.anomalies.length ? [html("div", { class: "odd" }, ...flow.anomalies.map((anomaly) => html("div", {}, anomaly.text)))] : []),
  ...(hops.length ? [
    html("h2", {}, "Timeline"),
    html("div", { class: "lanes" }, waterfall()),
    html("p", { class: "legend faint" },
      html("span", {}, html("i", { style: "background: var(--wait)" }), flow.source === "journal" ? "append to fetch" : "append to append"),
      ...(flow.source === "journal" ? [html("span", {}, html("i", { style: "background: var(--a)" }), "fetch to append"), html("span", {}, "| fetched")] : []),
      html("span", {}, "arrow keys or j and k: another record")),
    html("div", { id: "detail" }),
  ] : [html("p", { class: "faint" }, "No record of this flow was seen.")]),
  ...groups(),
  ...list("Remarks", flow.remarks));
if (hops.length) pick(0);
document.title = flow.correlation_id + ": " + document.getElementById("verdict").textContent;
document.documentElement.dataset.ready = "true";
