//! W3C Trace Context (Recommendation of 23 November 2021) and the id of a request.

use attune_domain::id::ulid_text;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Random bytes that [`Trace::new`] takes.
pub const ENTROPY: usize = 40;

/// Who a request is in logs and messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// `req_` and a ULID; the header `x-request-id`.
    pub request_id: String,
    /// `00-<trace id>-<span id>-<flags>` of our own span: the caller's trace id if one came, else a new one.
    pub traceparent: String,
}

impl Trace {
    /// Continues the trace of `incoming` if it is a valid `traceparent`, else begins one.
    pub fn new(incoming: Option<&str>, now_ms: i64, entropy: &[u8; ENTROPY]) -> Self {
        let (ids, rest) = entropy.split_at(24);
        let mut random = [0; 16];
        random.copy_from_slice(rest);
        let span = hex(&ids[16..]);
        let traceparent = match incoming.filter(|text| is_valid(text)) {
            // Version 00 of what we send, whatever newer version came in (section 3.3.4).
            Some(text) => format!("00-{}-{span}-{}", &text[3..35], &text[53..55]),
            None => format!("00-{}-{span}-01", hex(&ids[..16])),
        };
        Self { request_id: format!("req_{}", ulid_text(now_ms, u128::from_le_bytes(random))), traceparent }
    }

    /// The 32 hexadecimal digits of the trace id.
    pub fn trace_id(&self) -> &str {
        &self.traceparent[3..35]
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]).map(char::from).collect()
}

/// Is `text` a `traceparent` that section 3.2 lets us continue?
pub fn is_valid(text: &str) -> bool {
    let b = text.as_bytes();
    let digits = |from: usize, to: usize| b[from..to].iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    b.len() >= 55
        && text.is_ascii()
        && digits(0, 2)
        && &b[..2] != b"ff"
        && (b.len() == 55 || (&b[..2] != b"00" && b[55] == b'-'))
        && b.len() <= 512
        && [b[2], b[35], b[52]] == [b'-'; 3]
        && digits(3, 35)
        && digits(36, 52)
        && digits(53, 55)
        && b[3..35].iter().any(|c| *c != b'0')
        && b[36..52].iter().any(|c| *c != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_trace_is_continued_with_our_own_span() {
        let trace = Trace::new(Some(GOOD), 1_700_000_000_000, &[0xab; ENTROPY]);
        assert_eq!(trace.traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-abababababababab-01");
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(trace.request_id.starts_with("req_01h"), "{}", trace.request_id);
        assert!(is_valid(&trace.traceparent));
    }

    #[test]
    fn anything_else_begins_a_new_trace() {
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-0",
        ] {
            assert!(!is_valid(bad), "{bad}");
            let trace = Trace::new(Some(bad), 0, &[1; ENTROPY]);
            assert_eq!(trace.trace_id(), "01010101010101010101010101010101");
        }
        assert!(is_valid(&GOOD.replace("00-4", "01-4")), "a newer version is continued");
    }
}
