// One worker for all tabs of this server. Browsers keep at most six connections to a server over HTTP/1.1, so a stream for each tab would
// leave none for the seventh tab's page. This worker holds a few streams, one for each sweep however many tabs show it, and asks for
// the other sweeps from time to time.

const base = self.location.pathname.split("/assets/")[0]; // Where a proxy shows this server.
const MOST_STREAMS = 2;
const POLL = 3000;
const SILENT = 150000; // Hidden tabs have their timers slowed down to one a minute.

const followed = new Map(); // sweep -> { ports: Set, events, version, polling }
const heard = new Map(); // port -> when its tab was last heard

onconnect = connection => {
  const port = connection.ports[0];
  heard.set(port, performance.now());
  port.onmessage = message => {
    heard.set(port, performance.now());
    const { follow, leave } = message.data;
    if (follow) { enter(follow, port); }
    if (leave) { forget(port); }
  };
};

setInterval(() => {
  for (const [port, at] of heard) { if (performance.now() - at > SILENT) { forget(port); } }
}, 10000);

function enter(sweep, port) {
  if (!followed.has(sweep)) { followed.set(sweep, { ports: new Set(), events: null, version: 0, polling: null }); }
  followed.get(sweep).ports.add(port);
  arrange();
}

function forget(port) {
  heard.delete(port);
  for (const [sweep, entry] of followed) {
    entry.ports.delete(port);
    if (entry.ports.size === 0) { stop(entry); followed.delete(sweep); }
  }
  arrange();
}

// The sweeps followed first have the streams.
function arrange() {
  let streams = 0;
  for (const [sweep, entry] of followed) {
    if (streams++ < MOST_STREAMS) { stream(sweep, entry); } else { entry.polling ??= setInterval(() => poll(sweep, entry), POLL); }
  }
}

function stop(entry) {
  entry.events?.close();
  clearInterval(entry.polling);
  entry.events = entry.polling = null;
}

function stream(sweep, entry) {
  if (entry.events && entry.events.readyState !== EventSource.CLOSED) { return; }
  stop(entry);
  entry.events = new EventSource(`${base}/api/v1/sweeps/${sweep}/events?since=${entry.version}`);
  for (const type of ["progress", "status"]) { entry.events.addEventListener(type, event => tell(entry, type, JSON.parse(event.data))); }
}

function tell(entry, type, data) {
  if (type === "progress") { entry.version = Math.max(entry.version, data.version); }
  for (const port of entry.ports) { port.postMessage({ type, data }); }
}

async function poll(sweep, entry) {
  try {
    const [status, progress] = await Promise.all(
      [fetch(`${base}/api/v1/sweeps/${sweep}`), fetch(`${base}/api/v1/sweeps/${sweep}/progress?since=${entry.version}`)]);
    if (status.ok && progress.ok) { tell(entry, "status", await status.json()); tell(entry, "progress", await progress.json()); }
  } catch { /* The server is away; the tabs notice the silence. */ }
}
