// The page: two ways in, one call, one refresh. It says in `output` what came of each.
import { Client } from "./client";
import { DeviceKey } from "./key";
import { Store } from "./store";

/** The API's origin, set when the page is built. */
declare const API: string;

const store = await Store.open("attune");
const key = await DeviceKey.of(store);
const client = new Client(API, store, key);

const output = document.querySelector("output")!;
const device = document.querySelector("#device")!;

/** Runs what a form or a button is for, and shows its result. */
function on(selector: string, work: (fields: Record<string, string>) => Promise<unknown>) {
  const form = document.querySelector<HTMLFormElement>(selector)!;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.value = "…";
    const fields = Object.fromEntries(Array.from(new FormData(form), ([name, value]) => [name, String(value)]));
    output.value = await work(fields).then(
      (value) => JSON.stringify(value ?? "done"),
      (reason) => `refused: ${reason.message}`,
    );
  });
}

on("#join", ({ token = "", name = "" }) => client.join(token, name).then((tokens) => tokens.user_id));
on("#sign-in", ({ tenant = "", email = "", password = "" }) =>
  client.signIn(tenant, email, password).then((tokens) => tokens.user_id),
);
on("#call", ({ method = "", path = "", body = "" }) =>
  client.call(method, path, body === "" ? undefined : JSON.parse(body)),
);
on("#refresh", () => client.refresh().then((tokens) => tokens.user_id));

device.textContent = await key.thumbprint();
