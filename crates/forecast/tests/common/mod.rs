//! Tracks made of numbers.
#![allow(dead_code, missing_docs, unreachable_pub)]

use lapwing_forecast::{ForecastConfig, Forecaster};
use lapwing_geo::{Area, Geodetic, destination};
use lapwing_model::{ClassProbabilities, Origin, Place, PlaceId, Timestamp, Track, TrackId};

/// A horizontal state: position with respect to the place (east, north, m), velocity, and its errors.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    pub position_m: [f64; 2],
    pub velocity_mps: [f64; 2],
    pub sigma_position_m: [f64; 2],
    pub sigma_velocity_mps: [f64; 2],
    /// Correlation of position and velocity in each axis.
    pub correlation: f64,
    pub radius_m: f64,
    pub psd: f64,
}

impl Default for Flight {
    fn default() -> Self {
        Self {
            position_m: [0.0, -20_000.0],
            velocity_mps: [0.0, 50.0],
            sigma_position_m: [100.0; 2],
            sigma_velocity_mps: [2.0; 2],
            correlation: 0.5,
            radius_m: 3_000.0,
            psd: 0.1,
        }
    }
}

pub const CENTRE: Geodetic = Geodetic::new(10.0, 20.0, 0.0);

impl Flight {
    pub fn covariance(&self) -> [[f64; 6]; 6] {
        let mut c = [[0.0; 6]; 6];
        for axis in 0..2 {
            let (p, v) = (self.sigma_position_m[axis], self.sigma_velocity_mps[axis]);
            c[axis][axis] = p * p;
            c[axis + 3][axis + 3] = v * v;
            c[axis][axis + 3] = self.correlation * p * v;
            c[axis + 3][axis] = c[axis][axis + 3];
        }
        c[2][2] = 1e4;
        c[5][5] = 4.0;
        c
    }

    pub fn track(&self) -> Track {
        let [e, n] = self.position_m;
        // north at the track is not north at the place: turn the velocity with the geodesic
        let at = destination(CENTRE, e.atan2(n), e.hypot(n));
        let back = lapwing_geo::initial_azimuth_rad(at, CENTRE) + std::f64::consts::PI;
        let turn = lapwing_geo::wrap_pi(back - e.atan2(n));
        let turn = if e.hypot(n) < 100.0 { 0.0 } else { turn };
        assert!(turn.abs() < 0.01, "{turn}");
        let [ve, vn] = self.velocity_mps;
        let (sin, cos) = turn.sin_cos();
        let velocity_mps = [ve * cos + vn * sin, vn * cos - ve * sin, 0.0];
        Track {
            id: TrackId {
                node: 1,
                counter: 1,
            },
            time: Timestamp(0),
            origin: Origin::Tracker,
            position: Geodetic {
                height_m: 300.0,
                ..at
            },
            height: None,
            velocity_mps,
            covariance: self.covariance(),
            existence: 1.0,
            existence_independent: 1.0,
            confirmed: true,
            followed: true,
            classes: ClassProbabilities::default(),
            claims: Vec::new(),
            contributors: Vec::new(),
            modes: None,
            parts: Vec::new(),
            first_seen: Timestamp(0),
            last_seen: Timestamp(0),
        }
    }

    pub fn place(&self) -> Place {
        Place {
            id: PlaceId("town".into()),
            name: "Town".into(),
            area: Area::disc(CENTRE, self.radius_m).unwrap(),
            lead_time_s: 300.0,
        }
    }

    pub fn forecaster(&self) -> Forecaster {
        let config = ForecastConfig {
            acceleration_psd: self.psd,
            ..ForecastConfig::default()
        };
        Forecaster::new(config, vec![self.place()])
    }

    pub fn forecast(&self) -> lapwing_model::Forecast {
        self.forecaster()
            .forecast_all_places(&self.track())
            .remove(0)
    }
}
