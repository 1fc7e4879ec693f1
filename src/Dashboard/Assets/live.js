// Keeps a page current. Parts are HTML made by the server and fetched again when something changed; running runs are moved directly by
// the progress events. Without this script every page still shows what was true when it was loaded.

const base = new URL(import.meta.url).pathname.split("/assets/")[0]; // Where a proxy shows this server.
const main = document.getElementById("main");
const sweep = main.dataset.sweep;
const notice = document.getElementById("link");

/* ---- parts ---- */

class Part {
  constructor(section) {
    this.section = section;
    this.url = section.dataset.part;
    this.period = Number(section.dataset.every) * 1000;
    this.last = performance.now();
    this.shown = null;
    this.timer = null;
    this.busy = false;
  }

  // Asks for a refresh: at once when the last one is long enough ago, otherwise when it is.
  want() {
    if (this.timer === null) {
      this.timer = setTimeout(() => this.refresh(), Math.max(0, this.last + this.period - performance.now()));
    }
  }

  async refresh() {
    this.timer = null;
    if (this.busy) { this.want(); return; }
    this.busy = true;
    try {
      const response = await fetch(this.url, { headers: { Accept: "text/html" } });
      if (response.status === 401) { signInAgain(); }
      if (response.ok) {
        const html = await response.text();
        if (html !== this.shown) { await this.show(html); }
      }
    } catch { /* The server is away; the notice says so. */ } finally {
      this.last = performance.now();
      this.busy = false;
      this.again();
    }
  }

  // What the server was still computing is asked for until it is there.
  again() {
    if (this.section.querySelector("[data-again]")) { this.want(); }
  }

  async show(html) {
    const next = document.createElement("template");
    next.innerHTML = html;
    // Pictures are loaded before they are swapped in, so that a figure never blinks.
    await Promise.allSettled([...next.content.querySelectorAll("img")].map(img => {
      const early = new Image();
      early.src = img.src;
      return early.decode();
    }));
    const focus = this.section.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    this.section.replaceChildren(next.content);
    this.shown = html;
    if (focus) { [...this.section.querySelectorAll("a, button")].find(e => keyOf(e) === focus)?.focus({ preventScroll: true }); }
    localTimes(this.section);
    for (const row of this.section.querySelectorAll("[data-run]")) { adopt(row); }
  }
}

// The session has ended: the page, asked for anew, leads to where a person signs in, and back here.
const signInAgain = () => location.reload();

const keyOf = element => element.dataset.post ?? element.getAttribute("href");
const parts = [...document.querySelectorAll("[data-part]")].map(section => new Part(section));
const wantPartsOn = event => { for (const part of parts) { if (part.section.dataset.on === event) { part.want(); } } };

function localTimes(within) {
  for (const time of within.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    time.title = time.textContent;
    time.textContent = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

/* ---- running runs ---- */

const curves = new Map(); // run -> Map(step -> { loss, dice }), as far as seen here or stored
const latest = new Map(); // run -> newest progress
const SHOWN_POINTS = 240;

const score = value => value === undefined ? "\u2013" : value.toFixed(3);
const count = value => value.toLocaleString("en").replaceAll(",", "\u202f");
// As Format.Duration of the pages, which this writes over.
const duration = s => s < 120 ? `${Math.round(s)} s`
  : s < 7200 ? `${Math.round(s / 60)} min`
  : s < 172800 ? `${Math.floor(s / 3600)} h ${String(Math.floor(s / 60) % 60).padStart(2, "0")} min`
  : `${Math.round(s / 86400)} days`;

// A row that has just appeared: what its run has stored so far makes the beginning of its curve.
async function adopt(row) {
  const run = row.dataset.run;
  if (!curves.has(run)) {
    curves.set(run, new Map());
    try {
      const response = await fetch(`${base}/api/v1/runs/${run}/metrics`);
      if (response.ok) {
        for (const point of await response.json()) { addPoint(run, point.step, point.segmentorLoss, point.selectionDice); }
      }
    } catch { /* The curve then begins with the next event. */ }
  }
  if (latest.has(run)) { paint(row, latest.get(run)); }
  draw(row);
}

function addPoint(run, step, loss, dice) {
  const curve = curves.get(run);
  if (!curve || (loss === undefined && dice === undefined)) { return; }
  const point = curve.get(step) ?? {};
  curve.set(step, { loss: loss ?? point.loss, dice: dice ?? point.dice });
  if (curve.size > SHOWN_POINTS) {
    let index = 0;
    for (const key of [...curve.keys()].sort((a, b) => a - b)) { if (index++ % 2 === 1) { curve.delete(key); } }
  }
}

function paint(row, progress) {
  const set = (name, text) => { const cell = row.querySelector(`[data-v=${name}]`); if (cell.textContent !== text) { cell.textContent = text; } };
  row.querySelector("[data-v=bar]").setAttribute("width", String(1000 * progress.step / Math.max(1, progress.steps)));
  set("step", `${count(progress.step)} of ${count(progress.steps)}`);
  set("rate", progress.stepsPerSecond > 0 ? progress.stepsPerSecond.toFixed(1) : "\u2013");
  set("loss", score(progress.segmentorLoss));
  set("dice", score(progress.selectionDice));
  set("best", score(progress.bestSelectionDice));
  set("left", progress.stepsPerSecond > 0 ? duration((progress.steps - progress.step) / progress.stepsPerSecond) : "\u2013");
}

function draw(row) {
  const points = [...(curves.get(row.dataset.run) ?? new Map())].sort((a, b) => a[0] - b[0]);
  const end = latest.get(row.dataset.run)?.steps ?? points.at(-1)?.[0] ?? 1;
  line(row.querySelector("[data-v=diceline]"), points.filter(p => p[1].dice !== undefined).map(p => [p[0], p[1].dice]), end);
  line(row.querySelector("[data-v=lossline]"), points.filter(p => p[1].loss !== undefined).map(p => [p[0], p[1].loss]), end);
}

function line(polyline, points, end) {
  const low = Math.min(...points.map(p => p[1])), high = Math.max(...points.map(p => p[1]));
  const y = value => high > low ? 24 - 22 * (value - low) / (high - low) : 13;
  polyline.setAttribute("points", points.length < 2 ? "" : points.map(p => `${(120 * p[0] / end).toFixed(1)},${y(p[1]).toFixed(1)}`).join(" "));
}

function onProgress(batch) {
  version = Math.max(version, batch.version);
  const rows = new Map([...document.querySelectorAll("[data-run]")].map(row => [row.dataset.run, row]));
  let unknown = false;
  for (const { run, progress } of batch.runs) {
    latest.set(run, progress);
    const row = rows.get(run);
    if (row) {
      addPoint(run, progress.step, progress.segmentorLoss, progress.selectionDice);
      paint(row, progress);
      draw(row);
    } else {
      unknown = true;
    }
  }
  if (unknown) { wantPartsOn("runs"); }
}

/* ---- events, and polling while there are none ---- */

let version = 0;
let settled = null;
let heard = performance.now();
let worker = null; // Holds the streams of all tabs; see stream.js.
let over = main.dataset.over === "true";

const STREAMED = 20000, POLLED = 2500, OVER = 15000; // How long silence is no reason to ask.

function onStatus(status) {
  wantPartsOn("status");
  const now = [status.completed, status.failed, status.cancelled, status.stage, status.reported, Boolean(status.choice)].join();
  if (settled !== null && now !== settled) { wantPartsOn("settled"); wantPartsOn("runs"); }
  settled = now;
  const ended = Boolean(status.ended) && (status.reported || status.stage !== "finished");
  if (ended !== over) { over = ended; follow(); }
}

// A sweep that is over has nothing to stream: it is asked for now and then, because a retry lets it go on.
function follow() {
  if (over || document.hidden) {
    worker?.port.postMessage({ leave: true });
    return;
  }
  if (!window.SharedWorker) { return; }
  if (!worker) {
    worker = new SharedWorker(main.dataset.stream);
    worker.port.onmessage = message => {
      heard = performance.now();
      notice.hidden = true;
      (message.data.type === "status" ? onStatus : onProgress)(message.data.data);
    };
    setInterval(() => { if (!over && !document.hidden) { worker.port.postMessage({ follow: sweep }); } }, 10000);
    addEventListener("pagehide", () => worker.port.postMessage({ leave: true }));
  }
  worker.port.postMessage({ follow: sweep });
}

async function poll() {
  const patience = over ? OVER : worker ? STREAMED : POLLED;
  if (document.hidden || performance.now() - heard < patience) { return; }
  await ask();
}

async function ask() {
  try {
    const [status, progress] = await Promise.all(
      [fetch(`${base}/api/v1/sweeps/${sweep}`), fetch(`${base}/api/v1/sweeps/${sweep}/progress?since=${version}`)]);
    if (status.status === 401) { signInAgain(); }
    notice.hidden = status.ok;
    heard = performance.now();
    if (status.ok && progress.ok) { onStatus(await status.json()); onProgress(await progress.json()); }
  } catch { notice.hidden = false; }
}

/* ---- buttons ---- */

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-post]");
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) { return; }
  button.disabled = true;
  const antiforgery = document.querySelector("meta[name=antiforgery]")?.content;
  const headers = antiforgery ? { "X-AdvSeg-Antiforgery": antiforgery } : {};
  const response = await fetch(button.dataset.post, { method: "POST", headers }).catch(() => null);
  if (!response?.ok) {
    button.disabled = false;
    alert(response ? (await response.json()).detail : "The server does not answer.");
  }
  wantPartsOn("status");
});

/* ---- start ---- */

localTimes(document);
for (const part of parts) { part.again(); }
for (const row of document.querySelectorAll("[data-run]")) { adopt(row); }
if (sweep) {
  follow();
  if (!over) { ask(); }
  setInterval(poll, 3000);
  document.addEventListener("visibilitychange", () => { follow(); if (!document.hidden) { ask(); } });
  addEventListener("pageshow", event => { if (event.persisted) { follow(); ask(); } });
} else {
  setInterval(() => { if (!document.hidden) { for (const part of parts) { part.want(); } } }, 1000);
}
