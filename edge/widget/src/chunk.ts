// Parts that are loaded when they are wanted. They lie beside the pinned version of this script, so that a page never mixes versions.
declare const VERSION: string;
/** In the npm package chunks lie beside the entry. */
declare const MODULE: string | undefined;

/** Address of this script. */
export const HERE: string = (document.currentScript as HTMLScriptElement | null)?.src ?? MODULE ?? location.href;

const loaded: Record<string, Promise<any>> = { __proto__: null } as never;

export function chunk(name: string): Promise<any> {
  return (loaded[name] ??= import(new URL((MODULE ? "./" : `../${VERSION}/`) + name + ".js", HERE).href).catch((reason) => {
    // a lost line is no reason never to try again
    delete loaded[name];
    throw reason;
  }));
}

/** Version of this script. */
export const OWN_VERSION: string = VERSION;
