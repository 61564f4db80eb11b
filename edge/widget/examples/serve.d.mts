export function serve(how: {
  folder: string;
  packages: string;
  widget: string;
  api: string;
  port?: number;
}): Promise<{ origin: string; fill(key: string): void; close(): void }>;
