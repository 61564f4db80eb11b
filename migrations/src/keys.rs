//! The keys of decision 5. Ids are validated before they come here (their types admit no `#`), so a key cannot be forged
//! by an id that holds a separator; the tenant is always the first part of the partition key.

use std::fmt::Display;

/// Name of the partition key attribute of every table.
pub const PK: &str = "pk";
/// Name of the sort key attribute of every table.
pub const SK: &str = "sk";

/// `T#<tenant>#C#<call>`: call, channel, segment, snapshot.
pub fn call_pk(tenant: impl Display, call: impl Display) -> String {
    format!("T#{tenant}#C#{call}")
}

/// `CALL`.
pub const CALL_SK: &str = "CALL";

/// `CH#<leg>`, leg `a` or `b`.
pub fn channel_sk(leg: impl Display) -> String {
    format!("CH#{leg}")
}

/// `SEG#<leg>#<station:02>#<index:08>`.
pub fn segment_sk(leg: impl Display, station: u8, index: u32) -> String {
    format!("SEG#{leg}#{station:02}#{index:08}")
}

/// `SNAP#<leg>#<station:02>#<index:08>`; sorts by segment index within leg and station.
pub fn snapshot_sk(leg: impl Display, station: u8, index: u32) -> String {
    format!("{}{index:08}", snapshot_prefix(leg, station))
}

/// `SNAP#<leg>#<station:02>#`, for `begins_with`.
pub fn snapshot_prefix(leg: impl Display, station: u8) -> String {
    format!("SNAP#{leg}#{station:02}#")
}

/// `T#<tenant>#R#<run_id>`.
pub fn run_pk(tenant: impl Display, run: impl Display) -> String {
    format!("T#{tenant}#R#{run}")
}

/// `RUN`.
pub const RUN_SK: &str = "RUN";

/// `T#<tenant>#S#<station:02>`: parameters and changes of a station.
pub fn station_pk(tenant: impl Display, station: u8) -> String {
    format!("T#{tenant}#S#{station:02}")
}

/// `PAR#<scope>#<knob>`.
pub fn parameter_sk(scope: impl Display, knob: impl Display) -> String {
    format!("PAR#{scope}#{knob}")
}

/// `CHG#<version:012>#<knob>`; sorts by version.
pub fn change_sk(version: u64, knob: impl Display) -> String {
    format!("{CHANGE_PREFIX}{version:012}#{knob}")
}

/// `CHG#`, for `begins_with`.
pub const CHANGE_PREFIX: &str = "CHG#";

/// `T#<tenant>#M#<message id>`: the marker of a mail.
pub fn mail_pk(tenant: impl Display, message: impl Display) -> String {
    format!("T#{tenant}#M#{message}")
}

/// `MAIL`.
pub const MAIL_SK: &str = "MAIL";

/// `T#<tenant>#H#<room>`: the history of a chat room.
pub fn chat_pk(tenant: impl Display, room: impl Display) -> String {
    format!("T#{tenant}#H#{room}")
}

/// `EVT#<number:012>`; sorts by number.
pub fn chat_event_sk(number: u64) -> String {
    format!("EVT#{number:012}")
}

/// `META#<cell>`: the epoch of the cell and the ledger of data steps. The only partition without a tenant; it holds none's data.
pub fn meta_pk(cell: impl Display) -> String {
    format!("META#{cell}")
}

/// `EPOCH`.
pub const EPOCH_SK: &str = "EPOCH";

/// `STEP#<number:04>`.
pub fn step_sk(number: u16) -> String {
    format!("STEP#{number:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned: items written yesterday are found by these keys tomorrow.
    #[test]
    fn keys_are_pinned() {
        assert_eq!(call_pk("tnt_eu1_x", "call_y"), "T#tnt_eu1_x#C#call_y");
        assert_eq!(channel_sk('a'), "CH#a");
        assert_eq!(segment_sk('b', 3, 12), "SEG#b#03#00000012");
        assert_eq!(snapshot_sk('a', 11, 7), "SNAP#a#11#00000007");
        assert!(snapshot_sk('a', 1, 7).starts_with(&snapshot_prefix('a', 1)));
        assert!(!snapshot_sk('a', 11, 7).starts_with(&snapshot_prefix('a', 1)), "station 11 is not station 1");
        assert_eq!(run_pk("t", "run_z"), "T#t#R#run_z");
        assert_eq!(station_pk("t", 9), "T#t#S#09");
        assert_eq!(parameter_sk("tenant", "gain_db"), "PAR#tenant#gain_db");
        assert_eq!(change_sk(42, "gain_db"), "CHG#000000000042#gain_db");
        assert_eq!(mail_pk("t", "m-1"), "T#t#M#m-1");
        assert_eq!(chat_pk("t", "chr_z"), "T#t#H#chr_z");
        assert_eq!(chat_event_sk(7), "EVT#000000000007");
        assert_eq!(meta_pk("eu1"), "META#eu1");
        assert_eq!(step_sk(1), "STEP#0001");
    }

    #[test]
    fn sort_keys_sort_by_number() {
        assert!(snapshot_sk('a', 1, 9) < snapshot_sk('a', 1, 10));
        assert!(change_sk(9, "z") < change_sk(10, "a"));
    }
}
