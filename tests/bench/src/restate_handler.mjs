// A handler that returns at once, and a count of how often it ran.
import * as restate from "@restatedev/restate-sdk";
import http from "node:http";

let handled = 0;
const service = restate.service({
  name: "Bench",
  handlers: {
    accept: async (_context, _body) => {
      handled += 1;
    },
  },
});
http.createServer((_request, response) => response.end(String(handled))).listen(Number(process.env.COUNTER_PORT), "127.0.0.1");
restate.serve({ services: [service], port: Number(process.env.SERVICE_PORT) });
