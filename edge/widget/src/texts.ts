// What the widget says. English and German come with the script, the other languages as chunks when the panel is first opened.
import { chunk } from "./chunk";
import { attempt } from "./dom";

/** In the order of the texts. */
const enum Text {
  Title,
  Greeting,
  Write,
  Send,
  Picture,
  Voice,
  Close,
  Messages,
  You,
  Assistant,
  Team,
  Connecting,
  Offline,
  Answers,
  Here,
  TakenOver,
  HandedBack,
  Ended,
  Removed,
  Sending,
  Failed,
  Read,
  Helpful,
  Unhelpful,
  Closed,
  Unavailable,
}
export { Text };

/** The launcher's name is needed before anything may be loaded. */
const OPEN: Record<string, string> = {
  en: "Open chat",
  de: "Chat öffnen",
  fr: "Ouvrir le chat",
  es: "Abrir el chat",
  it: "Apri la chat",
  ar: "فتح الدردشة",
};

const EN =
  "Chat with us|Hello! How can we help?|Write a message|Send|Add a picture|Talk by voice|Close chat|Messages|You|Assistant|Team|Connecting …|No connection. What you write is sent later.|The assistant answers|The team is here|The team answers now|The assistant answers again|The conversation has ended|Message removed|Sending …|Not sent|Read|Helpful|Not helpful|We are closed. Leave us a message.|The chat is not available";

const DE =
  "Chat mit uns|Hallo! Wie können wir helfen?|Nachricht schreiben|Senden|Bild hinzufügen|Sprechen|Chat schließen|Nachrichten|Sie|Assistent|Team|Verbinden …|Keine Verbindung. Was Sie schreiben, wird später gesendet.|Der Assistent antwortet|Das Team ist da|Das Team antwortet jetzt|Der Assistent antwortet wieder|Das Gespräch ist beendet|Nachricht entfernt|Wird gesendet …|Nicht gesendet|Gelesen|Hilfreich|Nicht hilfreich|Wir haben geschlossen. Schreiben Sie uns.|Der Chat ist nicht verfügbar";

/** The language of this tag that there is, else English. */
export function speaks(locale: string): string {
  const primary = locale.slice(0, 2).toLowerCase();
  return OPEN[primary] ? primary : "en";
}

/** The launcher's name. */
export const opens = (locale: string): string => OPEN[speaks(locale)]!;

export async function texts(locale: string): Promise<string[]> {
  const language = speaks(locale);
  let found = language === "de" ? DE : EN;
  if (language !== "de" && language !== "en") {
    // English is better than nothing
    await attempt(async () => (found = (await chunk(language)).default));
  }
  return found.split("|");
}
