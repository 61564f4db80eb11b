// A widget's page of the console: sign in, change it, see it beside, save.
import { DeviceKey } from "../../widget/tests/device-key/key";
import { Store } from "../../widget/tests/device-key/store";
import { Api, Refused } from "./api";
import { Form, element } from "./form";
import { Stage } from "./stage";
import type { Tagged } from "./api";
import { changes } from "./widget";
import type { Members, Widget } from "./widget";

const id = location.pathname.split("/").pop() ?? "";
const path = `/v1/widgets/${id}`;
const store = await Store.open("attune-console");
const api = new Api(location.origin, store, await DeviceKey.of(store));

const status = element("status");
const save = element<HTMLButtonElement>("save");
/** What was read, and how the form shows it. */
let read: { tag: string; shown: Members } | undefined;
let stage: Stage | undefined;
const form = new Form(changed);

/** What was not saved yet. */
function unsaved() {
  return read === undefined ? {} : changes(read.shown, form.members());
}

function changed(): void {
  if (read === undefined) return;
  stage?.dress(form.members(), form.locale);
  const dirty = Object.keys(unsaved()).length > 0;
  save.disabled = !dirty;
  status.textContent = dirty ? "Not saved" : "";
}

function show({ value, tag }: Tagged<Widget>): void {
  stage ??= new Stage(value.key);
  form.show(value);
  read = { tag, shown: form.members() };
  element("heading").textContent = value.name;
  document.title = `${value.name} · Attune`;
  element("conflict").hidden = true;
  changed();
}

/** Shows one of the parts of the page. */
function only(part: "sign-in" | "missing" | "workbench"): void {
  for (const name of ["sign-in", "missing", "workbench"]) element(name).hidden = name !== part;
  save.hidden = part !== "workbench";
  element("leave").hidden = part === "sign-in";
}

async function open(): Promise<void> {
  try {
    show(await api.call<Widget>("GET", path));
    only("workbench");
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 401) return ask();
    element("missing").textContent = problem.status === 404 ? "There is no such widget in your tenant." : problem.message;
    element("heading").textContent = "Widget";
    only("missing");
  }
}

function ask(): void {
  element("heading").textContent = "Sign in";
  status.textContent = "";
  only("sign-in");
}

async function send(tag: string): Promise<void> {
  const change = unsaved();
  save.disabled = true;
  status.textContent = "Saving …";
  try {
    show(await api.call<Widget>("PATCH", path, { body: change, tag }));
    status.textContent = "Saved";
  } catch (problem) {
    changed();
    if (!(problem instanceof Refused)) status.textContent = "Not saved: the server cannot be reached";
    else if (problem.status === 401) ask();
    else if (problem.code === "precondition_failed") {
      element("conflict").hidden = false;
      element("conflict").focus();
    } else if (problem.faults.length > 0) form.tell(problem.faults);
    else form.tell([{ pointer: "", detail: problem.message }]);
  }
}

element("editor").addEventListener("submit", (event) => {
  event.preventDefault();
  if (read !== undefined && !save.disabled) void send(read.tag);
});
element("theirs").addEventListener("click", () => void open());
element("mine").addEventListener("click", async () => {
  const mine = form.members();
  show(await api.call<Widget>("GET", path));
  form.show(mine);
  if (read !== undefined) await send(read.tag);
});
element("leave").addEventListener("click", async () => {
  await api.signOut().catch(() => undefined);
  read = undefined;
  ask();
});

element("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = (name: string) => String(new FormData(event.target as HTMLFormElement).get(name) ?? "").trim();
  const fault = element("refused");
  fault.textContent = "";
  try {
    await api.signIn(text("tenant"), text("email"), text("password"), text("code"));
    (event.target as HTMLFormElement).reset();
    element("factor").hidden = true;
    await open();
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    const factor = problem.code === "second_factor_required";
    if (factor) element("factor").hidden = false;
    fault.textContent = factor ? "A second factor is needed." : problem.message;
    element("sign-in").querySelector<HTMLInputElement>(factor ? "[name=code]" : "[name=tenant]")?.focus();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (Object.keys(unsaved()).length > 0) event.preventDefault();
});

await ((await api.signedIn()) ? open() : ask());
