// Parts that are loaded when they are wanted. They lie beside the pinned version of this script, so that a page never mixes versions.

/** Version of this script. */
declare const VERSION: string;
/** Is this the module of the npm package? */
declare const MODULE: boolean;

/** Address of this script; a module has the page's API only by an attribute. */
const here: string = MODULE ? "" : (document.currentScript as HTMLScriptElement).src;

export const OWN_VERSION: string = VERSION;

/** The module's chunks. */
export const own: Record<string, () => Promise<any>> = {};

/** Where the API is, unless the page says otherwise. */
export const origin = (): string => (MODULE ? location.origin : new URL(here).origin);

export const chunk = (name: string): Promise<any> =>
  MODULE ? own[name]!() : import(new URL(`../${VERSION}/${name}.js`, here).href);
