//! The table of sensors: those of the site file, and those that make themselves
//! known on a feed.

use lapwing_model::{SensorId, SensorKind, SensorSpec};
use std::collections::BTreeMap;

/// Sensors that may make themselves known on the feeds beside those of the site file: a
/// feed can make up 196,608 addresses, and each costs memory for good.
pub const SELF_NAMED_MAX: usize = 1_024;

/// Which kind of ASTERIX source an address belongs to: a radar and a tracker may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AsterixRole {
    /// Categories 001, 002, 034, 048: a radar's own plots and service messages.
    Radar,
    /// Categories 062, 063, 065: a tracker's output.
    Tracker,
    /// Category 021: an ADS-B ground station.
    Receiver,
}

/// Every sensor, by index, by name and by ASTERIX address.
#[derive(Clone, Debug, Default)]
pub struct SensorTable {
    specs: Vec<SensorSpec>,
    by_name: BTreeMap<String, SensorId>,
    by_address: BTreeMap<(AsterixRole, u8, u8), SensorId>,
    /// What [`SensorTable::take_changed`] has not given yet.
    changed: Vec<SensorId>,
    self_named: usize,
    refused: u64,
}

impl SensorTable {
    /// A table of the site's sensors, whose names are distinct.
    #[must_use]
    pub fn new(specs: Vec<SensorSpec>) -> Self {
        let mut table = Self::default();
        for spec in specs {
            table.add(spec);
        }
        table
    }

    /// Adds a sensor; one with a name already known replaces it.
    pub fn add(&mut self, spec: SensorSpec) -> SensorId {
        let id = match self.by_name.get(&spec.id) {
            Some(id) => *id,
            None => {
                let id = SensorId(u32::try_from(self.specs.len()).unwrap_or(u32::MAX));
                self.by_name.insert(spec.id.clone(), id);
                self.specs.push(spec.clone());
                id
            }
        };
        if let Some((sac, sic)) = spec.sac_sic {
            let role = match spec.kind {
                SensorKind::SystemTracker => AsterixRole::Tracker,
                SensorKind::Adsb => AsterixRole::Receiver,
                _ => AsterixRole::Radar,
            };
            self.by_address.insert((role, sac, sic), id);
        }
        if let Some(slot) = self.specs.get_mut(id.index()) {
            *slot = spec;
        }
        self.changed.push(id);
        id
    }

    /// Sensors added or changed since the last call, in that order: what a reader of the
    /// table must take up anew.
    pub fn take_changed(&mut self) -> Vec<SensorId> {
        std::mem::take(&mut self.changed)
    }

    /// How often a sensor that the site does not name was refused, because
    /// [`SELF_NAMED_MAX`] of them were known already.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Sets where a sensor stands, if the site does not say.
    pub fn learn_position(&mut self, id: SensorId, position: lapwing_geo::Geodetic) {
        if let Some(spec) = self.specs.get_mut(id.index())
            && spec.position.is_none()
        {
            spec.position = Some(position);
            self.changed.push(id);
        }
    }

    /// What is known of a sensor.
    #[must_use]
    pub fn get(&self, id: SensorId) -> Option<&SensorSpec> {
        self.specs.get(id.index())
    }

    /// Its name; empty for an id of another table.
    #[must_use]
    pub fn name(&self, id: SensorId) -> &str {
        self.get(id).map_or("", |spec| spec.id.as_str())
    }

    /// The sensor of a name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<SensorId> {
        self.by_name.get(name).copied()
    }

    /// The sensor of an ASTERIX address; made up as `radar-SAC/SIC` or
    /// `tracker-SAC/SIC` when the site does not name it; none, and counted, where
    /// [`SELF_NAMED_MAX`] have been made up already.
    pub fn by_address(&mut self, role: AsterixRole, sac: u8, sic: u8) -> Option<SensorId> {
        if let Some(id) = self.by_address.get(&(role, sac, sic)) {
            return Some(*id);
        }
        if self.self_named >= SELF_NAMED_MAX {
            self.refused += 1;
            return None;
        }
        self.self_named += 1;
        let (kind, word) = match role {
            AsterixRole::Radar => (SensorKind::Radar, "radar"),
            AsterixRole::Tracker => (SensorKind::SystemTracker, "tracker"),
            AsterixRole::Receiver => (SensorKind::Adsb, "adsb"),
        };
        let mut spec = SensorSpec::of_kind(format!("{word}-{sac}/{sic}"), kind);
        spec.sac_sic = Some((sac, sic));
        Some(self.add(spec))
    }

    /// The sensor of a name, made up with a kind's customary errors when the site does not name it.
    pub fn by_name_or_kind(&mut self, name: &str, kind: SensorKind) -> SensorId {
        self.by_name(name)
            .unwrap_or_else(|| self.add(SensorSpec::of_kind(name, kind)))
    }

    /// Every sensor, by index.
    pub fn iter(&self) -> impl Iterator<Item = (SensorId, &SensorSpec)> {
        (0..).map(SensorId).zip(&self.specs)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.specs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radar_and_a_tracker_may_share_an_address() {
        let mut north = SensorSpec::of_kind("north", SensorKind::Radar);
        north.sac_sic = Some((1, 2));
        let mut table = SensorTable::new(vec![north]);
        let radar = table.by_address(AsterixRole::Radar, 1, 2).unwrap();
        let tracker = table.by_address(AsterixRole::Tracker, 1, 2).unwrap();
        assert_eq!(table.name(radar), "north");
        assert_eq!(table.name(tracker), "tracker-1/2");
        assert_eq!(table.by_address(AsterixRole::Tracker, 1, 2), Some(tracker));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn made_up_addresses_are_bounded_and_each_change_is_told_once() {
        let mut north = SensorSpec::of_kind("north", SensorKind::Radar);
        north.sac_sic = Some((255, 255));
        let mut table = SensorTable::new(vec![north]);
        let mut told = table.take_changed().len();
        for sac in 0..=255 {
            for sic in 0..=255 {
                let id = table.by_address(AsterixRole::Radar, sac, sic);
                if let Some(id) = id {
                    table.learn_position(id, lapwing_geo::Geodetic::new(46.0, -30.0, 0.0));
                }
                told += table.take_changed().len();
            }
        }
        assert_eq!(table.len(), 1 + SELF_NAMED_MAX);
        assert_eq!(table.refused(), 65_535 - SELF_NAMED_MAX as u64);
        // added, then placed; the site's own is found beyond the bound too
        assert_eq!(told, 2 * (1 + SELF_NAMED_MAX));
    }
}
