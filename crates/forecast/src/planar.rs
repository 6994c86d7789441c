//! Horizontal motion with respect to a place, and its moments at a later time
//! under white-noise acceleration (Bar-Shalom, Li and Kirubarajan 2001,
//! *Estimation with Applications to Tracking and Navigation*, eq. 6.2.2-12).

/// A symmetric 2 × 2 matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Symmetric {
    pub(crate) xx: f64,
    pub(crate) xy: f64,
    pub(crate) yy: f64,
}

impl Symmetric {
    /// The smaller and the larger eigenvalue.
    pub(crate) fn eigenvalues(self) -> (f64, f64) {
        let mean = f64::midpoint(self.xx, self.yy);
        let spread = ((self.xx - self.yy) / 2.0).hypot(self.xy);
        (mean - spread, mean + spread)
    }

    pub(crate) fn plus_diagonal(self, d: f64) -> Self {
        Self {
            xx: self.xx + d,
            yy: self.yy + d,
            ..self
        }
    }

    pub(crate) fn determinant(self) -> f64 {
        self.xx * self.yy - self.xy * self.xy
    }

    /// nᵀ M n.
    pub(crate) fn along(self, n: [f64; 2]) -> f64 {
        self.xx * n[0] * n[0] + 2.0 * self.xy * n[0] * n[1] + self.yy * n[1] * n[1]
    }
}

/// A track's horizontal state with respect to a place's centre: m, m/s, east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Planar {
    pub(crate) position: [f64; 2],
    pub(crate) velocity: [f64; 2],
    pub(crate) pp: Symmetric,
    /// Covariance of position (row) and velocity (column).
    pub(crate) pv: [[f64; 2]; 2],
    pub(crate) vv: Symmetric,
    /// Power spectral density of the acceleration in each axis, m²/s³.
    pub(crate) psd: f64,
}

/// Mean and covariance after some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) mean: [f64; 2],
    pub(crate) pp: Symmetric,
    pub(crate) pv: [[f64; 2]; 2],
    pub(crate) vv: Symmetric,
    pub(crate) sigma_min: f64,
    pub(crate) sigma_max: f64,
}

/// The error ellipse's axes are taken as no more unequal than this: a needle
/// would cost quadrature nodes and change no probability that matters.
const AXES_RATIO_MAX: f64 = 16.0;

impl Planar {
    pub(crate) fn moments(&self, t_s: f64) -> Moments {
        let q = self.psd;
        let (t2, t3) = (t_s * t_s, t_s * t_s * t_s);
        let raw = Symmetric {
            xx: self.pp.xx + 2.0 * t_s * self.pv[0][0] + t2 * self.vv.xx,
            xy: self.pp.xy + t_s * (self.pv[0][1] + self.pv[1][0]) + t2 * self.vv.xy,
            yy: self.pp.yy + 2.0 * t_s * self.pv[1][1] + t2 * self.vv.yy,
        }
        .plus_diagonal(q * t3 / 3.0);
        let (low, high) = raw.eigenvalues();
        let floor = high / (AXES_RATIO_MAX * AXES_RATIO_MAX);
        let lift = (floor - low).max(0.0);
        let half = q * t2 / 2.0;
        Moments {
            mean: [
                self.position[0] + t_s * self.velocity[0],
                self.position[1] + t_s * self.velocity[1],
            ],
            pp: raw.plus_diagonal(lift),
            pv: [
                [
                    self.pv[0][0] + t_s * self.vv.xx + half,
                    self.pv[0][1] + t_s * self.vv.xy,
                ],
                [
                    self.pv[1][0] + t_s * self.vv.xy,
                    self.pv[1][1] + t_s * self.vv.yy + half,
                ],
            ],
            vv: self.vv.plus_diagonal(q * t_s),
            sigma_min: (low + lift).sqrt(),
            sigma_max: (high + lift).sqrt(),
        }
    }

    pub(crate) fn speed(&self) -> f64 {
        self.velocity[0].hypot(self.velocity[1])
    }

    /// Seconds until the expected path is nearest the place's centre; 0 if that is past.
    pub(crate) fn closest_approach_s(&self) -> f64 {
        let [x, y] = self.position;
        let [u, v] = self.velocity;
        let square = u * u + v * v;
        // below a millimetre a second nothing comes nearer in any horizon
        if square < 1e-6 {
            return 0.0;
        }
        (-(x * u + y * v) / square).max(0.0)
    }
}
