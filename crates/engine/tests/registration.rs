//! `[registration]` of a site file.

use lapwing_engine::site::Site;
use lapwing_track::RegistrationMode;

#[test]
fn a_section_sets_it_and_mistakes_are_named() {
    let site = |section: &str| Site::parse(&format!("[site]\nname = \"x\"\n{section}"), "x.toml");
    let mode = |section| site(section).unwrap().tracker.registration.mode;
    assert_eq!(mode(""), RegistrationMode::On);
    let frozen = "[registration]\nmode = \"frozen\"";
    assert_eq!(mode(frozen), RegistrationMode::Frozen);
    assert_eq!(
        mode("[registration]\nmode = \"off\""),
        RegistrationMode::Off
    );
    for (section, line, key) in [
        ("[registration]\nbias = 3", 4, "registration.bias"),
        (
            "[registration]\n\ntime_sigma_s = -1",
            5,
            "registration.time_sigma_s",
        ),
        ("[registration]\nplots_min = 0", 4, "registration.plots_min"),
        ("[tracker]\nregistration = 3", 4, "tracker.registration"),
    ] {
        let errors = site(section).unwrap_err();
        assert_eq!(errors[0].key, key, "{:?}", errors[0]);
        assert_eq!(errors[0].line, Some(line), "{:?}", errors[0]);
    }
    assert!(site("[registration]\nmode = \"of\"").is_err());
}
