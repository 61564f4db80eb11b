//! Codes by e-mail, by which the visitors of the tenant's pages sign in (`attune_identity::email_code`).
//!
//! A row per code that was asked for, whoever has the address: so limits and answers are the same for everybody, and only a mailbox
//! tells whether there was a mail. Addresses are kept as keyed hashes. A row is good for the device that asked: another device's
//! tries do not count against it, and another device's code does not take its place.

use super::people::{check_email, normal};
use super::{By, NewPerson, Standing, Tenant, invalid};
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::envelope::Envelope;
use attune_contracts::message::{MailText, SEND_MAIL_V1, SendMailV1, queue_of};
use attune_contracts::people::PersonStatus;
use attune_contracts::{Problem, ProblemCode, message_id};
use attune_identity::api_key::Peppers;
use attune_identity::email_code::{self, ENTROPY, LIFETIME_MS, Sent};
use attune_identity::permission::BuiltIn;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Between two codes for one address, ms.
pub const CODE_PAUSE_MS: i64 = 30_000;
/// Most codes for one address in [`CODE_WINDOW_MS`].
pub const CODES_PER_WINDOW: i64 = 5;
/// How long rows are kept, ms. Longer than a code, and than a proof of a device, are good.
pub const CODE_WINDOW_MS: i64 = 3_600_000;

/// Most rows that go at a time.
const PURGE_STEP: i64 = 50;
/// The role of those who sign in so.
const ROLE: &str = BuiltIn::EndUser.as_str();

/// Who asks for a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRequest {
    /// The address.
    pub email: String,
    /// Language of the mail, BCP 47.
    pub locale: String,
    /// Thumbprint of the device's key.
    pub jkt: String,
    /// Id of the device's proof: good for one code.
    pub jti: String,
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// Who tries a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTry {
    /// The address.
    pub email: String,
    /// The digits.
    pub code: String,
    /// Thumbprint of the device's key.
    pub jkt: String,
    /// `usr_<ulid>` for a person who is new.
    pub user_id: String,
}

attune_domain::silent!(CodeRequest, CodeTry);

impl Tenant {
    /// Makes a code and has it sent (start a drain), where the address is nobody's yet or an active visitor's.
    ///
    /// # Errors
    /// `not_found` without a tenant; `invalid_body`; `rate_limited` by what was asked for the address, whoever has it;
    /// `invalid_dpop_proof` for a proof that was used; `overloaded`.
    pub fn ask_email_code(
        &self,
        request: &CodeRequest,
        peppers: &Peppers,
        entropy: [u8; ENTROPY],
        now_ms: i64,
    ) -> Result<()> {
        let email = normal(&request.email);
        check_email(&email)?;
        if !is_mailbox(&email) {
            return Err(invalid("/email", "invalid", "expected an e-mail address of ASCII characters"));
        }
        let address = address(&email, peppers)?;
        let (code, sent) = Sent::generate(&subject(&address, &request.jkt), peppers, entropy, now_ms).map_err(fault)?;
        self.apply(|| {
            let tenant = self.need()?;
            self.within_limits(&address, now_ms)?;
            // whoever has the address: that it is full must not tell for whom there would be a mail
            self.outbox.room_for("", now_ms)?;
            self.forget_codes(now_ms)?;
            let made = self.store.exec(
                "INSERT INTO email_code (address, sent_at, jkt, jti, pepper_id, hash, expires_at, tries) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING RETURNING 1",
                &[
                    (&address).into(),
                    now_ms.into(),
                    (&request.jkt).into(),
                    (&request.jti).into(),
                    (&sent.pepper_id).into(),
                    (&sent.hash).into(),
                    sent.expires_at.into(),
                    i64::from(sent.tries).into(),
                ],
            )?;
            if made.is_empty() {
                return Err(Error::refused(ProblemCode::InvalidDpopProof, "the proof was used before"));
            }
            if self.person_of_email(&email)?.is_some_and(|p| p.role != ROLE || p.status != PersonStatus::Active) {
                return Ok(());
            }
            let text = MailText::SignInCode {
                code: code.expose().to_owned(),
                minutes: u32::try_from(LIFETIME_MS / 60_000).unwrap_or(u32::MAX),
                tenant_name: tenant.name,
            };
            let (to, locale) = (email.clone(), request.locale.clone());
            let mail = SendMailV1 { to, locale, useless_from: sent.expires_at, text };
            // of the proof, which is good once: so nothing is sent twice under two names
            let id = message_id(tenant.tenant_id.as_str(), SEND_MAIL_V1, &format!("{} {}", request.jkt, request.jti));
            let trace = request.traceparent.clone();
            let envelope = Envelope::new(id.clone(), tenant.tenant_id, SEND_MAIL_V1, now_ms, trace, mail);
            let body = serde_json::to_string(&envelope).map_err(|_| Error::Stored("mail"))?;
            let to = queue_of(SEND_MAIL_V1).unwrap_or_default();
            let traceparent = request.traceparent.as_deref();
            self.outbox.post(&Message { to, id: &id, body: &body, traceparent }, now_ms)
        })
    }

    /// Takes old rows away, a bounded number. Also to be called by the alarm and by the sweeper.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn forget_codes(&self, now_ms: i64) -> Result<()> {
        // numbers rise with time, so the first are the oldest
        self.store.exec(
            "DELETE FROM email_code WHERE id IN \
             (SELECT id FROM (SELECT id, sent_at FROM email_code ORDER BY id LIMIT ?2) WHERE sent_at <= ?1)",
            &[(now_ms - CODE_WINDOW_MS).into(), PURGE_STEP.into()],
        )?;
        Ok(())
    }

    /// Refuses one code too many for an address.
    fn within_limits(&self, address: &str, now_ms: i64) -> Result<()> {
        let sql = "SELECT count(*), max(sent_at), min(sent_at) FROM email_code WHERE address = ?1 AND sent_at > ?2";
        let found = self.store.exec(sql, &[address.into(), (now_ms - CODE_WINDOW_MS).into()])?.first();
        let Some(row) = found else { return Ok(()) };
        let (count, newest, oldest) = (row.int(0)?, row.maybe_int(1)?, row.maybe_int(2)?);
        let pause = newest.map_or(0, |at| at + CODE_PAUSE_MS);
        let window = oldest.filter(|_| count >= CODES_PER_WINDOW).map_or(0, |at| at + CODE_WINDOW_MS);
        let wait = pause.max(window) - now_ms;
        if wait <= 0 {
            return Ok(());
        }
        let seconds = u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
        let detail = "a code for an address is made once in 30 seconds, and 5 times in an hour";
        Err(Problem::new(ProblemCode::RateLimited, detail).retry_after(seconds).into())
    }

    /// Tries a code of this device. The right one is used up, and gives the person: a visitor, new where nobody has the address.
    /// `None`: not accepted, whatever the cause; a wrong try is counted.
    ///
    /// # Errors
    /// `misconfigured` where the pepper is gone, [`Error::Store`].
    pub fn try_email_code(&self, by: &By<'_>, typed: &CodeTry, peppers: &Peppers) -> Result<Option<Standing>> {
        let email = normal(&typed.email);
        let address = address(&email, peppers)?;
        self.apply(|| {
            let found = self.store.exec(
                "SELECT id, pepper_id, hash, expires_at, tries FROM email_code WHERE address = ?1 AND jkt = ?2 \
                 ORDER BY sent_at DESC, id DESC LIMIT 1",
                &[(&address).into(), (&typed.jkt).into()],
            )?;
            let Some(mut row) = found.first() else { return Ok(None) };
            let (id, tries) = (row.int(0)?, u32::try_from(row.int(4)?).map_err(|_| Error::Stored("tries"))?);
            let mut sent = Sent { pepper_id: row.text(1)?, hash: row.text(2)?, expires_at: row.int(3)?, tries };
            let judged = sent.check(&subject(&address, &typed.jkt), &typed.code, peppers, by.now_ms);
            if sent.tries != tries {
                let sql = "UPDATE email_code SET tries = ?2 WHERE id = ?1";
                self.store.exec(sql, &[id.into(), i64::from(sent.tries).into()])?;
            }
            match judged {
                Ok(()) => self.visitor(by, &email, &typed.user_id),
                Err(email_code::Error::PepperMissing) => Err(fault(email_code::Error::PepperMissing)),
                Err(_) => Ok(None),
            }
        })
    }

    /// The active visitor of a proven address, who is added where nobody has it.
    fn visitor(&self, by: &By<'_>, email: &str, new_id: &str) -> Result<Option<Standing>> {
        let user_id = match self.person_of_email(email)? {
            // Whoever may do more signs in by more than a mailbox.
            Some(person) if person.role != ROLE || person.status != PersonStatus::Active => return Ok(None),
            Some(person) => person.user_id,
            None => {
                let name = email.split('@').next().unwrap_or_default().to_owned();
                let (user_id, role) = (new_id.to_owned(), ROLE.to_owned());
                let person = NewPerson { user_id, email: email.to_owned(), name, role, identity: None };
                self.insert_person(&person, by.now_ms)?;
                self.record(by, "person.add", new_id, json!({ "role": ROLE, "by": "email_code" }))?;
                person.user_id
            }
        };
        self.standing(&user_id)
    }
}

/// Is it a mailbox that every mail server can be told: a dot-string and a domain (RFC 5321, section 4.1.2)? Anything else would be
/// found out by the function that sends, as a dead letter that anybody can make.
fn is_mailbox(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let atom = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    local.split('.').all(atom) && domain.split('.').all(label)
}

/// An address as it is kept. With another current pepper it is another one: the codes of ten minutes are asked for again then.
fn address(email: &str, peppers: &Peppers) -> Result<String> {
    peppers
        .hash(peppers.current_id(), &format!("email-address|{email}"))
        .map_err(|_| fault(email_code::Error::PepperMissing))
}

/// What a code is good for. The object is that of one tenant, and a hash is copied nowhere else.
fn subject(address: &str, jkt: &str) -> String {
    format!("{address}|{jkt}")
}

fn fault(fault: email_code::Error) -> Error {
    Error::refused(ProblemCode::Misconfigured, fault.to_string())
}
