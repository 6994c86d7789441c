//! Several tracks, one place.

/// Probability that at least one of several independent tracks comes within a
/// place: 1 − Π(1 − eᵢPᵢ).
///
/// Each pair is e, the probability that the track exists and matters (existence ×
/// concern of its class), and P, the probability that it arrives if so. Values
/// outside [0, 1] are taken as the nearer bound; what is not a number counts as 0.
///
/// ```
/// let p = lapwing_forecast::place_probability(&[(1.0, 0.5), (0.5, 0.5)]);
/// assert!((p - 0.625).abs() < 1e-12);
/// ```
#[must_use]
pub fn place_probability(tracks: &[(f64, f64)]) -> f64 {
    let unit = |p: f64| if p.is_nan() { 0.0 } else { p.clamp(0.0, 1.0) };
    1.0 - tracks
        .iter()
        .map(|&(e, p)| 1.0 - unit(e) * unit(p))
        .product::<f64>()
}
