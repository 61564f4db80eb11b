use super::*;
use crate::zone::windows::{table, windows as to_windows};

fn name(tzid: &str) -> Option<String> {
    resolve(tzid).map(|zone| zone.name().to_owned())
}

#[test]
fn names_of_all_kinds() {
    for (tzid, iana) in [
        ("Europe/Berlin", "Europe/Berlin"),
        (" \"europe/BERLIN\" ", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20210210_1/America/Argentina/Salta", "America/Argentina/Salta"),
        ("/mozilla.org/20050126_1/America/Port of Spain", "America/Port_of_Spain"),
        ("America/New York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard TIME", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("Russia Time Zone 11", "Asia/Kamchatka"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(GMT+01:00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", "Europe/Amsterdam"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
        ("(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Shanghai"),
        ("(UTC+03:00) Nowhere", "Etc/GMT-3"),
        ("(UTC) Coordinated Universal Time", "Etc/UTC"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"),
        ("GMT+1", "Etc/GMT-1"),
        ("UTC-05:00", "Etc/GMT+5"),
        ("+0200", "Etc/GMT-2"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("UTC+14", "Etc/GMT-14"),
        ("GMT-00:00", "Etc/UTC"),
        ("UTC", "UTC"),
        ("Z", "Etc/UTC"),
        ("tzone://Microsoft/Utc", "Etc/UTC"),
        // a Windows name and not the offset
        ("UTC+12", "Etc/GMT-12"),
        ("UTC-02", "Etc/GMT+2"),
    ] {
        assert_eq!(name(tzid).as_deref(), Some(iana), "{tzid}");
    }
    for tzid in [
        "",
        "/",
        "Nowhere",
        "Customized Time Zone",
        "tzone://Microsoft/Custom",
        "UTC+05:30",
        "UTC+15",
        "GMT+1:2:3",
        "()",
        "(",
        "+",
        "ä",
        "GMTä1",
        "//////",
        "Etc/Unknown",
    ] {
        assert_eq!(name(tzid), None, "{tzid}");
    }
    assert_eq!(resolve(&"/".repeat(100_000)), None);
}

#[test]
fn windows_there_and_back() {
    assert!(table().is_sorted_by_key(|(name, _)| name.to_ascii_lowercase()));
    let mut seen = std::collections::BTreeSet::new();
    for (windows, zones) in table() {
        let zone = resolve(windows).unwrap();
        assert_eq!(to_windows(&zone), Some(*windows), "{windows}");
        for iana in zones.split(' ') {
            assert!(seen.insert(iana), "{iana} is there twice");
            assert_eq!(to_windows(&Zone::iana(iana).unwrap()), Some(*windows), "{iana}");
        }
    }
    for (iana, windows) in [
        ("Europe/Vienna", "W. Europe Standard Time"),
        ("Europe/Paris", "Romance Standard Time"),
        ("Asia/Kolkata", "India Standard Time"),
        ("Europe/Kyiv", "FLE Standard Time"),
        ("America/Argentina/Buenos_Aires", "Argentina Standard Time"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
    ] {
        assert_eq!(to_windows(&Zone::iana(iana).unwrap()), Some(windows));
    }
    assert_eq!(to_windows(&Zone::iana("Antarctica/Troll").unwrap()), None);
}

#[test]
fn every_other_name_is_one() {
    for (text, iana) in OTHER {
        assert_eq!(*text, text.to_lowercase());
        assert_eq!(named(text).as_ref().map(Zone::name), Some(*iana));
    }
}
