//! What mails say, by language: plain text, and the same as simple HTML.

use attune_contracts::message::MailText;

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Subject.
    pub subject: String,
    /// As plain text.
    pub plain: String,
    /// As HTML, whole.
    pub html: String,
}

/// The words of a sign-in code. `{tenant}` and `{minutes}` stand for values.
struct SignInCode {
    language: &'static str,
    subject: &'static str,
    before: &'static str,
    good_for: &'static str,
    secret: &'static str,
    ignore: &'static str,
}

/// The first is for whoever speaks none of them.
const SIGN_IN_CODE: [SignInCode; 6] = [
    SignInCode {
        language: "en",
        subject: "Your sign-in code for {tenant}",
        before: "Your code to sign in to {tenant}:",
        good_for: "It is good for {minutes} minutes, on the device where you asked for it.",
        secret: "Give it to nobody. We never ask for it.",
        ignore: "If you did not ask for it, ignore this e-mail.",
    },
    SignInCode {
        language: "de",
        subject: "Ihr Anmeldecode für {tenant}",
        before: "Ihr Code für die Anmeldung bei {tenant}:",
        good_for: "Er gilt {minutes} Minuten, auf dem Gerät, auf dem Sie ihn angefordert haben.",
        secret: "Geben Sie ihn niemandem weiter. Wir fragen nie danach.",
        ignore: "Haben Sie ihn nicht angefordert, beachten Sie diese E-Mail nicht.",
    },
    SignInCode {
        language: "fr",
        subject: "Votre code de connexion pour {tenant}",
        before: "Votre code pour vous connecter à {tenant} :",
        good_for: "Il est valable {minutes} minutes, sur l’appareil d’où vous l’avez demandé.",
        secret: "Ne le communiquez à personne. Nous ne vous le demanderons jamais.",
        ignore: "Si vous ne l’avez pas demandé, ignorez cet e-mail.",
    },
    SignInCode {
        language: "es",
        subject: "Su código de acceso a {tenant}",
        before: "Su código para iniciar sesión en {tenant}:",
        good_for: "Es válido durante {minutes} minutos, en el dispositivo desde el que lo pidió.",
        secret: "No se lo dé a nadie. Nunca se lo pediremos.",
        ignore: "Si no lo ha pedido, ignore este correo.",
    },
    SignInCode {
        language: "pt",
        subject: "O seu código de acesso a {tenant}",
        before: "O seu código para iniciar sessão em {tenant}:",
        good_for: "É válido durante {minutes} minutos, no dispositivo em que o pediu.",
        secret: "Não o dê a ninguém. Nunca o pediremos.",
        ignore: "Se não o pediu, ignore este e-mail.",
    },
    SignInCode {
        language: "ar",
        subject: "رمز تسجيل الدخول إلى {tenant}",
        before: "رمزك لتسجيل الدخول إلى {tenant}:",
        good_for: "الرمز صالح لمدة {minutes} دقائق، على الجهاز الذي طلبته منه.",
        secret: "لا تعطه لأحد. لن نطلبه منك أبدًا.",
        ignore: "إذا لم تطلبه، فتجاهل هذه الرسالة.",
    },
];

/// Writes a text in the nearest language (RFC 4647, section 3.4, as far as we have texts: by the first subtag).
pub fn write(text: &MailText, locale: &str) -> Text {
    let language = locale.split('-').next().unwrap_or_default();
    match text {
        MailText::SignInCode { code, minutes, tenant_name } => {
            let known = SIGN_IN_CODE.iter().find(|words| words.language.eq_ignore_ascii_case(language));
            sign_in_code(known.unwrap_or(&SIGN_IN_CODE[0]), code, *minutes, tenant_name)
        }
    }
}

fn sign_in_code(words: &SignInCode, code: &str, minutes: u32, tenant: &str) -> Text {
    // the name last: what stands in it is no place for a value
    let fill = |text: &str| text.replace("{minutes}", &minutes.to_string()).replace("{tenant}", tenant);
    let (subject, before) = (fill(words.subject), fill(words.before));
    let (good_for, secret, ignore) = (fill(words.good_for), words.secret, words.ignore);
    let plain = format!("{before}\r\n\r\n    {code}\r\n\r\n{good_for}\r\n{secret}\r\n\r\n{ignore}\r\n");
    let language = words.language;
    let direction = if language == "ar" { "rtl" } else { "ltr" };
    let (title, before, good_for) = (escape(&subject), escape(&before), escape(&good_for));
    let code = escape(code);
    let html = format!(
        "<!doctype html>\r\n<html lang=\"{language}\" dir=\"{direction}\">\r\n<head><meta charset=\"utf-8\">\
         <title>{title}</title></head>\r\n<body style=\"font-family:sans-serif\">\r\n<p>{before}</p>\r\n\
         <p dir=\"ltr\" style=\"font:bold 28px monospace;letter-spacing:4px\">{code}</p>\r\n\
         <p>{good_for}<br>{secret}</p>\r\n<p>{ignore}</p>\r\n</body>\r\n</html>\r\n"
    );
    Text { subject, plain, html }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(locale: &str, tenant_name: &str) -> Text {
        let tenant_name = tenant_name.to_owned();
        write(&MailText::SignInCode { code: "12345678".into(), minutes: 10, tenant_name }, locale)
    }

    #[test]
    fn every_language_says_it_all_and_leaves_no_gap() {
        for words in &SIGN_IN_CODE {
            let text = code(words.language, "Acme");
            for part in [&text.plain, &text.html] {
                assert!(part.contains("12345678") && part.contains("Acme") && part.contains("10"), "{part}");
                assert!(!part.contains('{'), "{part}");
            }
            assert!(text.subject.contains("Acme") && !text.subject.contains("12345678"), "seen on a locked screen");
            assert!(text.html.contains(&format!("lang=\"{}\"", words.language)));
        }
        assert!(code("ar", "Acme").html.contains("dir=\"rtl\""));
    }

    #[test]
    fn the_language_is_the_first_subtag_else_english() {
        assert_eq!(code("de-CH", "Acme"), code("DE", "Acme"));
        assert_eq!(code("pt-BR", "Acme").subject, "O seu código de acesso a Acme");
        for unknown in ["ja", "", "-", "x-klingon"] {
            assert_eq!(code(unknown, "Acme"), code("en", "Acme"), "{unknown}");
        }
    }

    #[test]
    fn a_tenants_name_is_text_and_nothing_else() {
        let text = code("en", "<b>&\"{minutes}");
        assert!(text.html.contains("&lt;b&gt;&amp;&quot;{minutes}") && !text.html.contains("<b>"), "{}", text.html);
        assert!(text.plain.contains("<b>&\"{minutes}"));
    }
}
