//! What the server is told when it starts, and where it may listen.

use lapwing_engine::site::{AreaSpec, Site};
use lapwing_model::Place;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// What the server is told when it starts.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// What the site is called.
    pub site_name: String,
    /// Number of this node.
    pub node: u16,
    /// What does not change while it runs.
    pub site: SiteView,
    /// A stream's client that takes nothing for this long is let go.
    pub slow_client: Duration,
}

impl ServerOptions {
    /// The usual patience with a stream's client.
    pub const SLOW_CLIENT: Duration = Duration::from_secs(10);

    /// The options that follow from a site.
    #[must_use]
    pub fn of_site(listen: SocketAddr, site: &Site, basemap: Option<String>) -> Self {
        Self {
            listen,
            site_name: site.name.clone(),
            node: site.node,
            site: SiteView {
                places: Arc::new(site.places.clone()),
                areas: Arc::new(site.areas.clone()),
                basemap,
            },
            slow_client: Self::SLOW_CLIENT,
        }
    }
}

/// What is shown of a site besides its sensors (those are in every snapshot).
#[derive(Clone, Debug, Default)]
pub struct SiteView {
    /// The places.
    pub places: Arc<Vec<Place>>,
    /// The areas.
    pub areas: Arc<Vec<AreaSpec>>,
    /// A base map as the text of a GeoJSON FeatureCollection, where the site has its own.
    pub basemap: Option<String>,
}

/// An address that is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{0} is not a loopback address, and without sign-in the picture is served to this machine only\n  \
     mend: listen on 127.0.0.1:{port} or [::1]:{port}, and reach it from elsewhere through an SSH tunnel \
     (ssh -L {port}:127.0.0.1:{port} HOST)", port = .0.port()
)]
pub struct ListenError(pub SocketAddr);

/// Whether an address may be listened on: only loopback until there is sign-in, because
/// coverage and sensor positions are for signed-in operators only.
///
/// # Errors
/// Any other address, with the reason and how to mend it.
pub fn check_listen(address: SocketAddr) -> Result<(), ListenError> {
    if address.ip().to_canonical().is_loopback() {
        Ok(())
    } else {
        Err(ListenError(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_served() {
        for (address, served) in [
            ("127.0.0.1:8090", true),
            ("127.8.9.1:0", true),
            ("[::1]:8090", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:8090", false),
            ("[::]:8090", false),
            ("192.168.1.4:8090", false),
            ("[::ffff:10.0.0.1]:8090", false),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            let result = check_listen(address);
            assert_eq!(result.is_ok(), served, "{address}");
            if let Err(error) = result {
                let text = error.to_string();
                for part in [&address.to_string(), "sign-in", "mend: listen on 127.0.0.1"] {
                    assert!(text.contains(part), "{text}");
                }
            }
        }
    }
}
