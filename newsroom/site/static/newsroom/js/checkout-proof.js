// The step before a checkout. Holds the button for the two seconds that the server asks for; and looks for the proof, a
// number after whose SHA-256 with the page's key begins with `bits` zero bits, a slice at a time so that nothing stalls.
const K = new Uint32Array(64);
const START = new Uint32Array(8);
for (let n = 2, i = 0; i < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
  if (!prime) continue;
  if (i < 8) START[i] = (Math.sqrt(n) % 1) * 2 ** 32;
  K[i++] = (Math.cbrt(n) % 1) * 2 ** 32;
}
const block = new Uint8Array(64);
const view = new DataView(block.buffer);
const words = new Uint32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

// The first word of the SHA-256 of a text of at most 55 ASCII characters.
function firstWord(text) {
  block.fill(0);
  for (let i = 0; i < text.length; i++) block[i] = text.charCodeAt(i);
  block[text.length] = 0x80;
  view.setUint32(60, text.length * 8);
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(i * 4);
  for (let i = 16; i < 64; i++) {
    const [x, y] = [words[i - 15], words[i - 2]];
    words[i] = words[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + words[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i++) {
    const s = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const t = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + s) | 0, c, b, a, (s + t) | 0];
  }
  return (START[0] + a) >>> 0;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function findProof(key, bits) {
  for (let nonce = 0; ; ) {
    const until = performance.now() + 30;
    while (performance.now() < until) {
      for (let tries = 0; tries < 200; tries++, nonce++) {
        if (firstWord(`${key}.${nonce}`) >>> (32 - bits) === 0) return String(nonce);
      }
    }
    await pause(0);
  }
}

for (const form of document.querySelectorAll("[data-wait]")) {
  const { key, bits, wait, working, done } = form.dataset;
  const status = form.querySelector("[data-status]");
  let isReady = false;
  let isWanted = false;
  form.addEventListener("submit", (event) => {
    if (isReady) return;
    event.preventDefault();
    isWanted = true;
    if (status) status.textContent = working;
  });
  const prepare = async () => {
    if (!bits) return;
    form.hidden = false;
    status.textContent = working;
    form.elements.check_proof.value = await findProof(key, Number(bits));
    status.textContent = done;
  };
  Promise.all([prepare(), pause(Number(wait))]).then(() => {
    isReady = true;
    if (isWanted) form.requestSubmit();
  });
}
