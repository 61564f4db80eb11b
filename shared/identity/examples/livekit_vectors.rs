//! Tokens for the oracles, and what we read in theirs, as JSON lines.
//!
//! `livekit_vectors <seed> <count> <now>` writes `{"grants", "token", "secret", "key", "now"}` for random grant sets; `grants` are the
//! claims as JSON, with `sub`. `livekit_vectors --verify` reads lines `{"token", "secret", "key", "now"}` (others are of no account) and
//! writes `{"grants": …, "nbf", "exp"}` or `{"error": "…"}` for each.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for tests, which stops when its input is wrong")]

use attune_identity::livekit::*;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

/// SplitMix64: the same grants for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn tri_state(&mut self) -> Option<bool> {
        [None, Some(false), Some(true)][usize::try_from(self.below(3)).unwrap()]
    }

    /// Letters, and the characters that are written in different ways by different writers of JSON.
    fn text(&mut self, longest: u64) -> String {
        const LETTERS: &[char] = &[
            'a', 'B', '7', '-', '_', ' ', '"', '\\', '/', '\n', '\t', '\u{1}', '\u{7f}', '<', '&', 'é', 'ß', '漢',
            '😀', '\u{2028}',
        ];
        let len = self.below(longest + 1);
        (0..len).map(|_| LETTERS[usize::try_from(self.below(LETTERS.len() as u64)).unwrap()]).collect()
    }

    fn maybe_text(&mut self, longest: u64) -> String {
        if self.flag() { self.text(longest) } else { String::new() }
    }

    fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{:016x}", self.next())
    }

    fn number(&mut self) -> u32 {
        if self.flag() { u32::try_from(self.next() >> 40).unwrap() } else { 0 }
    }

    fn grants(&mut self) -> Grants {
        let sources =
            [TrackSource::Camera, TrackSource::Microphone, TrackSource::ScreenShare, TrackSource::ScreenShareAudio];
        let sources: Vec<_> = sources.into_iter().filter(|_| self.flag()).collect();
        let agents = (0..self.below(3))
            .map(|_| Agent { agent_name: self.id("agent-"), metadata: self.maybe_text(20) })
            .collect();
        let configured = self.flag();
        let kinds = [ParticipantKind::Standard, ParticipantKind::Agent, ParticipantKind::Sip, ParticipantKind::Egress];
        Grants {
            identity: self.id("usr_"),
            name: self.maybe_text(20),
            kind: self.flag().then(|| kinds[usize::try_from(self.below(4)).unwrap()]),
            kind_details: Vec::new(),
            video: VideoGrants {
                room_create: self.flag(),
                room_list: self.flag(),
                room_record: self.flag(),
                room_admin: self.flag(),
                room_join: self.flag(),
                room: self.id("rm_"),
                can_publish: self.tri_state(),
                can_subscribe: self.tri_state(),
                can_publish_data: self.tri_state(),
                can_publish_sources: (!sources.is_empty()).then_some(sources),
                can_update_own_metadata: self.tri_state(),
                ingress_admin: self.flag(),
                hidden: self.flag(),
                recorder: self.flag(),
                agent: self.flag(),
                can_subscribe_metrics: self.tri_state(),
                can_manage_agent_session: self.tri_state(),
                destination_room: self.maybe_text(12),
            },
            sip: SipGrants { admin: self.flag(), call: self.flag() },
            agent: AgentGrants { admin: self.flag() },
            inference: InferenceGrants { perform: self.flag() },
            observability: ObservabilityGrants { write: self.flag() },
            room_config: if configured {
                RoomConfig {
                    name: self.maybe_text(12),
                    empty_timeout_s: self.number(),
                    departure_timeout_s: self.number(),
                    max_participants: self.number(),
                    metadata: self.maybe_text(30),
                    egress: None,
                    min_playout_delay_ms: self.number(),
                    max_playout_delay_ms: self.number(),
                    sync_streams: self.flag(),
                    agents,
                }
            } else {
                RoomConfig::default()
            },
            room_preset: self.maybe_text(10),
            sha256: String::new(),
            metadata: self.maybe_text(40),
            attributes: (0..self.below(4)).map(|_| (self.id("a-"), self.text(12))).collect(),
        }
    }
}

/// The claims of the grants with `sub`.
fn shown(grants: &Grants) -> Value {
    let mut claims: Value = serde_json::from_str(&grants.to_json()).unwrap();
    claims["sub"] = grants.identity.clone().into();
    claims
}

fn read(line: &str) -> Value {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| line[name].as_str().unwrap();
    let key = ProjectKey::new(text("key"), text("secret")).unwrap();
    let verified = Token::parse(text("token")).and_then(|token| token.verify(&key, line["now"].as_u64().unwrap()));
    match verified {
        Ok(found) => json!({"grants": shown(&found.grants), "nbf": found.not_before_s, "exp": found.expires_at_s}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if arguments.iter().any(|argument| argument == "--verify") {
        for line in std::io::stdin().lock().lines() {
            writeln!(out, "{}", read(&line.unwrap())).unwrap();
        }
        return;
    }
    let numbers: Vec<u64> = arguments.iter().map(|argument| argument.parse().unwrap()).collect();
    let [seed, count, now] = numbers[..] else { panic!("livekit_vectors <seed> <count> <now>, or --verify") };
    let mut random = Random(seed);
    for _ in 0..count {
        let (key, secret) = (random.id("API"), [random.id("s"), random.id("-"), random.id("_")].concat());
        let grants = random.grants();
        // long enough for the slowest judge
        let window = 300 + random.below(LONGEST_WINDOW_S - 299);
        let token = grants.mint(&ProjectKey::new(&key, &secret).unwrap(), &random.id("jti-"), window, now).unwrap();
        let line = json!({"grants": shown(&grants), "token": token, "secret": secret, "key": key, "now": now});
        writeln!(out, "{line}").unwrap();
    }
}
