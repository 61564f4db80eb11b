//! Access tokens: HS256 over the secret's text.

use super::grants::LONGEST_NAME;
use super::read::Proto;
use super::{
    AgentGrants, InferenceGrants, LiveKitError, ObservabilityGrants, ParticipantKind, ProjectKey, Result, RoomConfig,
    SipGrants, VideoGrants,
};
use crate::jose::json::Object;
use crate::jose::write::Writer;
use crate::jose::{HmacJws, JoseError, Rules};
use core::fmt;
use std::collections::BTreeMap;

/// From issue to the last moment of joining, seconds, if nothing else is asked for.
pub const DEFAULT_WINDOW_S: u64 = 60;
/// Longest window, seconds.
pub const LONGEST_WINDOW_S: u64 = 600;
/// By how much the clock of who issued may differ when a token is read, seconds (go-jose's default, which a media server uses).
pub const LEEWAY_S: u64 = 60;
/// Longest token, bytes.
pub const MAX_TOKEN: usize = 65_536;

/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// The SDK for JavaScript writes no `typ`.
const RULES: Rules = Rules { max_len: MAX_TOKEN, typ: &["jwt"], typ_optional: true, jwk: false };

/// All that a token says beside its times and its issuer. Empty is absent.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// `sub`: who takes part; opaque, no personal data.
    pub identity: String,
    /// `name`, shown to others.
    pub name: String,
    /// `kind`.
    pub kind: Option<ParticipantKind>,
    /// `kindDetails`, in lowercase.
    pub kind_details: Vec<String>,
    /// `video`.
    pub video: VideoGrants,
    /// `sip`.
    pub sip: SipGrants,
    /// `agent`.
    pub agent: AgentGrants,
    /// `inference`.
    pub inference: InferenceGrants,
    /// `observability`.
    pub observability: ObservabilityGrants,
    /// `roomConfig`.
    pub room_config: RoomConfig,
    /// `roomPreset`.
    pub room_preset: String,
    /// `sha256` of a body that the token vouches for, standard base64.
    pub sha256: String,
    /// `metadata`.
    pub metadata: String,
    /// `attributes`.
    pub attributes: BTreeMap<String, String>,
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its grants.
    pub grants: Grants,
    /// `jti`.
    pub jti: String,
    /// `nbf`, seconds since 1970.
    pub not_before_s: Option<u64>,
    /// `exp`, seconds since 1970.
    pub expires_at_s: u64,
}

impl Grants {
    /// A token valid for `window_s` from `now_s`, which is `iat` and `nbf`. `jti`: empty for none.
    ///
    /// # Errors
    /// The variants of [`LiveKitError`] on minting.
    pub fn mint(&self, key: &ProjectKey, jti: &str, window_s: u64, now_s: u64) -> Result<String> {
        if !(1..=LONGEST_WINDOW_S).contains(&window_s) {
            return Err(LiveKitError::Window);
        }
        if now_s == 0 {
            return Err(LiveKitError::NotBefore);
        }
        self.judge()?;
        let mut writer = Writer::default();
        writer.open().text("iss", key.api_key()).filled("sub", &self.identity).filled("jti", jti);
        writer.number("iat", now_s).number("nbf", now_s).number("exp", now_s.saturating_add(window_s));
        self.write_members(&mut writer);
        Ok(key.secret().mint(HEADER, &writer.close().take()))
    }

    /// The claims of the grants alone, as JSON, without `sub`.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::default();
        writer.open();
        self.write_members(&mut writer);
        writer.close().take()
    }

    fn write_members(&self, writer: &mut Writer) {
        writer.filled("name", &self.name);
        if let Some(kind) = self.kind {
            writer.text("kind", kind.name());
        }
        if !self.kind_details.is_empty() {
            writer.array("kindDetails", &self.kind_details, |writer, detail| {
                writer.quoted(detail);
            });
        }
        self.video.write(writer);
        self.sip.write(writer);
        self.agent.write(writer);
        self.inference.write(writer);
        self.observability.write(writer);
        self.room_config.write(writer);
        writer
            .filled("roomPreset", &self.room_preset)
            .filled("sha256", &self.sha256)
            .filled("metadata", &self.metadata);
        if !self.attributes.is_empty() {
            writer.key("attributes").open();
            for (name, value) in &self.attributes {
                writer.text(name, value);
            }
            writer.close();
        }
    }

    fn judge(&self) -> Result<()> {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let details = self.kind_details.iter().map(String::len).sum::<usize>();
        for (name, bad) in [
            ("identity", self.identity.len() > LONGEST_NAME),
            ("name", self.name.len() > LONGEST_NAME),
            ("kindDetails", self.kind_details.len() > 8 || details > LONGEST_NAME),
            ("roomPreset", self.room_preset.len() > LONGEST_NAME),
            ("metadata", self.metadata.len() > 8192),
            ("attributes", self.attributes.len() > 64 || attributes > 8192),
        ] {
            if bad {
                return Err(LiveKitError::TooLong(name));
            }
        }
        self.video.judge(&self.identity)?;
        self.room_config.judge()
    }

    fn read(object: &Object<'_>) -> Result<Self> {
        let claims = Proto(object);
        let text = |name| claims.text(name).map(str::to_owned);
        Ok(Self {
            identity: text("sub")?,
            name: text("name")?,
            kind: Some(claims.text("kind")?).filter(|kind| !kind.is_empty()).map(ParticipantKind::of_name),
            kind_details: claims.texts("kindDetails")?,
            video: claims.object("video")?.map(VideoGrants::read).transpose()?.unwrap_or_default(),
            sip: SipGrants::read(claims)?,
            agent: AgentGrants::read(claims)?,
            inference: InferenceGrants::read(claims)?,
            observability: ObservabilityGrants::read(claims)?,
            room_config: claims.object("roomConfig")?.map(RoomConfig::read).transpose()?.unwrap_or_default(),
            room_preset: text("roomPreset")?,
            sha256: text("sha256")?,
            metadata: text("metadata")?,
            attributes: claims.map("attributes")?,
        })
    }
}

/// Name, metadata and attributes may be personal: they are not printed.
impl fmt::Debug for Grants {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Grants");
        shown.field("identity", &self.identity).field("kind", &self.kind).field("video", &self.video);
        shown.field("room_config", &self.room_config).finish_non_exhaustive()
    }
}

/// A token of the right form, not verified.
#[derive(Debug, Clone)]
pub struct Token<'a>(HmacJws<'a>);

impl<'a> Token<'a> {
    /// Reads a token.
    ///
    /// # Errors
    /// [`LiveKitError::Form`].
    pub fn parse(text: &'a str) -> Result<Self> {
        Ok(Self(HmacJws::parse(text, &RULES)?))
    }

    /// `iss`, unverified: only to choose among the tenant's projects.
    ///
    /// # Errors
    /// [`LiveKitError::Form`].
    pub fn claimed_api_key(&self) -> Result<String> {
        Ok(Object::parse(self.0.unverified_payload())?.needed("iss", 128)?.to_owned())
    }

    /// What it says. Unknown claims are of no account.
    ///
    /// # Errors
    /// The variants of [`LiveKitError`] on verifying.
    pub fn verify(&self, key: &ProjectKey, now_s: u64) -> Result<Verified> {
        let payload = self.0.verify(key.secret()).map_err(|_| LiveKitError::Signature)?;
        let claims = Object::parse(payload)?;
        if claims.needed("iss", 128)? != key.api_key() {
            return Err(LiveKitError::Issuer);
        }
        let expires_at_s = claims.date("exp")?.ok_or(JoseError::Missing("exp"))?;
        if expires_at_s.saturating_add(LEEWAY_S) < now_s {
            return Err(LiveKitError::Expired);
        }
        let not_before_s = claims.date("nbf")?;
        let latest = now_s.saturating_add(LEEWAY_S);
        if [not_before_s, claims.date("iat")?].into_iter().flatten().any(|from| from > latest) {
            return Err(LiveKitError::NotYetValid);
        }
        let jti = claims.text("jti", 256)?.unwrap_or_default().to_owned();
        Ok(Verified { grants: Grants::read(&claims)?, jti, not_before_s, expires_at_s })
    }
}
