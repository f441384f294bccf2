// A Hono app on WASI 0.2. Routes as in any Hono app; build with `npm run build`.
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { getEnvironment } from 'wasi:cli/environment@0.2.12';

const app = new Hono();

// App settings and the platform's own variables arrive as environment variables. Asked for in the request:
// what runs at top level runs at build time.
const site = () => new Map(getEnvironment()).get('WEBSITE_SITE_NAME') ?? 'an unnamed site';

app.get('/', (c) =>
  c.html(`<!doctype html><title>JavaScript</title><h1>Hello from JavaScript (Hono, WASI 0.2) on ${site()}</h1>\n`),
);

app.get('/json', (c) => c.json({ language: 'JavaScript', wasi: '0.2', site: site() }));

// Five chunks, each sent as soon as it exists.
app.get('/stream', (c) =>
  stream(c, async (out) => {
    for (let number = 1; number <= 5; number += 1) {
      await out.sleep(100);
      await out.write(`chunk ${number}\n`);
    }
  }),
);

// The request body goes back as it comes in; nothing is collected.
app.post('/echo', (c) => c.body(c.req.raw.body));

addEventListener('fetch', (event) => event.respondWith(app.fetch(event.request)));
