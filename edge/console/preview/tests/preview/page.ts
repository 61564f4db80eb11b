// Another device of the same person, on another origin: it makes the widget, and changes it behind the console's back.
import { DeviceKey } from "../../../../widget/tests/device-key/key";
import { Store } from "../../../../widget/tests/device-key/store";
import { Api } from "../../api";

/** The API's origin, set when the page is built. */
declare const API: string;

const store = await Store.open("other");
const api = new Api(API, store, await DeviceKey.of(store));

const other = {
  async join(token: string, password: string): Promise<void> {
    await api.join(token, "Ada");
    await api.call("PUT", "/v1/me/password", { body: { new: password } });
  },
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const once = method === "POST" ? crypto.randomUUID() : undefined;
    return (await api.call(method, path, { body, once })).value;
  },
};

export type Other = typeof other;
Object.assign(window, { other });
