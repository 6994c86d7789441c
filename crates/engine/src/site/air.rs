//! `[[air]]`: the wind and the temperature from a time on, as a weather service says them.

use super::checker::Checker;
use super::form::AirForm;
use lapwing_model::{Air, Timestamp};

/// Most times of different air that a site may name.
const AIRS_MAX: usize = 64;

/// The air from each time on, in order of time.
pub(super) fn airs(c: &mut Checker<'_>, forms: &[AirForm]) -> Vec<(Timestamp, Air)> {
    if let Some(beyond) = forms.get(AIRS_MAX) {
        c.fail(
            beyond.from.span(),
            "air",
            format!("there are more than {AIRS_MAX} of them"),
            "an hour each is enough",
        );
    }
    let mut airs: Vec<(Timestamp, Air)> = Vec::new();
    for form in forms.iter().take(AIRS_MAX) {
        let from = match form.from.get_ref().parse::<Timestamp>() {
            Ok(from) => Some(from),
            Err(error) => {
                let mend = "write it like 2026-06-01T21:00:00Z";
                c.fail(form.from.span(), "air.from", error.to_string(), mend);
                None
            }
        };
        let numbers = [
            ("air.wind_from_deg", &form.wind_from_deg, -360.0..=360.0),
            ("air.wind_mps", &form.wind_mps, 0.0..=80.0),
            ("air.temperature_c", &form.temperature_c, -90.0..=60.0),
        ]
        .map(|(key, value, allowed)| c.number(key, Some(value), allowed));
        let (Some(from), [Some(wind_from_deg), Some(wind_mps), Some(temperature_c)]) =
            (from, numbers)
        else {
            continue;
        };
        match airs.binary_search_by_key(&from, |(at, _)| *at) {
            Ok(_) => c.fail(
                form.from.span(),
                "air.from",
                "two of them begin at the same time",
                "give each its own time",
            ),
            Err(at) => airs.insert(
                at,
                (
                    from,
                    Air::new(wind_from_deg.to_radians(), wind_mps, temperature_c),
                ),
            ),
        }
    }
    airs
}

#[cfg(test)]
mod tests {
    use crate::site::Site;
    use lapwing_model::Timestamp;

    fn site(air: &str) -> Result<Site, Vec<crate::site::SiteError>> {
        Site::parse(&format!("[site]\nname = \"a\"\n{air}"), "s.toml")
    }

    fn air(from: &str, wind_mps: &str) -> String {
        format!(
            "[[air]]\nfrom = \"{from}\"\nwind_from_deg = 270\nwind_mps = {wind_mps}\ntemperature_c = 9.5\n"
        )
    }

    #[test]
    fn the_air_is_read_in_order_of_time() {
        let later = air("2026-06-02T01:00:00Z", "10.0");
        let sooner = air("2026-06-01T21:00:00Z", "4");
        let site = site(&(later + &sooner)).unwrap();
        let times: Vec<String> = site.airs.iter().map(|(t, _)| t.to_string()).collect();
        assert_eq!(times, ["2026-06-01T21:00:00Z", "2026-06-02T01:00:00Z"]);
        let (from, strong) = site.airs[1];
        assert_eq!(from, "2026-06-02T01:00:00Z".parse::<Timestamp>().unwrap());
        // from the west it blows east
        assert!((strong.wind_east_mps - 10.0).abs() < 1e-9, "{strong:?}");
        assert!(strong.wind_north_mps.abs() < 1e-9, "{strong:?}");
        assert!((strong.temperature_c - 9.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_wrong_with_it_is_named() {
        for (text, key) in [
            (air("yesterday", "4.0"), "air.from"),
            (air("2026-06-01T21:00:00Z", "400.0"), "air.wind_mps"),
            (air("2026-06-01T21:00:00Z", "4.0").repeat(2), "air.from"),
        ] {
            let errors = site(&text).unwrap_err();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].key, key);
            assert!(errors[0].line.is_some());
        }
    }
}
