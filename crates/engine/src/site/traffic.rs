//! `[[feed]]` and `[[output]]`: where bytes come from, and where they go.

use super::checker::Checker;
use super::form::{FeedForm, OutputForm};
use super::{FeedSpec, OutputKind, OutputSpec, Source};
use lapwing_ingest::Wire;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use toml::Spanned;

pub(super) fn feed(
    c: &mut Checker<'_>,
    f: &FeedForm,
    sensors: &BTreeSet<&str>,
) -> Option<FeedSpec> {
    let wire = match f.kind.get_ref().as_str() {
        "asterix" => Some(Wire::Asterix),
        "beast" => Some(Wire::Beast),
        "avr" => Some(Wire::Avr),
        "json" => Some(Wire::ReportJson),
        "file" => None,
        other => {
            c.fail(
                f.kind.span(),
                "feed.kind",
                format!("`{other}` is no kind of feed"),
                "use asterix, beast, avr, json or file",
            );
            return None;
        }
    };
    if let Some(sensor) = &f.sensor
        && !sensors.contains(sensor.get_ref().as_str())
    {
        c.fail(
            sensor.span(),
            "feed.sensor",
            format!("there is no sensor `{}`", sensor.get_ref()),
            "add a [[sensor]] with this id",
        );
        return None;
    }
    let source = match (&f.address, &f.path) {
        (Some(address), None) => {
            let text = address.get_ref();
            if text == "internal" {
                Source::Internal
            } else {
                let streams = matches!(wire, Some(Wire::Beast | Wire::Avr));
                let (transport, rest) = match text.split_once("://") {
                    Some((scheme, rest)) => (scheme, rest),
                    None => (if streams { "tcp" } else { "udp" }, text.as_str()),
                };
                source(c, f, address, transport, rest)?
            }
        }
        (None, Some(path)) => Source::File(path.get_ref().into()),
        (None, None) => Source::Internal,
        (Some(_), Some(path)) => {
            c.fail(
                path.span(),
                "feed.path",
                "a feed has an address or a path, not both",
                "remove one of them",
            );
            return None;
        }
    };
    if f.kind.get_ref() == "file" && !matches!(source, Source::File(_)) {
        c.fail(
            f.kind.span(),
            "feed.path",
            "a feed of kind file needs a path",
            "add path = \"…\"",
        );
        return None;
    }
    Some(FeedSpec {
        id: f.id.get_ref().clone(),
        wire,
        source,
        sensor: f.sensor.as_ref().map(|s| s.get_ref().clone()),
    })
}

fn source(
    c: &mut Checker<'_>,
    f: &FeedForm,
    address: &Spanned<String>,
    transport: &str,
    rest: &str,
) -> Option<Source> {
    match transport {
        "tcp" if !matches!(f.kind.get_ref().as_str(), "beast" | "avr") => {
            c.fail(
                address.span(),
                "feed.address",
                format!(
                    "a feed of kind {} comes in datagrams, not over TCP",
                    f.kind.get_ref()
                ),
                "write it as 127.0.0.1:8600 (UDP)",
            );
            None
        }
        "tcp" => {
            let port = rest.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if matches!(port, Some(Ok(_))) {
                return Some(Source::Tcp {
                    address: rest.to_owned(),
                });
            }
            c.fail(
                address.span(),
                "feed.address",
                format!("`{rest}` is no host:port"),
                "write it as 127.0.0.1:30005",
            );
            None
        }
        "udp" => {
            let parsed: Result<SocketAddr, _> = rest.parse();
            let interface = match &f.interface {
                None => None,
                Some(text) => match text.get_ref().parse::<IpAddr>() {
                    Ok(ip) => Some(ip),
                    Err(_) => {
                        c.fail(
                            text.span(),
                            "feed.interface",
                            format!("`{}` is no IP address of a local interface", text.get_ref()),
                            "write it as 192.168.1.5",
                        );
                        return None;
                    }
                },
            };
            match parsed {
                Ok(address) => Some(Source::Udp { address, interface }),
                Err(_) => {
                    c.fail(
                        address.span(),
                        "feed.address",
                        format!("`{rest}` is no address:port"),
                        "write it as 127.0.0.1:8600 or 239.1.1.1:8600",
                    );
                    None
                }
            }
        }
        other => {
            c.fail(
                address.span(),
                "feed.address",
                format!("`{other}://` is no transport of a feed"),
                "use udp:// or tcp://",
            );
            None
        }
    }
}

pub(super) fn output(c: &mut Checker<'_>, o: &OutputForm) -> Option<OutputSpec> {
    let kind = match o.kind.get_ref().as_str() {
        "tracks" => OutputKind::Tracks,
        "warnings" => OutputKind::Warnings,
        "cap" => OutputKind::Cap,
        other => {
            c.fail(
                o.kind.span(),
                "output.kind",
                format!("`{other}` is no kind of output"),
                "use tracks, warnings or cap",
            );
            return None;
        }
    };
    for (key, value) in [("url", &o.url), ("address", &o.address)] {
        if let Some(value) = value {
            c.fail(
                value.span(),
                &format!("output.{key}"),
                format!("an output of kind {} goes to a path", o.kind.get_ref()),
                "write path = \"…\"",
            );
            return None;
        }
    }
    match &o.path {
        Some(path) => Some(OutputSpec {
            kind,
            path: path.get_ref().into(),
        }),
        None => {
            c.fail(
                o.kind.span(),
                "output.path",
                "this output has no path",
                "add path = \"…\"",
            );
            None
        }
    }
}
