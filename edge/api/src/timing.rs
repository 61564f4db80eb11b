//! `Server-Timing` (W3C): where the time of a request went. The runtime's clock stands still between I/O (clock.rs of the kit), so
//! this is time spent waiting for others; computing shows as 0.

use attune_edge_kit::clock;
use std::cell::Cell;

/// Time in milliseconds by what was waited for.
#[derive(Debug, Default)]
pub struct Timing {
    object: Cell<Option<i64>>,
    crypto: Cell<Option<i64>>,
    aws: Cell<Option<i64>>,
}

impl Timing {
    /// Waits for an object.
    pub async fn object<T>(&self, work: impl Future<Output = T>) -> T {
        timed(&self.object, work).await
    }

    /// Waits for WebCrypto.
    pub async fn crypto<T>(&self, work: impl Future<Output = T>) -> T {
        timed(&self.crypto, work).await
    }

    /// Waits for AWS.
    pub async fn aws<T>(&self, work: impl Future<Output = T>) -> T {
        timed(&self.aws, work).await
    }

    /// The field's value, `total_ms` after the request came in.
    pub fn field(&self, total_ms: i64) -> String {
        // Written for every answer, so without the machinery of formatting.
        let mut digits = itoa::Buffer::new();
        let mut text = String::with_capacity(48);
        let times = [("door", Some(total_ms)), ("object", self.object.get()), ("crypto", self.crypto.get())];
        for (name, time) in times.into_iter().chain([("aws", self.aws.get())]) {
            let Some(ms) = time else { continue };
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(name);
            text.push_str(";dur=");
            text.push_str(digits.format(ms));
        }
        text
    }
}

async fn timed<T>(sum: &Cell<Option<i64>>, work: impl Future<Output = T>) -> T {
    let start = clock::now_ms();
    let done = work.await;
    sum.set(Some(sum.get().unwrap_or(0) + (clock::now_ms() - start)));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_waited_for_is_named() {
        let timing = Timing::default();
        assert_eq!(timing.field(3), "door;dur=3");
        timing.object.set(Some(2));
        timing.aws.set(Some(0));
        assert_eq!(timing.field(3), "door;dur=3, object;dur=2, aws;dur=0");
    }
}
