//! A message as a mail (RFC 5322, MIME). The same message gives the same bytes.

use crate::text;
use attune_contracts::message::SendMailV1;
use attune_functions_kit::Message;
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use std::time::{Duration, SystemTime};

/// Why there is no mail. Names the field, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComposeError {
    /// The receiver's address is none.
    To,
    /// The parts do not make a mail.
    Parts,
}

impl std::fmt::Display for ComposeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::To => "/to is not an address",
            Self::Parts => "/text makes no mail",
        })
    }
}

impl std::error::Error for ComposeError {}

/// The mail of a message.
///
/// # Errors
/// [`ComposeError`].
pub fn compose(message: &Message<SendMailV1>, from: &Mailbox) -> Result<lettre::Message, ComposeError> {
    let to: Address = message.body.to.parse().map_err(|_| ComposeError::To)?;
    let text = text::write(&message.body.text, &message.body.locale);
    let accepted = Duration::from_millis(u64::try_from(message.accepted_at).unwrap_or(0));
    let parts = MultiPart::builder().kind(MultiPartKind::Alternative).boundary(&message.id);
    let part = |kind: ContentType, text: String| {
        // for every language alike: what is ASCII, the code, can be read in the file that a local run keeps
        SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text)
    };
    lettre::Message::builder()
        .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + accepted)
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(text.subject)
        // RFC 3834, section 5: nobody's holiday note answers it
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .multipart(
            parts
                .singlepart(part(ContentType::TEXT_PLAIN, text.plain))
                .singlepart(part(ContentType::TEXT_HTML, text.html)),
        )
        .map_err(|_| ComposeError::Parts)
}
