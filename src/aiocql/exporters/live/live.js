const bounds = BOUNDS;
const interval = 1000, kept = 120;
const base = location.pathname.replace(/\/?$/, "/");
const history = [];
let before = null;

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
// A cell is its text, or its text and class; a row of one cell is a remark on the row above it.
function table(id, heads, rows) {
  const place = document.getElementById(id);
  const head = document.createElement("tr");
  heads.forEach(text => head.append(element("th", text)));
  place.replaceChildren(head, ...rows.map(cells => {
    const row = document.createElement("tr");
    cells.forEach(cell => row.append(Array.isArray(cell) ? element("td", cell[0], cell[1]) : element("td", cell)));
    if (cells.length === 1) row.firstChild.colSpan = heads.length;
    return row;
  }));
}
function quantile(counts, share) {
  const all = counts.reduce((sum, each) => sum + each[1], 0);
  let seen = 0;
  for (const [bucket, count] of counts) {
    seen += count;
    if (count > 0 && seen >= share * all) return bounds[bucket];
  }
  return null;
}
function grown(now, earlier) {
  const old = new Map(earlier ? earlier.latency_counts : []);
  return now.latency_counts.map(([bucket, count]) => [bucket, count - (old.get(bucket) || 0)]);
}
const whole = value => Math.round(value).toLocaleString("en");
const duration = value => value === null ? "" :
  value >= 0.9995 ? value.toPrecision(3) + " s" : (1000 * value).toPrecision(3) + " ms";

function draw(data) {
  const seconds = before ? data.time - before.time : 0;
  const rate = (now, earlier, name) => seconds > 0 && earlier ? Math.max(now[name] - earlier[name], 0) / seconds : 0;
  const latency = grown(data.requests, before && before.requests);
  const per_second = rate(data.requests, before && before.requests, "completed");
  const failing = rate(data.requests, before && before.requests, "failed");
  if (seconds > 0) history.push([per_second, failing]);
  if (history.length > kept) history.shift();
  const used = data.hosts.filter(host => host.distance !== "IGNORED");
  const up = used.filter(host => host.connections.length).length;
  const in_flight = data.hosts.reduce((sum, host) => sum + host.in_flight, 0);
  const tiles = [[whole(per_second), "requests a second"], [duration(quantile(latency, 0.5)) || "-", "median latency"],
    [duration(quantile(latency, 0.99)) || "-", "99th percentile"], [whole(in_flight), "in flight"],
    [whole(data.waiting + data.throttles.reduce((sum, each) => sum + each.waiting, 0)), "waiting"],
    [whole(failing), "errors a second"], [up + " of " + used.length, "hosts connected"]];
  document.getElementById("tiles").replaceChildren(...tiles.map(([value, name]) => {
    const tile = element("div", "", "tile");
    tile.append(element("b", value), element("span", name));
    return tile;
  }));
  const earlier = new Map(before ? before.hosts.map(host => [host.endpoint, host]) : []);
  table("hosts", ["Endpoint", "Host ID", "Location", "State", "Connections", "In flight", "Waiting", "Orphans", "Answers/s",
    "p50", "p95", "p99", "Errors", "Timeouts", "Version"], data.hosts.flatMap(host => {
    const last = earlier.get(host.endpoint), counts = grown(host, last);
    const cells = [host.endpoint, [host.host_id || "NULL", "id"], host.location,
      [host.state, "state " + host.state.toLowerCase()], host.connections.length + host.mark, whole(host.in_flight),
      whole(host.waiting), whole(host.orphans), whole(rate(host, last, "responses")),
      ...[0.5, 0.95, 0.99].map(share => duration(quantile(counts, share)) || "-"),
      whole(host.errors), whole(host.timeouts), host.release_version || ""];
    return host.last_error ? [cells, [[host.last_error, "remark"]]] : [cells];
  }));
  table("connections", ["Endpoint", "Age", "In flight", "Orphans", "Limit", "Requests", "Sent", "Received"],
    data.hosts.flatMap(host => host.connections.map(each => [host.endpoint, whole(each.age) + " s", whole(each.in_flight),
      whole(each.orphans), whole(each.limit), whole(each.requests), (each.bytes_sent / 1e6).toFixed(1) + " MB",
      (each.bytes_received / 1e6).toFixed(1) + " MB"])));
  document.getElementById("limits-section").hidden = !data.throttles.length;
  table("limits", ["Limit", "At once", "A second", "Under way", "Waiting", "Let through", "Delayed", "Refused"],
    data.throttles.map(each => [each.name, each.max_concurrent ?? "", each.requests_per_second ?? "", whole(each.active),
      whole(each.waiting), whole(each.admitted), whole(each.delayed), whole(each.refused)]));
  const errors = Object.entries(data.requests.errors);
  document.getElementById("errors-section").hidden = !errors.length;
  table("errors", ["Error", "Requests"], errors.map(([name, count]) => [name, whole(count)]));
  chart();
  document.getElementById("status").textContent = "live: " + (data.cluster_name || "") + ", native protocol v" +
    data.protocol_version + ", process " + data.pid + ", health: " + data.health.status +
    (data.health.reason ? " (" + data.health.reason + ")" : "");
  document.getElementById("footer").textContent = new Date(data.time * 1000).toLocaleString();
  document.body.dataset.state = "live";
  before = data;
}
function drawn(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  if (text !== undefined) made.textContent = text;
  return made;
}
// The next round number: 1, 2 or 5 times a power of ten.
function ceiling(value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(digit => digit * magnitude).find(round => round >= value);
}
function chart() {
  const left = 48, right = 852, top = 10, bottom = 130;
  const most = ceiling(Math.max(10, ...history.map(each => Math.max(...each))));
  const x = i => left + (right - left) * (i + kept - history.length) / (kept - 1);
  const y = value => bottom - (bottom - top) * value / most;
  const parts = [0, most / 2, most].flatMap(value => [
    drawn("line", {class: "grid", x1: left, x2: right, y1: y(value), y2: y(value)}),
    drawn("text", {class: "tick", x: left - 8, y: y(value) + 4, "text-anchor": "end"}, whole(value))]);
  [[left, "2 minutes ago", "start"], [(left + right) / 2, "1 minute ago", "middle"], [right, "now", "end"]].forEach(
    ([at, text, anchor]) => parts.push(drawn("text", {class: "tick", x: at, y: bottom + 20, "text-anchor": anchor}, text)));
  const points = which => history.map((each, i) => x(i).toFixed(1) + "," + y(each[which]).toFixed(1)).join(" L");
  if (history.length) {
    parts.push(drawn("path", {class: "area c0", d: `M${x(0)},${bottom} L${points(0)} L${right},${bottom} Z`}),
      drawn("path", {class: "line c0", d: "M" + points(0)}), drawn("path", {class: "line c4", d: "M" + points(1)}));
  }
  document.getElementById("rates").replaceChildren(...parts);
}
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(base + "data", {cache: "no-store"});
    if (!answer.ok) throw new Error("status " + answer.status);
    draw(await answer.json());
  } catch (error) {
    document.body.dataset.state = "lost";
    document.getElementById("status").textContent = "the process does not answer: " + error.message;
  }
}
look();
setInterval(look, interval);
