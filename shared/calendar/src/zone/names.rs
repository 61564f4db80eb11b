//! From what a provider or a file calls a zone to the name of the IANA database.

use super::{Zone, windows};

/// Names that neither table has: Windows' display texts without a city, and what old clients write. In lower case.
const OTHER: &[(&str, &str)] = &[
    ("atlantic time (canada)", "America/Halifax"),
    ("eastern time (us & canada)", "America/New_York"),
    ("central time (us & canada)", "America/Chicago"),
    ("mountain time (us & canada)", "America/Denver"),
    ("pacific time (us & canada)", "America/Los_Angeles"),
    ("indiana (east)", "America/Indiana/Indianapolis"),
    ("arizona", "America/Phoenix"),
    ("alaska", "America/Anchorage"),
    ("hawaii", "Pacific/Honolulu"),
    ("saskatchewan", "America/Regina"),
    ("newfoundland", "America/St_Johns"),
    ("greenland", "America/Nuuk"),
    ("central america", "America/Guatemala"),
    ("baja california", "America/Tijuana"),
    ("brasilia", "America/Sao_Paulo"),
    ("city of buenos aires", "America/Argentina/Buenos_Aires"),
    ("azores", "Atlantic/Azores"),
    ("cabo verde is.", "Atlantic/Cape_Verde"),
    ("west central africa", "Africa/Lagos"),
    ("harare", "Africa/Harare"),
    ("abu dhabi", "Asia/Dubai"),
    ("islamabad", "Asia/Karachi"),
    ("chennai", "Asia/Kolkata"),
    ("astana", "Asia/Almaty"),
    ("beijing", "Asia/Shanghai"),
    ("osaka", "Asia/Tokyo"),
    ("canberra", "Australia/Sydney"),
    ("solomon is.", "Pacific/Guadalcanal"),
    ("wellington", "Pacific/Auckland"),
    ("samoa", "Pacific/Apia"),
    ("international date line west", "Etc/GMT+12"),
    ("coordinated universal time", "Etc/UTC"),
    ("z", "Etc/UTC"),
    // customized time zones of Exchange and Outlook carry no usable name: `tzone://Microsoft/Utc` is the one that does
    ("tzone://microsoft/utc", "Etc/UTC"),
];

/// Texts longer than this are no names.
const MAX_BYTES: usize = 256;

/// The zone that a TZID or a provider's `timeZone` means:
///
/// - an IANA name, in any case, also behind a path: `/freeassociation.sourceforge.net/Europe/Berlin`,
///   `/mozilla.org/20070129_1/Europe/Berlin`;
/// - a Windows name: `W. Europe Standard Time`;
/// - Windows' display text: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`;
/// - a fixed offset of whole hours: `GMT+1`, `UTC-05:00`, `+0200` (`Etc/GMT-1` and so on, whose sign is the other way round).
///
/// `None` when it is none of them: then the VTIMEZONE or the calendar's own zone has to say.
pub fn resolve(tzid: &str) -> Option<Zone> {
    let text = tzid.trim().trim_matches('"').trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    named(text).or_else(|| behind_path(text)).or_else(|| display(text)).or_else(|| offset(text))
}

fn named(text: &str) -> Option<Zone> {
    // `Etc/Unknown` and `Local` are in some copies of the database and mean nothing
    if text.eq_ignore_ascii_case("Etc/Unknown") || text.eq_ignore_ascii_case("Local") {
        return None;
    }
    let known = Zone::iana(text).ok().or_else(|| Zone::iana(windows::iana(text)?).ok());
    known.or_else(|| {
        let (_, iana) = OTHER.iter().find(|(name, _)| name.eq_ignore_ascii_case(text))?;
        Zone::iana(iana).ok()
    })
}

/// The longest end of a path that is a name: at most the last three parts (`America/Argentina/Salta`).
fn behind_path(text: &str) -> Option<Zone> {
    if !text.contains('/') {
        return None;
    }
    let ends: Vec<usize> = text.match_indices('/').rev().take(3).map(|(at, _)| at + 1).collect();
    let ends =
        std::iter::once(0).chain(ends.into_iter().rev()).filter_map(|at| text.get(at..)).filter(|end| !end.is_empty());
    ends.into_iter().find_map(|end| named(end).or_else(|| named(&end.replace(' ', "_"))))
}

/// `(UTC+01:00) Amsterdam, Berlin …` or `(GMT+01:00) …`: the first city that is known; with none, the offset.
fn display(text: &str) -> Option<Zone> {
    let (offset_text, cities) = text.strip_prefix('(')?.split_once(')')?;
    let cities = cities.trim();
    named(cities)
        .or_else(|| {
            let mut all = cities.split([',', '/', ';']).map(str::trim).filter(|city| !city.is_empty());
            all.find_map(|city| named(city).or_else(|| Zone::iana(windows::city(city)?).ok()))
        })
        .or_else(|| offset(offset_text))
}

/// `GMT+1`, `UTC+01:00`, `+0100`, `UTC`. The database has whole hours only, from -12 to +14.
fn offset(text: &str) -> Option<Zone> {
    let rest = match text.split_at_checked(3) {
        Some((start, rest)) if start.eq_ignore_ascii_case("UTC") || start.eq_ignore_ascii_case("GMT") => rest,
        _ => text,
    };
    let rest = rest.trim();
    let (sign, digits) = match rest.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let digits_only =
        |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(hours) || !digits_only(minutes) || minutes.parse() != Ok(0_u8) {
        return None;
    }
    let hours = sign * hours.parse::<i32>().ok()?;
    let name = match hours {
        0 => "Etc/UTC".to_owned(),
        -12..=14 => format!("Etc/GMT{:+}", -hours),
        _ => return None,
    };
    Zone::iana(&name).ok()
}

#[cfg(test)]
mod tests;
