// Chunk: asks for consent, then shows a call. The voice path itself is loaded when the visitor has agreed.
import type { CallParts } from "./chat";
import { make, on, set } from "./dom";
import { list } from "./plain";
import type { Settings } from "./types";
import type { Start, VoiceCall, VoiceFault, VoiceHost, VoiceState } from "./voice-types";
import css from "./call.css";

/** Consent, yes, no, mute, hang up, close, the states, the faults: each in the order of its type. */
const TEXTS: Record<string, string> = {
  en: "To talk, your microphone is needed. What you say is sent to us while the call lasts.|Start the call|Not now|Mute|Hang up|Close|Connecting …|You are talking with us|Reconnecting …|The call has ended|The microphone was not allowed. You can change that in the settings of your browser.|No microphone was found.|Calls are not possible here.|All lines are busy. Please try again later.|The call could not be connected.|The connection was lost.",
  de: "Zum Sprechen wird Ihr Mikrofon gebraucht. Was Sie sagen, wird während des Gesprächs an uns übertragen.|Gespräch beginnen|Nicht jetzt|Stumm|Auflegen|Schließen|Verbinden …|Sie sprechen mit uns|Neu verbinden …|Das Gespräch ist beendet|Das Mikrofon wurde nicht erlaubt. Das lässt sich in den Einstellungen des Browsers ändern.|Es wurde kein Mikrofon gefunden.|Gespräche sind hier nicht möglich.|Alle Leitungen sind besetzt. Bitte versuchen Sie es später.|Das Gespräch konnte nicht verbunden werden.|Die Verbindung ist abgebrochen.",
  fr: "Pour parler, votre microphone est nécessaire. Ce que vous dites nous est transmis pendant l’appel.|Commencer l’appel|Pas maintenant|Couper le micro|Raccrocher|Fermer|Connexion …|Vous parlez avec nous|Reconnexion …|L’appel est terminé|Le microphone n’a pas été autorisé. Vous pouvez le changer dans les réglages du navigateur.|Aucun microphone trouvé.|Les appels ne sont pas possibles ici.|Toutes les lignes sont occupées. Réessayez plus tard.|L’appel n’a pas pu être établi.|La connexion a été perdue.",
  es: "Para hablar se necesita su micrófono. Lo que diga se nos transmite durante la llamada.|Iniciar la llamada|Ahora no|Silenciar|Colgar|Cerrar|Conectando …|Está hablando con nosotros|Reconectando …|La llamada ha terminado|No se permitió el micrófono. Puede cambiarlo en los ajustes del navegador.|No se encontró ningún micrófono.|Aquí no es posible llamar.|Todas las líneas están ocupadas. Inténtelo más tarde.|No se pudo conectar la llamada.|Se perdió la conexión.",
  it: "Per parlare serve il microfono. Ciò che dici ci viene trasmesso durante la chiamata.|Inizia la chiamata|Non ora|Silenzia|Riaggancia|Chiudi|Connessione …|Stai parlando con noi|Riconnessione …|La chiamata è terminata|Il microfono non è stato consentito. Puoi cambiarlo nelle impostazioni del browser.|Nessun microfono trovato.|Qui le chiamate non sono possibili.|Tutte le linee sono occupate. Riprova più tardi.|Non è stato possibile collegare la chiamata.|La connessione si è interrotta.",
  ar: "للتحدث نحتاج إلى الميكروفون. يُنقل إلينا ما تقوله أثناء المكالمة.|بدء المكالمة|ليس الآن|كتم الصوت|إنهاء المكالمة|إغلاق|جارٍ الاتصال …|أنت تتحدث معنا|جارٍ إعادة الاتصال …|انتهت المكالمة|لم يُسمح بالميكروفون. يمكنك تغيير ذلك في إعدادات المتصفح.|لم يُعثر على ميكروفون.|المكالمات غير ممكنة هنا.|جميع الخطوط مشغولة. حاول لاحقًا.|تعذر إجراء المكالمة.|انقطع الاتصال.",
};
const STATES = ["connecting", "live", "reconnecting", "ended"];
const FAULTS = ["microphone_denied", "microphone_missing", "not_allowed", "no_capacity", "unreachable", "lost"];

const at = (names: string[], name: string): number => {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return i;
  return names.length - 1;
};

let sheet: CSSStyleSheet | undefined;

export function start(parts: CallParts, settings: Settings): void {
  const { _stage } = parts;
  // a call goes on, or it is being asked already
  if (_stage.firstChild) return _stage.querySelector<HTMLElement>("button")?.focus();
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  const root = _stage.getRootNode() as ShadowRoot;
  root.adoptedStyleSheets = list(root.adoptedStyleSheets[0]!, root.adoptedStyleSheets[1]!, sheet);
  const texts = (TEXTS[parts._locale.slice(0, 2)] ?? TEXTS.en!).split("|");
  const choice = (index: number, classes: string, press: () => void) => {
    const made = make("button", classes, { type: "button" }, texts[index]!);
    on(made, "click", press);
    return made;
  };
  const close = () => {
    parts._end = undefined;
    _stage.textContent = "";
    parts._field.focus();
  };

  const said = make("p", "", { role: "status" });
  const yes = choice(1, "choice main", () => void begin());
  const no = choice(2, "choice", close);
  const box = make("div", "call", {}, said, yes, no);
  _stage.append(box);
  // read out when it comes, not only when it changes
  said.textContent = settings.texts?.consent || texts[0]!;
  yes.focus();

  const begin = async () => {
    let call: VoiceCall | undefined;
    let fault = "";
    const wave = make("div", "wave");
    const mute = choice(3, "choice", () => {
      call?.mute(!call.muted);
      set(mute, { "aria-pressed": String(!!call?.muted) });
    });
    set(mute, { "aria-pressed": "false" });
    mute.hidden = true;
    const hangUp = choice(4, "choice main", () => (call ? void call.hangUp() : close()));
    box.textContent = "";
    box.append(said);
    box.append(wave);
    box.append(mute);
    box.append(hangUp);
    hangUp.focus();
    const ended = () => {
      if (!_stage.firstChild) return;
      parts._end = undefined;
      if (!fault) return close();
      said.textContent = fault;
      box.textContent = "";
      box.append(said);
      const done = choice(5, "choice", close);
      box.append(done);
      done.focus();
    };
    const host: VoiceHost = {
      api: parts._api._base,
      locale: parts._locale,
      still: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
      stage: wave,
      call: (method, path, body) => parts._api._call(method, path, body),
      state(state: VoiceState) {
        said.textContent = texts[6 + at(STATES, state)]!;
        mute.hidden = state !== "live";
        if (state === "ended") ended();
      },
      level: (level) => wave.style.setProperty("--level", String(level)),
      fault(code: VoiceFault, detail = "") {
        fault = texts[10 + at(FAULTS, code)]!;
        parts._faults._report("voice_" + code, detail);
      },
    };
    try {
      // a chunk beside this one
      // @ts-expect-error: built there
      const { start } = (await import("./voice.js")) as { start: Start };
      if (!box.isConnected) return;
      call = await start(host);
      // hung up, or the widget has gone, while it was connecting
      if (!box.isConnected) return await call.hangUp();
      parts._end = () => void call?.hangUp();
    } catch (reason) {
      if (!fault) host.fault("unreachable", String(reason));
      ended();
    }
  };
}
