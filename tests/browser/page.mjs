// SPDX-License-Identifier: Apache-2.0
// Scenarios over the page, one a run: node page.mjs NAME. Environment: BASE, TOKEN, PID of the aggregator, SHOTS (a folder).
import { strict as assert } from "node:assert";
import { chromium } from "playwright-core";

const { BASE, TOKEN, PID, SHOTS, PROFILE } = process.env;

async function setStatus(service, status) {
  const answer = await fetch(`${BASE}/api/admin/status`, {
    method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ service_id: service, new_status: status, reason: "the test says so" }) });
  assert.equal(answer.status, 200, await answer.text());
}

async function open(options = {}) {
  const context = await chromium.launchPersistentContext(PROFILE, {
    executablePath: "/usr/bin/chromium", headless: true, viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"], ...options });
  const page = await context.newPage();
  const complaints = [], requests = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("pageerror", (fault) => complaints.push(String(fault)));
  page.on("request", (request) => requests.push(request.url()));
  return { context, page, complaints, requests };
}

const names = (page) => page.$$eval("#overview .svc .n", (list) => list.map((one) => one.firstChild.textContent.trim()));   // without tags
const words = (page) => page.$$eval("#overview .svc .w", (list) => list.map((one) => one.textContent.trim()));

const scenarios = {
  async worst_first({ page, complaints, requests }) {
    await page.goto(BASE);
    assert.deepEqual((await names(page)).slice(0, 3), ["Shop", "Acme", "Payroll <&> Co"]);
    assert.deepEqual((await words(page)).slice(0, 3), ["Major outage", "Degraded", "Unknown"]);
    assert.match(await page.textContent("h1"), /Shop/);
    const alerts = await page.$$eval("#overview .inc", (list) => list.map((one) => one.textContent));
    assert.ok(alerts.length === 2 && alerts.every((text) => /Nobody receives chat/.test(text)), `decided is not told: ${alerts}`);
    await page.waitForSelector("#live.on");
    await page.waitForSelector("#readiness .card");
    assert.match(await page.textContent("#readiness"), /Not ready: backup missing/, "what is missing is told, too");
    assert.equal(requests.filter((url) => !url.startsWith(BASE)).length, 0, "a third-party request");
    assert.deepEqual(complaints, [], "the console (and the content security policy) is silent");
    const shapes = await page.$$eval("#overview .svc use", (list) => list.map((one) => one.getAttribute("href")));
    assert.equal(new Set(shapes.slice(0, 3)).size, 3, "each state has a shape of its own");
    await page.screenshot({ path: `${SHOTS}/worst_first.png` });
  },

  async tells_who_has_it_and_what_is_held({ page, complaints }) {
    const text = (selector) => page.$$eval(selector, (list) => list.map((one) => one.textContent.replace(/\s+/g, " ")));
    await page.goto(BASE);
    const alerts = await text("#alerts .inc");
    assert.equal(alerts.length, 3, alerts.join("\n"));
    assert.match(alerts[0], /^Acme Major outagesince .*inc-1.*Acknowledged by test until 2 Jan 2099, 03:04 UTC$/);
    assert.match(alerts[1], /^Shop Partial outage.*Not told yetHeld: it depends on Acme, which is in trouble and answers for it\. Explain Shop$/);
    assert.match(alerts[2], /^Payroll <&> Co Partial outage.*Not told yetHeld: maintenance, window disks\. Explain/);
    assert.match(await page.textContent("#alerts header"), /3 open, 1 acknowledged, 2 held/);
    const windows = await text("#planned .inc");
    assert.equal(windows.length, 2, windows.join("\n"));
    assert.match(windows[0], /^Payroll <&> Co Activeuntil 31 Dec 2099, 22:00 UTC, window disksnew <b>disks<\/b>By test$/);
    assert.match(windows[1], /^Everything To comefrom 1 Jan 2099, 00:00 UTC until 1 Jan 2099, 00:01 UTC, window later/);
    assert.deepEqual(await text(".svc .tag.mnt"), [" maintenance"], "one service is covered, and it says so in a word");
    await page.waitForSelector("#live.on");
    await page.screenshot({ path: `${SHOTS}/night.png` });
    const ended = await fetch(`${BASE}/api/admin/maintenance/disks`, { method: "DELETE", headers: { Authorization: `Bearer ${TOKEN}` } });
    assert.equal(ended.status, 200);
    await page.waitForFunction(() => document.querySelectorAll("#planned .inc").length === 1 && !document.querySelector(".svc .tag.mnt"),
      null, { timeout: 5000, polling: 50 });
    assert.deepEqual(complaints, []);
    await page.click("#alerts .inc:nth-child(2) .held a");
    assert.match(await page.textContent("body"), /"verdict":"raise of partial_outage is held/, "the link leads to the explanation");
  },

  async changes_within_a_second({ page }) {
    await page.goto(BASE);
    await page.waitForSelector("#live.on");
    await page.waitForLoadState("networkidle").catch(() => {});   // the stream never is idle
    await setStatus("payroll", "partial_outage");
    const told = Date.now();
    await page.waitForFunction(() => [...document.querySelectorAll("#overview .svc .w")].some((one) => one.textContent === "Partial outage"),
      null, { timeout: 5000, polling: 20 });
    console.log(`changed ${Date.now() - told} ms after the answer`);
    assert.match(await page.textContent("#said"), /\S/, "screen readers are told");
  },

  async polls_when_the_stream_is_blocked({ page }) {
    await page.route("**/api/stream", (route) => route.abort());
    await page.clock.install();
    await page.goto(BASE);
    await setStatus("payroll", "degraded");
    await page.clock.runFor(31000);
    await page.waitForFunction(() => [...document.querySelectorAll("#overview .svc .w")].filter((one) => one.textContent === "Degraded").length === 2,
      null, { timeout: 10000, polling: 50 });
    assert.match(await page.textContent("#live"), /Reconnecting/);
  },

  async says_that_it_is_stale({ page }) {
    await page.clock.install();
    await page.goto(BASE);
    await page.waitForSelector("#live.on");
    process.kill(Number(PID), "SIGSTOP");
    try {
      await page.clock.runFor(70000);
      await page.waitForSelector("body.stale");
      assert.match(await page.textContent("#banner"), /Stale since \d\d:\d\d/);
      assert.match(await page.title(), /stale/);
      const opacity = await page.$eval("#main", (main) => Number(getComputedStyle(main).opacity));
      assert.ok(opacity < 0.9, "old content is dimmed");
      await page.screenshot({ path: `${SHOTS}/stale.png` });
    } finally {
      process.kill(Number(PID), "SIGCONT");
    }
    for (let i = 0; i < 40 && await page.$("body.stale"); i++) {
      await page.clock.runFor(2000);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal(await page.$("body.stale"), null, "fresh data clears it");
  },

  async fits_a_phone({ page }) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(BASE);
    const [inner, scroll] = await page.evaluate(() => [window.innerWidth, document.documentElement.scrollWidth]);
    assert.ok(scroll <= inner, `scrolls sideways: ${scroll} > ${inner}`);
    await page.screenshot({ path: `${SHOTS}/phone.png` });
  },

  async reads_without_script({ page }) {
    await page.goto(BASE);
    assert.deepEqual((await names(page)).slice(0, 2), ["Shop", "Acme"]);
    assert.match(await page.textContent("#overview"), /the test says so/);
    await page.click("#readiness a");
    assert.match(await page.textContent("body"), /Not ready: backup missing/);
  },

  async contrast({ page }) {
    await page.goto(BASE);
    const poor = await page.evaluate(() => {
      const luminance = (colour) => {
        const part = colour.match(/[\d.]+/g).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
      };
      const background = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const colour = getComputedStyle(one).backgroundColor;
          if (!/rgba\(.*, 0(\.\d+)?\)|transparent/.test(colour)) return colour;
        }
        return "rgb(0, 0, 0)";
      };
      const found = [];
      for (const element of document.querySelectorAll("main *, header *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || element.closest(".sr, svg")) continue;
        const [a, b] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${element.className}: ${element.textContent.trim().slice(0, 40)} ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
      }
      return found;
    });
    assert.deepEqual(poor, [], "text with a contrast below 4.5:1");
  },
};

const name = process.argv[2];
const opened = await open(name === "reads_without_script" ? { javaScriptEnabled: false } : {});
try {
  await scenarios[name](opened);
} finally {
  await opened.context.close();
}
