//! The map and the API over a running pipeline, until somebody asks it to stop.

use crate::shutdown::Shutdown;
use anyhow::{Context, Result};
use lapwing_engine::site::Site;
use lapwing_engine::{Finished, Runtime};
use lapwing_server::{Server, ServerOptions, check_listen};
use std::net::SocketAddr;
use std::time::Duration;

/// Refuses an address that may not be served, before anything else is begun.
pub(crate) fn check(listen: SocketAddr) -> Result<()> {
    check_listen(listen)?;
    Ok(())
}

/// Serves until a shutdown is asked for, then stops the pipeline.
pub(crate) fn until_shutdown(
    listen: SocketAddr,
    site: &Site,
    basemap: Option<&str>,
    runtime: Runtime,
    shutdown: &Shutdown,
) -> Result<Finished> {
    until_shutdown_with(listen, site, basemap, runtime, shutdown, || {})
}

/// The same; `before_stop` is done between the server's end and the pipeline's.
pub(crate) fn until_shutdown_with(
    listen: SocketAddr,
    site: &Site,
    basemap: Option<&str>,
    runtime: Runtime,
    shutdown: &Shutdown,
    before_stop: impl FnOnce(),
) -> Result<Finished> {
    let options = ServerOptions::of_site(listen, site, basemap.map(str::to_owned));
    let server = Server::bind(options, runtime.hub.clone(), runtime.inbox())?;
    eprintln!(
        "the map is at http://{} ({}); stop with Ctrl-C",
        server.local_addr(),
        runtime.hub.latest().mode.as_str()
    );
    let running = server.spawn()?;
    // a pipeline that has died must not go on being shown
    while shutdown.sleep(Duration::from_secs(1)) && !runtime.is_finished() {}
    let served = running.stop();
    before_stop();
    let finished = runtime.stop().context("the pipeline ended by itself")?;
    served?;
    Ok(finished)
}
