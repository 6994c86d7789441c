//! What people and programs see of a running pipeline: the web map, REST and a WebSocket
//! stream, metrics for Prometheus, `aircraft.json` for maps that read readsb's form.
//!
//! Everything shown comes from the [`Hub`](lapwing_engine::Hub)'s newest snapshot; everything an
//! operator does goes into the pipeline's inbox, to be numbered and recorded like any other
//! input. There is no sign-in yet, so only loopback addresses are served
//! ([`check_listen`]), and requests that a foreign web page could have caused are refused
//! by their `Host` and `Origin`.

mod assets;
mod frame;
mod guard;
mod metrics;
mod openapi;
mod options;
mod problem;
mod routes;
mod rows;
mod server;
mod shared;
mod site;
mod status;
mod stream;
mod tracks;
mod views;
mod warnings;

pub use openapi::openapi_json;
pub use options::{ListenError, ServerOptions, SiteView, check_listen};
pub use routes::ROUTES;
pub use server::{Running, Server, ServerError};
