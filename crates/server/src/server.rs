//! The server's life: bind, run, stop.

use crate::options::{ListenError, ServerOptions, check_listen};
use crate::routes;
use crate::shared::Shared;
use axum::serve::ListenerExt as _;
use lapwing_engine::{Hub, Message};
use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{oneshot, watch};

/// Requests under way have this long to end when the server stops.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Why the server does not serve.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address is not a loopback address.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Somebody else listens there.
    #[error(
        "{0} is in use by another program, perhaps by another lapwing\n  \
         mend: stop that program, or listen on another port (port 0 takes any that is free)"
    )]
    InUse(SocketAddr),
    /// The system refuses the address.
    #[error(
        "cannot listen on {address}: {source}\n  \
         mend: listen on 127.0.0.1 with a port of 1024 or more"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system has no threads or sockets to give.
    #[error(
        "the server stopped: {0}\n  mend: see whether the system is short of threads or open files, then start again"
    )]
    System(#[from] io::Error),
}

/// A server that listens but does not answer yet.
pub struct Server {
    options: ServerOptions,
    hub: Arc<Hub>,
    inbox: SyncSender<Message>,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the address. `inbox` is the pipeline's ([`lapwing_engine::Runtime::inbox`]).
    ///
    /// # Errors
    /// An address that is not loopback, is in use, or that the system refuses.
    pub fn bind(
        options: ServerOptions,
        hub: Arc<Hub>,
        inbox: SyncSender<Message>,
    ) -> Result<Self, ServerError> {
        check_listen(options.listen)?;
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse(options.listen),
            _ => ServerError::Bind {
                address: options.listen,
                source,
            },
        };
        let listener = TcpListener::bind(options.listen).map_err(refused)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self {
            options,
            hub,
            inbox,
            listener,
            address,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready; blocks. Must not be called from async code:
    /// it makes its own runtime of two threads.
    ///
    /// # Errors
    /// The system has no threads or sockets to give.
    pub fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(16)
            .thread_name("server")
            .enable_all()
            .build()?;
        let result = runtime.block_on(self.serve(shutdown));
        runtime.shutdown_timeout(Duration::from_secs(1));
        result
    }

    /// Serves in a thread of its own until told to stop.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn spawn(self) -> Result<Running, ServerError> {
        let address = self.address;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("server".into())
            .spawn(move || {
                self.run(async {
                    // a handle that was dropped stops the server too
                    let _ = stopped.await;
                })
            })?;
        Ok(Running {
            address,
            stop,
            thread,
        })
    }

    async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let (stop, stopping) = watch::channel(false);
        let (show, shown) = watch::channel(self.hub.latest());
        let shared = Arc::new(Shared::new(
            self.options,
            self.hub,
            self.inbox,
            shown,
            stopping.clone(),
        ));
        let follower = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("server-hub".into())
            .spawn(move || follower.follow_hub(&show))?;
        let listener = tokio::net::TcpListener::from_std(self.listener)?.tap_io(|stream| {
            // a frame must not wait for the next one to fill a packet
            let _ = stream.set_nodelay(true);
        });
        let signal = async move {
            shutdown.await;
            stop.send_replace(true);
        };
        let serving = axum::serve(listener, routes::router(shared))
            .with_graceful_shutdown(signal)
            .into_future();
        let mut stopping = stopping;
        let patience = async move {
            let _ = stopping.wait_for(|stop| *stop).await;
            tokio::time::sleep(FAREWELL_MAX).await;
        };
        tokio::select! {
            result = serving => Ok(result?),
            () = patience => Ok(()),
        }
    }
}

/// A server that runs in a thread of its own; dropping the handle stops it.
pub struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServerError>>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops it and waits until it has.
    ///
    /// # Errors
    /// What had stopped it before.
    pub fn stop(self) -> Result<(), ServerError> {
        // a server that has ended already has nothing to be told
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_else(|_| {
            Err(ServerError::System(io::Error::other(
                "its thread ended by a panic",
            )))
        })
    }
}
