//! Where the server listens, and where it refuses to.

use crate::fixture::{Fixture, snapshot};
use lapwing_engine::{Hub, Mode};
use lapwing_server::{Server, ServerError, ServerOptions, SiteView};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

fn bind(listen: SocketAddr) -> Result<Server, ServerError> {
    let options = ServerOptions {
        listen,
        site_name: "x".into(),
        node: 1,
        site: SiteView::default(),
        slow_client: ServerOptions::SLOW_CLIENT,
    };
    Server::bind(options, Arc::new(Hub::new(Mode::Live)), sync_channel(1).0)
}

#[test]
fn only_loopback_addresses_are_bound() {
    let error = bind("0.0.0.0:0".parse().unwrap()).err().unwrap();
    assert!(matches!(error, ServerError::Listen(_)), "{error}");
    assert!(error.to_string().contains("mend:"), "{error}");
}

#[test]
fn a_port_in_use_says_so_and_how_to_mend_it() {
    let f = Fixture::start(snapshot());
    let error = bind(f.address()).err().unwrap();
    assert!(matches!(error, ServerError::InUse(a) if a == f.address()));
    let text = error.to_string();
    for part in [&f.address().to_string(), "in use", "mend:", "another port"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_server_that_stops_lets_go_of_its_port() {
    let f = Fixture::start(snapshot());
    let address = f.address();
    assert_eq!(f.get("/healthz").status, 200);
    f.server.stop().unwrap();
    assert!(TcpStream::connect(address).is_err());
    assert!(bind(address).is_ok());
}
