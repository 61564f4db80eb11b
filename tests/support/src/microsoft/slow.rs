//! Endpoints that answer too slowly lose notifications (Graph, "Receive change notifications through webhooks", throttling).

use super::state::Settings;
use std::collections::VecDeque;

/// The answers of the last ten minutes.
#[derive(Debug)]
pub(crate) struct Slow {
    answers: VecDeque<(String, i64, bool)>,
    slow_ms: u64,
    least: usize,
}

impl Default for Slow {
    fn default() -> Self {
        let mut slow = Self { answers: VecDeque::new(), slow_ms: 0, least: 0 };
        slow.follow(&Settings::default());
        slow
    }
}

/// The window, milliseconds.
const WINDOW_MS: i64 = 600_000;

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

impl Slow {
    pub fn follow(&mut self, settings: &Settings) {
        (self.slow_ms, self.least) = (settings.slow_ms, settings.slow_least);
    }

    pub fn note(&mut self, url: &str, now: i64, took_ms: u64, none: bool) {
        self.answers.push_back((host(url).to_owned(), now, none || took_ms > self.slow_ms));
    }

    /// "Drop": more than 15 % of the responses of ten minutes were slow.
    pub fn drops(&mut self, url: &str, now: i64) -> bool {
        self.answers.retain(|(_, at, _)| *at > now - WINDOW_MS);
        let of_host = || self.answers.iter().filter(|(known, ..)| known == host(url));
        let (all, slow) = (of_host().count(), of_host().filter(|(.., slow)| *slow).count());
        all >= self.least && slow * 100 > all * 15
    }
}
