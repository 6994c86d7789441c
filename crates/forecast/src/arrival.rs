//! From the rate of entries to the distribution of the arrival time.
//!
//! The rate is interpolated by cubic Hermite segments whose slopes are limited so
//! that it stays positive (Fritsch and Carlson 1980 for the idea), so the
//! distribution function never falls.

/// Distribution of the first entry: an atom now, then a piecewise cubic rate.
pub(crate) struct ArrivalDistribution<'a> {
    inside_now: f64,
    nodes: &'a [(f64, f64)],
    slopes: &'a mut Vec<f64>,
}

impl<'a> ArrivalDistribution<'a> {
    pub(crate) fn new(inside_now: f64, nodes: &'a [(f64, f64)], slopes: &'a mut Vec<f64>) -> Self {
        slopes.clear();
        for (k, &(t, f)) in nodes.iter().enumerate() {
            let left = k.checked_sub(1).map(|j| nodes[j]);
            let right = nodes.get(k + 1).copied();
            let secant = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 - a.0).max(1e-9);
            let mut slope = match (left, right) {
                _ if f == 0.0 => 0.0,
                (Some(l), Some(r)) => {
                    let (hl, hr) = (t - l.0, r.0 - t);
                    (secant(l, (t, f)) * hr + secant((t, f), r) * hl) / (hl + hr).max(1e-9)
                }
                // at either end the slope of the parabola through the last three nodes
                (None, Some(r)) => nodes.get(k + 2).map_or(secant((t, f), r), |&far| {
                    let (near, beyond) = (secant((t, f), r), secant(r, far));
                    near + (near - beyond) * (r.0 - t) / (far.0 - t).max(1e-9)
                }),
                (Some(l), None) => match k.checked_sub(2) {
                    Some(j) => {
                        let (near, beyond) = (secant(l, (t, f)), secant(nodes[j], l));
                        near + (near - beyond) * (t - l.0) / (t - nodes[j].0).max(1e-9)
                    }
                    None => secant(l, (t, f)),
                },
                (None, None) => 0.0,
            };
            if let Some(l) = left {
                slope = slope.min(3.0 * f / (t - l.0).max(1e-9));
            }
            if let Some(r) = right {
                slope = slope.max(-3.0 * f / (r.0 - t).max(1e-9));
            }
            slopes.push(slope);
        }
        Self {
            inside_now,
            nodes,
            slopes,
        }
    }

    /// Integral of segment `k` from its start to the fraction `s` of it.
    fn partial(&self, k: usize, s: f64) -> f64 {
        let ((t0, f0), (t1, f1)) = (self.nodes[k], self.nodes[k + 1]);
        let h = t1 - t0;
        let (d0, d1) = (self.slopes[k] * h, self.slopes[k + 1] * h);
        let (s2, s3, s4) = (s * s, s * s * s, s * s * s * s);
        h * (f0 * (s - s3 + 0.5 * s4)
            + d0 * (0.5 * s2 - 2.0 / 3.0 * s3 + 0.25 * s4)
            + f1 * (s3 - 0.5 * s4)
            + d1 * (0.25 * s4 - s3 / 3.0))
    }

    /// Expected entries up to each of the times, ascending, bounded by 1.
    pub(crate) fn within<const N: usize>(&self, times_s: [f64; N]) -> [f64; N] {
        let mut out = [self.inside_now.min(1.0); N];
        let mut sum = self.inside_now;
        let mut next = 0;
        for k in 0..self.nodes.len().saturating_sub(1) {
            let (t0, t1) = (self.nodes[k].0, self.nodes[k + 1].0);
            while next < N && times_s[next] <= t1 {
                let s = ((times_s[next] - t0) / (t1 - t0).max(1e-9)).clamp(0.0, 1.0);
                out[next] = (sum + self.partial(k, s)).clamp(0.0, 1.0);
                next += 1;
            }
            sum += self.partial(k, 1.0);
        }
        for p in &mut out[next..] {
            *p = sum.clamp(0.0, 1.0);
        }
        out
    }

    /// Times by which these fractions (ascending) of `total` have entered, s.
    pub(crate) fn quantiles<const N: usize>(&self, total: f64, fractions: [f64; N]) -> [f64; N] {
        let last = self.nodes.last().map_or(0.0, |n| n.0);
        let mut out = [last; N];
        let mut sum = self.inside_now;
        let mut next = 0;
        while next < N && fractions[next] * total <= sum {
            out[next] = 0.0;
            next += 1;
        }
        for k in 0..self.nodes.len().saturating_sub(1) {
            let whole = self.partial(k, 1.0);
            while next < N && fractions[next] * total <= sum + whole {
                let wanted = fractions[next] * total - sum;
                let (mut low, mut high) = (0.0, 1.0);
                for _ in 0..20 {
                    let middle = f64::midpoint(low, high);
                    if self.partial(k, middle) < wanted {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                let (t0, t1) = (self.nodes[k].0, self.nodes[k + 1].0);
                out[next] = t0 + high * (t1 - t0);
                next += 1;
            }
            if next == N {
                break;
            }
            sum += whole;
        }
        out
    }
}
