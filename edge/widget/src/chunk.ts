// Parts that are loaded when they are wanted. They lie beside the pinned version of this script, so that a page never mixes versions.
declare const VERSION: string;
/** In the npm package chunks lie beside the entry. */
declare const MODULE: string | undefined;

/** Address of this script. */
export const HERE: string = (document.currentScript as HTMLScriptElement | null)?.src ?? MODULE ?? location.href;

export const chunk = (name: string): Promise<any> =>
  import(new URL((MODULE ? "./" : `../${VERSION}/`) + name + ".js", HERE).href);

/** Version of this script. */
export const OWN_VERSION: string = VERSION;
