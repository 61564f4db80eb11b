//! How long the way takes.

use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Somebody who knows how long the way takes.
pub trait TravelTime {
    /// Minutes from one place to another, to arrive about `at`; `None` where that is not known. Places are as LOCATION has them.
    fn minutes(&self, from: &str, to: &str, at: Millis) -> Option<u16>;
}

/// A place with its coordinates (WGS 84, degrees; north and east are positive).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The name as it stands in LOCATION; upper and lower case and space around it do not matter.
    pub name: String,
    /// Latitude, -90 to 90.
    pub latitude: f64,
    /// Longitude, -180 to 180.
    pub longitude: f64,
}

/// The default: places that the tenant named, the great circle between them, and a speed that grows with the distance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DistanceTable {
    /// The places. Of two with one name the first.
    pub places: Vec<Place>,
}

/// Mean radius of the earth (IUGG), in kilometres.
const EARTH: f64 = 6_371.008_8;
/// Streets and rails are longer than the great circle.
const DETOUR: f64 = 1.3;

/// Up to so many kilometres of the great circle: so many km/h, and so many minutes to get going. On foot, in town, across the land, by a fast
/// train, by air.
const BANDS: [(f64, f64, f64); 5] =
    [(1.5, 4.5, 0.0), (30.0, 25.0, 10.0), (150.0, 70.0, 15.0), (600.0, 120.0, 40.0), (f64::INFINITY, 750.0, 180.0)];

impl DistanceTable {
    /// The great circle between two known places, in kilometres (haversine).
    pub fn kilometres(&self, from: &str, to: &str) -> Option<f64> {
        let (a, b) = (self.find(from)?, self.find(to)?);
        let half = |from: f64, to: f64| {
            let sine = libm::sin((to - from).to_radians() / 2.0);
            sine * sine
        };
        let cosines = libm::cos(a.latitude.to_radians()) * libm::cos(b.latitude.to_radians());
        let haversine = half(a.latitude, b.latitude) + cosines * half(a.longitude, b.longitude);
        Some(2.0 * EARTH * libm::asin(libm::sqrt(haversine.clamp(0.0, 1.0)))).filter(|km| km.is_finite())
    }

    fn find(&self, name: &str) -> Option<&Place> {
        let name = name.trim();
        self.places.iter().find(|place| place.name.trim().eq_ignore_ascii_case(name))
    }
}

impl TravelTime for DistanceTable {
    /// Rounded up to 5 minutes; a day at most.
    fn minutes(&self, from: &str, to: &str, _at: Millis) -> Option<u16> {
        let km = self.kilometres(from, to)?;
        let (_, speed, start) = *BANDS.iter().find(|(up_to, ..)| km <= *up_to)?;
        let detour = if speed > 700.0 { 1.0 } else { DETOUR };
        let minutes = km * detour / speed * 60.0 + start;
        // at most 1,440, and not negative
        let fives = libm::ceil(minutes.clamp(0.0, 1_440.0) / 5.0) as u16;
        Some(fives * 5)
    }
}
