//! Scores for reading.

use lapwing_score::consistency::Errors;
use lapwing_score::{ByClaimScore, GospaParams, Score};

/// A number that may be missing.
fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:.decimals$}"))
}

/// The score against truth.
pub(super) fn truth(score: &Score) -> String {
    let params = &score.params;
    let GospaParams { c, p, alpha } = params.gospa;
    let mut rows = vec![format!(
        "GOSPA over {} instants (c = {c} m, p = {p}, alpha = {alpha})",
        score.instants
    )];
    let mut row = |what: &str, value: String| rows.push(format!("{what:>34} {value:>10}"));
    for (what, metres) in [
        ("rms", score.rms_gospa),
        ("mean", score.mean_gospa),
        ("localisation", score.localisation),
        ("missed", score.missed),
        ("false", score.false_),
    ] {
        row(what, format!("{metres:.2} m"));
    }
    match &score.t_gospa {
        Some(t) => {
            row("trajectories (T-GOSPA) rms", format!("{:.2} m", t.rms));
            if !t.exact {
                row("at least", format!("{:.2} m", t.lower_bound));
            }
            row("switches", format!("{}", t.switches));
        }
        None => row("trajectories (T-GOSPA)", "too many".into()),
    }
    let siap = &score.siap;
    let confirm = &score.time_to_confirm_s.from_appearance;
    let first = &score.time_to_confirm_s.from_first_track;
    let nees = &score.nees;
    row("gate", format!("{} m", params.gate_m));
    row("completeness", shown(siap.completeness, 3));
    row("ambiguity", shown(siap.ambiguity, 3));
    row("spuriousness", shown(siap.spuriousness, 3));
    row(
        "track number changes / h",
        shown(siap.track_number_changes_per_h, 2),
    );
    row(
        "longest track segment",
        shown(siap.longest_track_segment, 3),
    );
    row("position rmse, m", shown(score.position_rmse_m, 1));
    row("velocity rmse, m/s", shown(score.velocity_rmse_mps, 2));
    row(
        "NEES, horizontal (2 expected)",
        shown(nees.horizontal.mean, 2),
    );
    row("NEES, full (6 expected)", shown(nees.full.mean, 2));
    row(
        "time to confirm p50 / p90, s",
        format!("{} / {}", shown(confirm.p50, 1), shown(confirm.p90, 1)),
    );
    row(
        "from the first track, s",
        format!("{} / {}", shown(first.p50, 1), shown(first.p90, 1)),
    );
    row(
        "never confirmed",
        format!("{} of {}", confirm.never, confirm.never + confirm.n),
    );
    row(
        "spurious track minutes / h",
        format!("{:.2}", score.spurious_track_minutes_per_hour),
    );
    let heading = |what: &str| {
        format!(
            "\n{what:>20} {:>8} {:>9} {:>9} {:>7} {:>12} {:>9}",
            "pairs", "rmse m", "rmse m/s", "NEES", "complete", "p90 s"
        )
    };
    rows.push(heading("class"));
    for (class, s) in &score.by_class {
        rows.push(of_kind(
            class,
            &s.errors,
            &shown(s.siap.completeness, 3),
            s.time_to_confirm_s.from_appearance.p90,
        ));
    }
    rows.push(heading("sensors"));
    for (mix, s) in &score.by_mix {
        rows.push(of_kind(
            mix,
            &s.errors,
            "–",
            s.time_to_confirm_s.from_appearance.p90,
        ));
    }
    rows.join("\n") + "\n"
}

fn of_kind(name: &str, errors: &Errors, complete: &str, p90_s: Option<f64>) -> String {
    format!(
        "{name:>20} {:>8} {:>9} {:>9} {:>7} {complete:>12} {:>9}",
        errors.pairs,
        shown(errors.position_rmse_m, 1),
        shown(errors.velocity_rmse_mps, 2),
        shown(errors.nees_horizontal.mean, 2),
        shown(p90_s, 1)
    )
}

/// The score by claims of a kind.
pub(super) fn claims(score: &ByClaimScore, kind: &str) -> String {
    let mut rows = vec![format!(
        "{} confirmed tracks, {} with a claim of {} different {kind}, in {:.3} h",
        score.tracks, score.tracks_with_claim, score.addresses, score.hours
    )];
    for (what, value) in [
        ("purity", shown(score.purity, 4)),
        ("completeness", shown(score.completeness, 4)),
        ("ambiguity", shown(score.ambiguity, 4)),
        ("breaks", score.breaks.to_string()),
        ("swaps", score.swaps.to_string()),
        (
            "spurious track minutes",
            format!("{:.2}", score.spurious_track_minutes),
        ),
        (
            "per hour",
            format!("{:.2}", score.spurious_track_minutes_per_hour),
        ),
    ] {
        rows.push(format!("{what:>24} {value:>10}"));
    }
    rows.push(format!(
        "\n{:>12} {:>10} {:>9} {:>10} {:>7} {:>7} {:>6} {:>9}",
        kind, "present s", "complete", "ambiguity", "tracks", "breaks", "swaps", "longest"
    ));
    for a in &score.by_address {
        rows.push(format!(
            "{:>12} {:>10.1} {:>9} {:>10} {:>7} {:>7} {:>6} {:>9}",
            a.address,
            a.present_s,
            shown(a.completeness, 3),
            shown(a.ambiguity, 3),
            a.tracks,
            a.breaks,
            a.swaps,
            shown(a.longest_track_segment, 3)
        ));
    }
    rows.join("\n") + "\n"
}
