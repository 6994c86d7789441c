//! The server over a hub that is filled by hand, through real sockets.

mod aircraft;
mod fixture;
mod interface;
mod metrics;
mod refusals;
mod rest;
mod start;
mod stream;
