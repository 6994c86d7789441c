//! The air that sound crosses: its temperature and its wind.

/// Speed of sound at 0 °C, m/s.
const SOUND_AT_FREEZING_MPS: f64 = 331.3;
/// Absolute temperature at 0 °C, K.
const FREEZING_K: f64 = 273.15;

/// Wind and temperature near the ground; the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Where the wind blows to: its east component, m/s.
    pub wind_east_mps: f64,
    /// Its north component, m/s.
    pub wind_north_mps: f64,
    /// Temperature, °C.
    pub temperature_c: f64,
}

impl Default for Air {
    /// Calm, 15 °C.
    fn default() -> Self {
        Self {
            wind_east_mps: 0.0,
            wind_north_mps: 0.0,
            temperature_c: 15.0,
        }
    }
}

impl Air {
    /// Air whose wind comes *from* `wind_from_rad` (clockwise from true north, as the
    /// weather services say it) at `wind_mps`.
    #[must_use]
    pub fn new(wind_from_rad: f64, wind_mps: f64, temperature_c: f64) -> Self {
        Self {
            wind_east_mps: -wind_mps * wind_from_rad.sin(),
            wind_north_mps: -wind_mps * wind_from_rad.cos(),
            temperature_c,
        }
    }

    /// Speed of the wind, m/s.
    #[must_use]
    pub fn wind_mps(&self) -> f64 {
        self.wind_east_mps.hypot(self.wind_north_mps)
    }

    /// Speed of sound in dry air, m/s: 331.3 √(1 + T/273.15) (ideal gas; Pierce 1989, §1-9).
    /// Temperatures outside −90 to 60 °C are taken as those.
    #[must_use]
    pub fn sound_mps(&self) -> f64 {
        let t = self.temperature_c.clamp(-90.0, 60.0);
        SOUND_AT_FREEZING_MPS * (1.0 + t / FREEZING_K).sqrt()
    }

    /// Whether every number is one, and the wind below 100 m/s.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.temperature_c.is_finite() && self.wind_mps() < 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_west_wind_blows_east() {
        let air = Air::new(270.0_f64.to_radians(), 4.0, 12.0);
        assert!((air.wind_east_mps - 4.0).abs() < 1e-12, "{air:?}");
        assert!(air.wind_north_mps.abs() < 1e-12, "{air:?}");
        assert!((air.wind_mps() - 4.0).abs() < 1e-12);
    }

    /// Textbook values of dry air.
    #[test]
    fn sound_is_faster_in_warm_air() {
        for (celsius, mps) in [(-20.0, 318.9), (0.0, 331.3), (15.0, 340.3), (30.0, 349.0)] {
            let air = Air {
                temperature_c: celsius,
                ..Air::default()
            };
            assert!(
                (air.sound_mps() - mps).abs() < 0.15,
                "{celsius}: {}",
                air.sound_mps()
            );
        }
    }
}
