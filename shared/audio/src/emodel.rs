//! The E-model of ITU-T G.107 (formulas of the 2005 and later editions): from transmission parameters to the rating R and to MOS.

/// Input parameters of G.107, table 2. The default is the table's.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inputs {
    /// Send loudness rating, dB.
    pub slr: f64,
    /// Receive loudness rating, dB.
    pub rlr: f64,
    /// Sidetone masking rating, dB.
    pub stmr: f64,
    /// D-value of the telephone at the send side.
    pub ds: f64,
    /// D-value of the telephone at the receive side. The listener sidetone rating LSTR is STMR + Dr.
    pub dr: f64,
    /// Talker echo loudness rating, dB.
    pub telr: f64,
    /// Weighted echo path loss, dB.
    pub wepl: f64,
    /// Mean one-way delay of the echo path, ms.
    pub t_ms: f64,
    /// Round-trip delay in a four-wire loop, ms.
    pub tr_ms: f64,
    /// Absolute delay in echo-free connections, ms.
    pub ta_ms: f64,
    /// Quantisation distortion units.
    pub qdu: f64,
    /// Equipment impairment factor of the codec.
    pub ie: f64,
    /// Packet-loss robustness factor of the codec.
    pub bpl: f64,
    /// Random packet-loss probability, %.
    pub ppl: f64,
    /// Burst ratio; 1 for random loss.
    pub burst_r: f64,
    /// Circuit noise referred to the 0 dBr point, dBm0p.
    pub nc: f64,
    /// Noise floor at the receive side, dBmp.
    pub nfor: f64,
    /// Room noise at the send side, dB(A).
    pub ps: f64,
    /// Room noise at the receive side, dB(A).
    pub pr: f64,
    /// Advantage factor.
    pub a: f64,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            slr: 8.0,
            rlr: 2.0,
            stmr: 15.0,
            ds: 3.0,
            dr: 3.0,
            telr: 65.0,
            wepl: 110.0,
            t_ms: 0.0,
            tr_ms: 0.0,
            ta_ms: 0.0,
            qdu: 1.0,
            ie: 0.0,
            bpl: 4.3,
            ppl: 0.0,
            burst_r: 1.0,
            nc: -70.0,
            nfor: -64.0,
            ps: 35.0,
            pr: 35.0,
            a: 0.0,
        }
    }
}

/// Codecs with their factors of G.113, appendix I.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// G.711 without concealment of lost packets.
    G711,
    /// G.711 with the concealment of its appendix I.
    G711Plc,
    /// G.729A with voice activity detection.
    G729a,
    /// G.723.1 at 6.3 kbit/s with voice activity detection.
    G7231,
}

impl Codec {
    /// (Ie, Bpl) for packets of 20 ms (G.723.1: 30 ms).
    pub fn factors(self) -> (f64, f64) {
        match self {
            Self::G711 => (0.0, 4.3),
            Self::G711Plc => (0.0, 25.1),
            Self::G729a => (11.0, 19.0),
            Self::G7231 => (15.0, 16.1),
        }
    }
}

/// A rating with its parts.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Rating {
    /// Transmission rating R.
    pub r: f64,
    /// Mean opinion score of conversation, 1–4.5.
    pub mos: f64,
    /// Basic signal-to-noise ratio Ro.
    pub ro: f64,
    /// Simultaneous impairments Is.
    pub is: f64,
    /// Delay impairments Id.
    pub id: f64,
    /// Effective equipment impairment Ie,eff.
    pub ie_eff: f64,
}

impl Inputs {
    /// The defaults for `codec`, with a packet loss in percent and a mouth-to-ear delay in ms; the echo path is taken to be as long.
    pub fn for_call(codec: Codec, loss_percent: f64, one_way_delay_ms: f64) -> Self {
        let (ie, bpl) = codec.factors();
        let (t_ms, tr_ms) = (one_way_delay_ms, 2.0 * one_way_delay_ms);
        Self { ie, bpl, ppl: loss_percent, t_ms, tr_ms, ta_ms: one_way_delay_ms, ..Self::default() }
    }

    /// Rates the connection. `None` if an input is not finite, or so far off that the formulas have no value.
    pub fn rate(&self) -> Option<Rating> {
        let (no, ro) = self.signal_to_noise();
        let ist = self.sidetone();
        let is = self.loudness(no) + ist + self.quantisation(ro);
        let id = self.talker_echo(no, ist) + self.listener_echo(ro) + self.delay();
        let ie_eff = self.ie + (95.0 - self.ie) * self.ppl / (self.ppl / self.burst_r + self.bpl);
        let r = ro - is - id - ie_eff + self.a;
        r.is_finite().then(|| Rating { r, mos: mos(r), ro, is, id, ie_eff })
    }

    /// No and Ro, 7.2.
    fn signal_to_noise(&self) -> (f64, f64) {
        let olr = self.slr + self.rlr;
        let nos = self.ps - self.slr - self.ds - 100.0 + 0.004 * square(self.ps - olr - self.ds - 14.0);
        let lstr = self.stmr + self.dr;
        let pre = self.pr + 10.0 * libm::log10(1.0 + pow10((10.0 - lstr) / 10.0));
        let nor = self.rlr - 121.0 + pre + 0.008 * square(pre - 35.0);
        let nfo = self.nfor + self.rlr;
        let no = 10.0 * libm::log10([self.nc, nos, nor, nfo].iter().map(|n| pow10(n / 10.0)).sum());
        (no, 15.0 - 1.5 * (self.slr + no))
    }

    /// Iolr, 7.3.
    fn loudness(&self, no: f64) -> f64 {
        let xolr = self.slr + self.rlr + 0.2 * (64.0 + no - self.rlr);
        20.0 * (root(xolr / 8.0, 8.0) - xolr / 8.0)
    }

    /// Ist, 7.3.
    fn sidetone(&self) -> f64 {
        let stmro =
            -10.0 * libm::log10(pow10(-self.stmr / 10.0) + libm::exp(-self.t_ms / 4.0) * pow10(-self.telr / 10.0));
        12.0 * root((stmro - 13.0) / 6.0, 8.0)
            - 28.0 * root((stmro + 1.0) / 19.4, 35.0)
            - 13.0 * root((stmro - 3.0) / 33.0, 13.0)
            + 29.0
    }

    /// Iq, 7.3.
    fn quantisation(&self, ro: f64) -> f64 {
        let q = 37.0 - 15.0 * libm::log10(self.qdu);
        let g = 1.07 + 0.258 * q + 0.0602 * q * q;
        let y = (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
        let z = 46.0 / 30.0 - g / 40.0;
        15.0 * libm::log10(1.0 + pow10(y) + pow10(z))
    }

    /// Idte, 7.4, with its corrections for low and high sidetone.
    fn talker_echo(&self, no: f64, ist: f64) -> f64 {
        let t = self.t_ms;
        let terv = self.telr - 40.0 * libm::log10((1.0 + t / 10.0) / (1.0 + t / 150.0)) + 6.0 * libm::exp(-0.3 * t * t);
        let terv = if self.stmr < 9.0 { terv + ist / 2.0 } else { terv };
        let roe = -1.5 * (no - self.rlr);
        let re = 80.0 + 2.5 * (terv - 14.0);
        let half = (roe - re) / 2.0;
        let idte = (half + libm::sqrt(half * half + 100.0) - 1.0) * (1.0 - libm::exp(-t));
        if self.stmr > 20.0 { libm::sqrt(idte * idte + ist * ist) } else { idte }
    }

    /// Idle, 7.4.
    fn listener_echo(&self, ro: f64) -> f64 {
        let rle = 10.5 * (self.wepl + 7.0) * libm::pow(self.tr_ms + 1.0, -0.25);
        let half = (ro - rle) / 2.0;
        half + libm::sqrt(half * half + 169.0)
    }

    /// Idd, 7.4.
    fn delay(&self) -> f64 {
        if self.ta_ms <= 100.0 {
            return 0.0;
        }
        let x = libm::log10(self.ta_ms / 100.0) / libm::log10(2.0);
        25.0 * (root(x, 6.0) - 3.0 * root(x / 3.0, 6.0) + 2.0)
    }
}

fn square(x: f64) -> f64 {
    x * x
}

fn pow10(x: f64) -> f64 {
    libm::pow(10.0, x)
}

/// (1 + xⁿ)^(1/n), the soft maximum that G.107 is built of.
fn root(x: f64, n: f64) -> f64 {
    libm::pow(1.0 + libm::pow(x, n), 1.0 / n)
}

/// MOS from R (G.107, annex B), not under 1.
pub fn mos(r: f64) -> f64 {
    if r <= 0.0 {
        1.0
    } else if r >= 100.0 {
        4.5
    } else {
        (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(inputs: Inputs) -> f64 {
        inputs.rate().unwrap().r
    }

    #[test]
    fn the_defaults_give_93_2() {
        let rating = Inputs::default().rate().unwrap();
        assert_eq!((rating.r * 10.0).round(), 932.0, "{rating:?}");
        assert_eq!((rating.mos * 100.0).round(), 441.0);
    }

    #[test]
    fn mos_of_annex_b() {
        for (r, expected) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            assert!((mos(r) - expected).abs() < 0.0101, "{r}: {}", mos(r));
        }
        assert_eq!((mos(-5.0), mos(0.0), mos(100.0), mos(120.0), mos(3.0)), (1.0, 1.0, 4.5, 4.5, 1.0));
    }

    #[test]
    fn delay_follows_the_known_curve() {
        // Cole, Rosenbluth (2001): Id = 0.024 d + 0.11 (d − 177.3) H(d − 177.3), fitted to the E-model with G.711.
        for d in [50.0, 100.0, 150.0, 200.0, 300.0] {
            let fitted = 0.024 * d + 0.11 * (d - 177.3_f64).max(0.0);
            let got = r(Inputs::default()) - r(Inputs::for_call(Codec::G711, 0.0, d));
            assert!((got - fitted).abs() < 2.5, "{d} ms: {got}, fitted {fitted}");
        }
    }

    #[test]
    fn loss_by_the_formula_of_ie_eff() {
        let clean = r(Inputs::default());
        assert!((clean - r(Inputs::for_call(Codec::G711, 1.0, 0.0)) - 95.0 / 5.3).abs() < 1e-9);
        assert!((clean - r(Inputs::for_call(Codec::G729a, 2.0, 0.0)) - (11.0 + 84.0 * 2.0 / 21.0)).abs() < 1e-9);
        // The same loss in bursts is worse.
        let burst = Inputs { burst_r: 2.0, ..Inputs::for_call(Codec::G711, 2.0, 0.0) };
        assert!(r(burst) < r(Inputs::for_call(Codec::G711, 2.0, 0.0)));
    }

    #[test]
    fn worse_inputs_never_rate_better() {
        let base = r(Inputs::default());
        for worse in [
            Inputs { nc: -50.0, ..Inputs::default() },
            Inputs { ps: 60.0, ..Inputs::default() },
            Inputs { pr: 60.0, ..Inputs::default() },
            Inputs { qdu: 8.0, ..Inputs::default() },
            Inputs { telr: 40.0, t_ms: 50.0, ..Inputs::default() },
            Inputs { wepl: 20.0, tr_ms: 100.0, ..Inputs::default() },
            Inputs { slr: 20.0, ..Inputs::default() },
        ] {
            assert!(r(worse) < base - 1.0, "{worse:?}: {}", r(worse));
        }
        assert!(Inputs { qdu: f64::NAN, ..Inputs::default() }.rate().is_none());
    }
}
