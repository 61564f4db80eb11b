// Chunk: pictures. They are drawn on a canvas, so that the page's policy needs no `img-src`.
import type { Api } from "./api";
import { make } from "./dom";
import { array, each } from "./plain";
import type { RoomEvent } from "./types";

const TYPES = /^image\/(png|jpeg|webp|gif)$/;
/** Largest picture, bytes. */
const MOST_BYTES = 5 * 1024 * 1024;
/** Most pictures of a message. */
const MOST = 4;
/** Width of a picture in a message, px. */
const WIDTH = 240;

const NAMES: Record<string, string> = { en: "Picture", de: "Bild", fr: "Image", es: "Imagen", it: "Immagine", ar: "صورة" };

interface Attachment {
  attachment_id: string;
}

/** Sends what was chosen, as one message; `unsent` hears the names of what cannot be sent. */
export async function send(
  api: Api,
  room: string,
  input: HTMLInputElement,
  say: (text: string, ids: string[]) => void,
  unsent: (name: string) => void,
): Promise<void> {
  const ids = array<string>();
  const { files } = input;
  for (let i = 0; files && i < files.length; i++) {
    const file = files[i]!;
    try {
      if (i >= MOST || !TYPES.test(file.type) || file.size > MOST_BYTES) throw Error("unsuitable");
      const made = await api._call<Attachment>("POST", `/v1/chat/rooms/${room}/attachments`, file);
      ids[ids.length] = made.attachment_id;
    } catch {
      unsent(file.name);
    }
  }
  input.value = "";
  if (ids[0]) say("", ids);
}

/** Draws the pictures of a message. */
export function show(api: Api, room: string, event: RoomEvent, place: HTMLElement): void {
  each(event.attachments ?? [], async ({ id }) => {
    const canvas = make("canvas", "picture", { role: "img" });
    place.append(canvas);
    canvas.ariaLabel = NAMES[canvas.closest<HTMLElement>("[lang]")?.lang ?? "en"]!;
    const answer = await api._fetch("GET", `/v1/chat/rooms/${room}/attachments/${id}`);
    const picture = await createImageBitmap(await answer.blob());
    const scale = Math.min(1, WIDTH / picture.width);
    const ratio = devicePixelRatio || 1;
    canvas.width = picture.width * scale * ratio;
    canvas.height = picture.height * scale * ratio;
    canvas.style.width = picture.width * scale + "px";
    canvas.style.maxWidth = "100%";
    canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
  });
}
