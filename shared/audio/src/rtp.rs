//! What a receiver of RTP can tell: RFC 3550 jitter, loss, reordering, duplicates.

/// Largest forward jump of the sequence number that is loss and not a new start (RFC 3550 A.1).
const MAX_DROPOUT: i64 = 3000;
/// How far back a packet counts as late (RFC 3550 A.1); the memory for duplicates is as long.
const MAX_MISORDER: i64 = 100;

/// What is needed of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Sequence number.
    pub sequence: u16,
    /// RTP timestamp, in units of the clock rate.
    pub timestamp: u32,
    /// Arrival on any monotonic clock, in µs.
    pub arrival_us: u64,
}

/// Counts since the last report; jitter is the running estimate at its end.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RtpReport {
    /// Packets that should have come, by sequence numbers.
    pub expected: u64,
    /// Different packets that came.
    pub received: u64,
    /// Expected and not (yet) received; late packets of an earlier report do not make it negative.
    pub lost: u64,
    /// `lost` of `expected` in percent; `None` if nothing was expected.
    pub loss_percent: Option<f64>,
    /// Packets that came after one with a higher sequence number.
    pub out_of_order: u64,
    /// Packets that came again; not in `received`.
    pub duplicates: u64,
    /// Packets with a sequence number far from all others; not in `received`.
    pub invalid: u64,
    /// Times the sender began a new sequence.
    pub restarts: u64,
    /// Interarrival jitter in units of the clock rate (RFC 3550 A.8); `None` before the second packet.
    pub jitter_units: Option<u32>,
    /// The same in ms.
    pub jitter_ms: Option<f64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    expected: u64,
    received: u64,
    out_of_order: u64,
    duplicates: u64,
    invalid: u64,
    restarts: u64,
}

/// Receiver of one RTP source.
#[derive(Debug, Clone)]
pub struct RtpReceiver {
    clock_rate_hz: u32,
    /// Extended (never wrapping) numbers of the first and the highest packet.
    base: i64,
    highest: i64,
    /// Bit n: packet `highest − n` came.
    seen: u128,
    started: bool,
    /// The number that would confirm a new start.
    restart_at: Option<u16>,
    /// Arrival less timestamp of the last packet, modulo 2³².
    transit: Option<u32>,
    /// Jitter times 16; `None` before the first difference.
    jitter: Option<u32>,
    /// Expected packets of sequences that were ended by a restart.
    expected_before: u64,
    total: Counts,
    reported: Counts,
}

impl RtpReceiver {
    /// A receiver for timestamps of `clock_rate_hz` (8000 for G.711). A rate of 0 counts as 8000.
    pub fn new(clock_rate_hz: u32) -> Self {
        Self {
            clock_rate_hz: if clock_rate_hz == 0 { 8000 } else { clock_rate_hz },
            base: 0,
            highest: 0,
            seen: 0,
            started: false,
            restart_at: None,
            transit: None,
            jitter: None,
            expected_before: 0,
            total: Counts::default(),
            reported: Counts::default(),
        }
    }

    /// The payload type changed to one with another clock rate. The jitter so far is kept, in the new unit; the step in the
    /// timestamps does not count as jitter (RFC 7160, 4.1). 0 and the present rate change nothing.
    pub fn set_clock_rate(&mut self, clock_rate_hz: u32) {
        if clock_rate_hz == 0 || clock_rate_hz == self.clock_rate_hz {
            return;
        }
        let convert = |j: u32| (u64::from(j) * u64::from(clock_rate_hz) / u64::from(self.clock_rate_hz)) as u32;
        self.jitter = self.jitter.map(convert);
        self.transit = None;
        self.clock_rate_hz = clock_rate_hz;
    }

    /// Takes one packet, in the order of arrival.
    pub fn observe(&mut self, packet: Packet) {
        if !self.started {
            self.start(packet.sequence);
        } else if !self.place(packet.sequence) {
            return;
        }
        self.total.received += 1;
        self.update_jitter(packet);
    }

    fn start(&mut self, sequence: u16) {
        self.started = true;
        self.base = i64::from(sequence);
        self.highest = self.base;
        self.seen = 1;
        self.restart_at = None;
        self.transit = None;
    }

    /// Finds the packet's place in the sequence; false if it is not a new one of it.
    fn place(&mut self, sequence: u16) -> bool {
        let delta = i64::from(sequence.wrapping_sub(self.highest as u16) as i16);
        if (1..MAX_DROPOUT).contains(&delta) {
            self.highest += delta;
            self.seen = if delta < 128 { self.seen << delta | 1 } else { 1 };
            self.restart_at = None;
            true
        } else if (-MAX_MISORDER..=0).contains(&delta) {
            let bit = 1 << -delta;
            if self.seen & bit != 0 {
                self.total.duplicates += 1;
                return false;
            }
            self.seen |= bit;
            self.base = self.base.min(self.highest + delta);
            self.total.out_of_order += 1;
            true
        } else if self.restart_at == Some(sequence) {
            // Two in a row far from all others: the sender began anew (A.1). The first of them is given up.
            self.expected_before = self.expected();
            self.total.restarts += 1;
            self.start(sequence);
            true
        } else {
            self.restart_at = Some(sequence.wrapping_add(1));
            self.total.invalid += 1;
            false
        }
    }

    /// RFC 3550 A.8 in integers.
    fn update_jitter(&mut self, packet: Packet) {
        let arrival = u128::from(packet.arrival_us) * u128::from(self.clock_rate_hz) / 1_000_000;
        let transit = (arrival as u32).wrapping_sub(packet.timestamp);
        if let Some(before) = self.transit {
            let d = (transit.wrapping_sub(before) as i32).unsigned_abs();
            let jitter = self.jitter.unwrap_or(0);
            self.jitter = Some(jitter.saturating_add(d) - (jitter.saturating_add(8) >> 4));
        }
        self.transit = Some(transit);
    }

    fn expected(&self) -> u64 {
        self.expected_before + if self.started { (self.highest - self.base + 1) as u64 } else { 0 }
    }

    /// Reports what came since the last report.
    pub fn take_report(&mut self) -> RtpReport {
        self.total.expected = self.expected();
        let (now, before) = (self.total, self.reported);
        self.reported = now;
        let expected = now.expected - before.expected;
        let received = now.received - before.received;
        let lost = expected.saturating_sub(received);
        let jitter_units = self.jitter.map(|j| j >> 4);
        RtpReport {
            expected,
            received,
            lost,
            loss_percent: (expected > 0).then(|| 100.0 * lost as f64 / expected as f64),
            out_of_order: now.out_of_order - before.out_of_order,
            duplicates: now.duplicates - before.duplicates,
            invalid: now.invalid - before.invalid,
            restarts: now.restarts - before.restarts,
            jitter_units,
            jitter_ms: jitter_units.map(|j| 1000.0 * f64::from(j) / f64::from(self.clock_rate_hz)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packet `n` of a G.711 stream with 20 ms per packet, `late_us` late.
    fn packet(n: u32, late_us: u64) -> Packet {
        Packet {
            sequence: n as u16,
            timestamp: n.wrapping_mul(160),
            arrival_us: 1_000_000 + u64::from(n) * 20_000 + late_us,
        }
    }

    fn run(packets: impl IntoIterator<Item = Packet>) -> RtpReport {
        let mut r = RtpReceiver::new(8000);
        packets.into_iter().for_each(|p| r.observe(p));
        r.take_report()
    }

    #[test]
    fn a_perfect_stream_across_both_wraps() {
        // Sequence numbers wrap at 65536; timestamps start just below 2³².
        let report = run((65_000..66_000)
            .map(|n| Packet { timestamp: packet(n, 0).timestamp.wrapping_sub(65_500 * 160), ..packet(n, 0) }));
        assert_eq!((report.expected, report.received, report.lost), (1000, 1000, 0));
        assert_eq!((report.jitter_units, report.out_of_order, report.restarts), (Some(0), 0, 0));
    }

    #[test]
    fn jitter_by_hand() {
        // 10 ms late every second packet: |D| is 80 units each time.
        let report = run((0..4).map(|n| packet(n, u64::from(n % 2) * 10_000)));
        // J16: 80, then 80 + 80 − (88 >> 4) = 155, then 155 + 80 − (163 >> 4) = 225; 225 >> 4 = 14.
        assert_eq!(report.jitter_units, Some(14));
        assert_eq!(report.jitter_ms, Some(1.75));
        // It settles at |D|: 10 ms.
        let report = run((0..2000).map(|n| packet(n, u64::from(n % 2) * 10_000)));
        assert!((report.jitter_ms.unwrap() - 10.0).abs() < 0.2, "{report:?}");
        // Each packet 15 units later than the one before: J16 climbs until (J16 + 8) >> 4 is 15, at 232.
        assert_eq!(run((0..500).map(|n| packet(n, u64::from(n) * 1875))).jitter_units, Some(14));
        assert_eq!(run([packet(0, 0)]).jitter_units, None);
    }

    #[test]
    fn loss_reordering_and_duplicates() {
        let mut order: Vec<u32> = (65_530..65_630).collect();
        order.retain(|n| n % 10 != 5);
        order.swap(20, 21);
        order.swap(40, 43);
        order.insert(50, order[48]);
        let report = run(order.iter().map(|n| packet(*n, 0)));
        assert_eq!((report.expected, report.received, report.lost), (100, 90, 10));
        assert_eq!(report.loss_percent, Some(10.0));
        // The swap of 40 and 43 makes three of them late.
        assert_eq!((report.out_of_order, report.duplicates, report.invalid), (4, 1, 0));
    }

    #[test]
    fn reports_are_per_interval_and_late_packets_do_not_count_negative() {
        let mut r = RtpReceiver::new(8000);
        for n in [0, 1, 3] {
            r.observe(packet(n, 0));
        }
        assert_eq!(r.take_report().lost, 1);
        for n in [2, 4, 5] {
            r.observe(packet(n, 0));
        }
        let report = r.take_report();
        assert_eq!((report.expected, report.received, report.lost), (2, 3, 0));
        assert_eq!(r.take_report().loss_percent, None);
    }

    #[test]
    fn a_new_sequence_is_a_restart_and_a_stray_is_not() {
        let mut r = RtpReceiver::new(8000);
        (0..10).for_each(|n| r.observe(packet(n, 0)));
        r.observe(packet(40_000, 0));
        r.observe(packet(10, 0));
        let report = r.take_report();
        assert_eq!((report.expected, report.lost, report.invalid, report.restarts), (11, 0, 1, 0));
        (20_000..20_010).for_each(|n| r.observe(packet(n, 0)));
        let report = r.take_report();
        assert_eq!((report.expected, report.received, report.restarts), (9, 9, 1));
    }

    #[test]
    fn a_change_of_clock_rate_is_no_jitter() {
        let mut r = RtpReceiver::new(8000);
        (0..100).for_each(|n| r.observe(packet(n, u64::from(n % 2) * 10_000)));
        let before = r.take_report().jitter_ms.unwrap();
        r.set_clock_rate(16_000);
        r.observe(Packet { timestamp: 0x8000_0000, ..packet(100, 0) });
        let after = r.take_report().jitter_ms.unwrap();
        assert!((before - after).abs() < 0.2, "{before} {after}");
    }
}
