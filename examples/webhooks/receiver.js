// Takes webhooks, and believes none that is not signed: `node receiver.js`
//
// WEBHOOK_SECRET is what the endpoint's creation or rotation showed, PORT where to listen.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
// Ids that were taken already: a message may come more than once. Keep them where you keep the rest.
const taken = new Set();

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    let event;
    try {
      // The body as it came: parsed and written again it would be another one.
      event = webhook.verify(Buffer.concat(parts).toString("utf8"), request.headers);
    } catch (error) {
      console.log(`refused ${error.message}`);
      response.writeHead(400).end();
      return;
    }
    const id = request.headers["webhook-id"];
    console.log(`${taken.has(id) ? "again" : "took"} ${event.type} ${id}`);
    taken.add(id);
    // At once: whatever takes longer is done afterwards.
    response.writeHead(204).end();
  });
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on ${server.address().port}`);
});
