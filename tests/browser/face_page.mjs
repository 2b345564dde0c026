// Plays a person in front of the face page, in Debian's Chromium, and says as JSON what they saw. Its one argument is JSON:
//   url      of the page
//   camera   a file of JPEGs, one after the other, that Chromium shows as its camera
//   pictures files for the page's own choice of pictures; video: one for its choice of a video
//   start    {kind, user, key, secret} for the page's form
//   cancel   true: give up once a hint was seen
//   expected_complaint what the browser's console may say
//   give_up_after seconds
//   retype   a secret to open the sealed result with
//   live, picture   where to put a screenshot of the running camera, of the end
import {chromium} from 'playwright-core';

const wish = JSON.parse(process.argv[2]);
const camera = wish.camera ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
                              `--use-file-for-fake-video-capture=${wish.camera}`] : [];
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
                                       args: ['--no-sandbox', '--disable-gpu', ...camera]});
const seen = {hints: [], complaints: []};
try {
  const page = await browser.newPage({viewport: {width: 412, height: 915}});
  page.setDefaultTimeout(wish.patience ?? 30_000);
  page.on('console', (message) => message.type() === 'error' && !expected(message.text()) && seen.complaints.push(message.text()));
  page.on('pageerror', (error) => seen.complaints.push(String(error)));
  await page.exposeFunction('noteHint', (text) => { if (text && seen.hints.at(-1) !== text) seen.hints.push(text); });
  await page.addInitScript(() => addEventListener('DOMContentLoaded', () => {
    const hint = document.getElementById('hint');
    new MutationObserver(() => window.noteHint(hint.textContent)).observe(hint, {childList: true, subtree: true, characterData: true});
  }));
  await page.goto(wish.url);
  if (wish.start) await begin(page, wish.start);
  if (await visible(page, '#source')) await stream(page);
  seen.card = await page.evaluate(() => [...document.querySelectorAll('.card')].find((card) => !card.hidden)?.id);
  seen.notice = (await page.locator('.card:not([hidden]) .notice').allTextContents()).join(' ');
  if (seen.card === 'outcome') await outcome(page);
  if (wish.picture) await page.screenshot({path: wish.picture, fullPage: true});
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

function expected(text) { return wish.expected_complaint && text.includes(wish.expected_complaint); }

async function visible(page, selector) { return page.locator(selector).isVisible(); }

async function begin(page, {kind, user, key, secret}) {
  await page.selectOption('#start [name=kind]', kind);
  if (user) await page.fill('#start [name=user]', user);
  await page.fill('#start [name=key]', key);
  await page.fill('#start [name=secret]', secret);
  await page.click('#start button[type=submit]');
  await page.waitForFunction(() => document.getElementById('start').hidden || document.querySelector('#start .notice')?.textContent);
}

async function stream(page) {
  if (wish.pictures) await page.setInputFiles('#use-pictures', wish.pictures);
  else if (wish.video) await page.setInputFiles('#use-video', wish.video);
  else await page.click('#use-camera');
  await page.waitForFunction(() => document.getElementById('source').hidden || document.querySelector('#source .notice')?.textContent);
  if (!(await visible(page, '#live'))) return;
  if (wish.live) {
    await page.waitForFunction(() => document.getElementById('hint').textContent !== 'One moment…');
    await page.screenshot({path: wish.live, fullPage: true});
  }
  if (wish.cancel) {
    await page.waitForFunction(() => document.querySelector('[data-step=quality]').dataset.done);
    await page.click('#cancel');
  }
  if (wish.give_up_after) {
    await page.waitForFunction((most) => document.getElementById('outcome').hidden === false || performance.now() > most, 1000 * wish.give_up_after);
    if (await visible(page, '#live')) await page.click('#cancel');
  }
  await page.waitForSelector('#outcome:not([hidden])');
}

async function outcome(page) {
  if (wish.retype) {
    await page.fill('#open [name=secret]', wish.retype);
    await page.click('#open button');
    await page.waitForFunction(() => !document.getElementById('facts').hidden || document.getElementById('open-problem').textContent);
  }
  seen.title = await page.textContent('#outcome-title');
  seen.text = await page.textContent('#outcome-text');
  seen.problem = await page.textContent('#open-problem');
  const terms = await page.locator('#facts dt').allTextContents(), values = await page.locator('#facts dd').allTextContents();
  seen.facts = (await visible(page, '#facts')) ? Object.fromEntries(terms.map((term, i) => [term, values[i]])) : {};
}
