//! Reading layers: the state of a station as the gate wants it.

use super::ControlRoom;
use crate::{Error, Result, Row};
use attune_domain::{CallId, KnobName, Scope, Station, map_of};
use attune_optimizer::State;
use attune_optimizer::layer::{Layers, Values, read_stored};
use std::collections::BTreeMap;

/// One stored layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    pub station: Station,
    pub scope: Scope,
    /// `''` outside of calls.
    pub call_id: String,
    pub version: u64,
    /// RFC 8785 JSON of name → decimal string.
    pub content: String,
    pub changed: BTreeMap<KnobName, i64>,
    pub expires_at: Option<i64>,
    pub return_to: Option<u64>,
    pub source_version: Option<u64>,
}

/// The content of a layer that holds nothing.
pub(super) const EMPTY: &str = "{}";

impl Layer {
    /// A layer that was never written.
    pub fn none(station: Station, scope: Scope, call_id: &str) -> Self {
        Self {
            station,
            scope,
            call_id: call_id.to_owned(),
            version: 0,
            content: EMPTY.to_owned(),
            changed: BTreeMap::new(),
            expires_at: None,
            return_to: None,
            source_version: None,
        }
    }

    pub fn values(&self) -> Result<Values> {
        values(&self.content)
    }
}

/// Reads stored content. Knobs that have left the catalogue are left out.
pub(super) fn values(content: &str) -> Result<Values> {
    let stored = serde_json::from_str(content).map_err(|_| Error::Stored("layer"))?;
    Ok(read_stored(&stored).0)
}

/// The layers of one station, as one call sees them (or no call).
#[derive(Debug, Clone)]
pub(super) struct View {
    pub station: Station,
    pub global: Layer,
    pub tenant: Layer,
    /// Absent when no call was asked for, or it has no layer.
    pub call: Option<Layer>,
}

impl View {
    fn all(&self) -> impl Iterator<Item = &Layer> {
        [&self.global, &self.tenant].into_iter().chain(&self.call)
    }

    /// The effective version.
    pub fn version(&self) -> u64 {
        self.all().map(|l| l.version).max().unwrap_or(0)
    }

    /// The earliest time at which a layer returns by itself.
    pub fn expires_at(&self) -> Option<i64> {
        self.all().filter_map(|l| l.expires_at).min()
    }

    pub fn layers(&self) -> Result<Layers> {
        let call = self.call.as_ref().map(Layer::values).transpose()?.unwrap_or_default();
        Ok(Layers { global: self.global.values()?, tenant: self.tenant.values()?, call })
    }

    /// Time of the last change per knob, in any of the layers.
    pub fn last_changed(&self) -> BTreeMap<KnobName, i64> {
        let mut last = BTreeMap::new();
        for (knob, at) in self.all().flat_map(|l| &l.changed) {
            let entry = last.entry(*knob).or_insert(*at);
            *entry = (*entry).max(*at);
        }
        last
    }

    /// The layer of a scope; a call's that was never written is empty.
    pub fn layer(&self, scope: Scope, call_id: &str) -> Layer {
        match scope {
            Scope::Global => self.global.clone(),
            Scope::Tenant => self.tenant.clone(),
            Scope::Call => self.call.clone().unwrap_or_else(|| Layer::none(self.station, scope, call_id)),
        }
    }
}

const COLUMNS: &str = "station, scope, call_id, version, content, changed, expires_at, return_to, source_version";

impl ControlRoom {
    /// The layers of (station, call): one statement.
    pub(super) fn view(&self, station: Station, call_id: Option<&CallId>) -> Result<View> {
        let call = call_id.map_or("", CallId::as_str);
        let rows = self.store.exec(
            &format!("SELECT {COLUMNS} FROM layer WHERE station = ?1 AND call_id IN ('', ?2)"),
            &[i64::from(station.number()).into(), call.into()],
        )?;
        let mut view = View {
            station,
            global: Layer::none(station, Scope::Global, ""),
            tenant: Layer::none(station, Scope::Tenant, ""),
            call: None,
        };
        for row in rows {
            let layer = layer(row)?;
            match layer.scope {
                Scope::Global => view.global = layer,
                Scope::Tenant => view.tenant = layer,
                Scope::Call => view.call = Some(layer),
            }
        }
        Ok(view)
    }

    /// The layers of all calls at a station.
    pub(super) fn call_layers(&self, station: Station) -> Result<Vec<Layer>> {
        let rows = self.store.exec(
            &format!("SELECT {COLUMNS} FROM layer WHERE station = ?1 AND call_id > '' ORDER BY call_id"),
            &[i64::from(station.number()).into()],
        )?;
        rows.into_iter().map(layer).collect()
    }

    /// What the gate has to know for a change of `scope`, and the calls that [`State::affected`] stands for (`None`: the
    /// tenant without a call), in its order.
    pub(super) fn gate_state(&self, view: &View, scope: Scope) -> Result<(State, Vec<Option<Layer>>)> {
        let layers = view.layers()?;
        let mut affected = Vec::new();
        let mut whose = Vec::new();
        if scope == Scope::Global {
            affected.push(layers.with(Scope::Call, Values::new()));
            whose.push(None);
        }
        if scope != Scope::Call {
            for call in self.call_layers(view.station)? {
                affected.push(layers.with(Scope::Call, call.values()?));
                whose.push(Some(call));
            }
        }
        let state = State {
            version: view.version(),
            layers,
            affected,
            last_changed: view.last_changed(),
            frozen: self.frozen(),
            constraints: BTreeMap::new(),
        };
        Ok((state, whose))
    }

    /// The content that a layer had at a version; version 0 is the empty layer.
    pub(super) fn content_at(&self, layer: &Layer, version: u64) -> Result<Option<String>> {
        if version == 0 {
            return Ok(Some(EMPTY.to_owned()));
        }
        let found = self.store.exec(
            "SELECT content FROM change WHERE version = ?1 AND station = ?2 AND call_id = ?3 AND scope = ?4",
            &[
                version.into(),
                i64::from(layer.station.number()).into(),
                (&layer.call_id).into(),
                layer.scope.as_str().into(),
            ],
        )?;
        found.first().map(|mut row| row.text(0)).transpose()
    }
}

fn layer(mut row: Row) -> Result<Layer> {
    let changed: BTreeMap<String, i64> =
        serde_json::from_str(&row.text(5)?).map_err(|_| Error::Stored("times of a layer"))?;
    let version = |at: Option<i64>| at.and_then(|v| u64::try_from(v).ok());
    Ok(Layer {
        station: station(row.int(0)?)?,
        scope: scope(&row.text(1)?)?,
        call_id: row.text(2)?,
        version: row.uint(3)?,
        content: row.text(4)?,
        changed: map_of(changed.iter().filter_map(|(name, at)| Some((KnobName::parse(name).ok()?, *at)))),
        expires_at: row.maybe_int(6)?,
        return_to: version(row.maybe_int(7)?),
        source_version: version(row.maybe_int(8)?),
    })
}

pub(super) fn station(number: i64) -> Result<Station> {
    u64::try_from(number).ok().and_then(|n| Station::from_number(n).ok()).ok_or(Error::Stored("station"))
}

pub(super) fn scope(text: &str) -> Result<Scope> {
    [Scope::Global, Scope::Tenant, Scope::Call].into_iter().find(|s| s.as_str() == text).ok_or(Error::Stored("scope"))
}
