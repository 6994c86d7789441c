//! The WebSocket stream: one frame when the picture moves, only what changed since the
//! last. A slow client misses pictures, not rows: whenever it has taken a frame, the next
//! one leads from there to the newest picture. One that takes nothing for too long is let go.
//!
//! Frames come only of snapshots: when the pipeline stands still the stream falls silent
//! too, so that the page can say that its picture is old.

use crate::problem::Problem;
use crate::shared::{CLIENTS_MAX, Shared};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

/// Clients have nothing to say; a ping or close fits.
const MESSAGE_MAX: usize = 4 * 1024;

/// The picture as it moves: a WebSocket of binary messages, each one MessagePack map
/// `{v, seq, full, time_ms, head_ms, mode, speed, paused, tracks, gone, places, warnings, sensors, counters}`
/// with only what changed since the message before; the first has everything.
///
/// `time_ms` is the time of the committed picture. Reports younger than the allowed lateness
/// show in the provisional head, which stands at `head_ms` (null where there is none): a track's
/// row says in its last field whether it is of the head. Everything else is of the committed picture.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "picture",
    responses(
        (status = 101, description = "Switching to WebSocket"),
        (status = 400, description = "Not a WebSocket handshake", body = crate::problem::ProblemBody),
        (status = 403, description = "The page is another server's", body = crate::problem::ProblemBody),
        (status = 426, description = "Not a WebSocket handshake", body = crate::problem::ProblemBody),
        (status = 503, description = "Too many streams are open", body = crate::problem::ProblemBody),
    )
)]
pub(crate) async fn stream(
    State(shared): State<Arc<Shared>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let what = rejection.to_string();
            return Problem::new(
                rejection.into_response().status(),
                what,
                "/api/v1/stream",
                "open it as a WebSocket: ws://127.0.0.1:PORT/api/v1/stream",
            )
            .into_response();
        }
    };
    let Ok(seat) = Arc::clone(&shared.seats).try_acquire_owned() else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{CLIENTS_MAX} streams are open, and no more are served"),
            "/api/v1/stream",
            "close a map that is open elsewhere",
        )
        .into_response();
    };
    upgrade
        .max_message_size(MESSAGE_MAX)
        .max_frame_size(MESSAGE_MAX)
        .on_upgrade(move |socket| serve(socket, shared, seat))
}

async fn serve(mut socket: WebSocket, shared: Arc<Shared>, _seat: OwnedSemaphorePermit) {
    let mut shown = shared.shown.clone();
    let mut stopping = shared.stopping.clone();
    let mut sent = None;
    for seq in 1.. {
        let snapshot = Arc::clone(&shown.borrow_and_update());
        let rendered = shared.rendered(&snapshot);
        let frame = rendered.frame(sent.as_deref(), seq);
        let sending = socket.send(Message::Binary(frame.into()));
        match timeout(shared.options.slow_client, sending).await {
            Ok(Ok(())) => shared.count_frame(),
            Ok(Err(_)) => return,
            Err(_) => return shared.count_slow_client(),
        }
        sent = Some(rendered);
        loop {
            tokio::select! {
                moved = shown.changed() => match moved {
                    Ok(()) => break,
                    Err(_) => return leave(socket).await,
                },
                () = stopped(&mut stopping) => return leave(socket).await,
                said = socket.recv() => match said {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return,
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}

/// Ready when the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // that nobody can say so any more means the same
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn leave(mut socket: WebSocket) {
    let farewell = CloseFrame {
        code: close_code::AWAY,
        reason: "lapwing stops".into(),
    };
    // whoever does not take it within a second finds out anyway
    let _ = timeout(
        Duration::from_secs(1),
        socket.send(Message::Close(Some(farewell))),
    )
    .await;
}
